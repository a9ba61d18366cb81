"""Questions of the feature map; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Map(Answer):
    """The map at an iteration: images that look alike to the network lie together.

    Attributes:
        step: A training iteration.
        images: Of the image set; the map may be of a sample.
        finite: Images with finite features: the map is of these.
        not_finite: Images whose features are not finite.
        copies: Images with exactly another one's features.
        recall: Share of the nearest images that were found; null if all were.
        steps: int64[frames]: those that are ready.
        rows: int32[images]: in the image set.
        x: float32[images]: NaN without a place.
        y: float32[images].
        label: int32[images].
        predicted: int32[images]: -1: not known.
        margin: float32[images]: NaN: not known.
        kept: float32[images].
    """

    step: int
    ids: list[int | str]
    images: int
    finite: int
    not_finite: int
    copies: int
    recall: float | None
    steps: NDArray[np.int64]
    rows: NDArray[np.int32]
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    label: NDArray[np.int32]
    predicted: NDArray[np.int32]
    margin: NDArray[np.float32]
    kept: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MapBackground(Answer):
    """What would be predicted at each place of the map, and how clearly.

    Attributes:
        predicted: int32[cells down, cells across]: -1: nothing is known.
        margin: float32[cells down, cells across]: NaN likewise.
    """

    extent: list[float]
    cells: int
    predicted: NDArray[np.int32]
    margin: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MapQuality(Answer):
    """How true the frames of the map are that are ready.

    Attributes:
        failure: Why no more frames are made; null if they are.
        steps: int64[frames].
        neighbours: float32[frames]: of the 15 nearest images, how many are among the 15
            nearest dots: mean.
        boundary: float32[frames]: the same of the 15 nearest images with low margins.
        predictions: float32[frames]: share of images whose prediction is that of the dots
            around and their own.
        predictions_left_out: float32[frames]: the same without their own.
        trustworthiness: float32[frames]: of Venna and Kaski, k = 15; ranks beyond are
            estimated.
        continuity: float32[frames]: likewise.
        stillness: float32[frames]: 1 less how far dots whose neighbours stayed moved,
            over the spread of the map.
        logged: int64[records]: iterations of all frames.
    """

    failure: str | None
    steps: NDArray[np.int64]
    neighbours: NDArray[np.float32]
    boundary: NDArray[np.float32]
    predictions: NDArray[np.float32]
    predictions_left_out: NDArray[np.float32]
    trustworthiness: NDArray[np.float32]
    continuity: NDArray[np.float32]
    stillness: NDArray[np.float32]
    logged: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MapNeighbours(Answer):
    """The images that are nearest to one in the features, from the nearest on.

    Attributes:
        step: A training iteration.
        rows: int32[images].
        label: int32[images].
        predicted: int32[images].
    """

    step: int
    ids: list[int | str]
    rows: NDArray[np.int32]
    label: NDArray[np.int32]
    predicted: NDArray[np.int32]


class MapQuestions(Asking):
    """Questions of the feature `map`."""

    def map(self, *, step: int | None = None, image_set: str = "validation") -> Map:
        """The map at an iteration: images that look alike to the network lie together.

        Args:
            step: Iteration of a frame of the map; what the tab starts with.
            image_set: Name of an image set.

        Example:
            >>> run.map()
            Map(step=5, ids=[100, 99, 98, 97], images=4, finite=4, not_finite=0, copies=0,
            steps=int64[6], rows=int32[4], x=float32[4], y=float32[4], label=int32[4],
            predicted=int32[4], margin=float32[4], kept=float32[4])
        """
        return Map(**self._fields("map", {"step": step, "image_set": image_set}))

    def map_background(
        self, *, step: int | None = None, cells: int | None = None, image_set: str = "validation"
    ) -> MapBackground:
        """What would be predicted at each place of the map, and how clearly.

        Args:
            step: Iteration of a frame of the map; what the tab starts with.
            cells: Cells along each side; what the tab starts with.
            image_set: Name of an image set.

        Example:
            >>> run.map_background()
            MapBackground(extent=list of 4, cells=64, predicted=int32[64, 64],
            margin=float32[64, 64])
        """
        return MapBackground(
            **self._fields("map_background", {"step": step, "cells": cells, "image_set": image_set})
        )

    def map_quality(self, *, retry: int = 0, image_set: str = "validation") -> MapQuality:
        """How true the frames of the map are that are ready.

        Args:
            retry: 1: try once more to make a frame that could not be made.
            image_set: Name of an image set.

        Example:
            >>> run.map_quality()
            MapQuality(steps=int64[6], neighbours=float32[6], boundary=float32[6],
            predictions=float32[6], predictions_left_out=float32[6],
            trustworthiness=float32[6], continuity=float32[6], stillness=float32[6],
            logged=int64[6])
        """
        return MapQuality(**self._fields("map_quality", {"retry": retry, "image_set": image_set}))

    def map_neighbours(
        self, id: int | str, *, step: int | None = None, image_set: str = "validation"
    ) -> MapNeighbours:
        """The images that are nearest to one in the features, from the nearest on.

        Args:
            id: Identifier of an image.
            step: Iteration of a frame of the map; what the tab starts with.
            image_set: Name of an image set.

        Example:
            >>> run.map_neighbours('100')
            MapNeighbours(step=5, ids=[99, 98, 97], rows=int32[3], label=int32[3],
            predicted=int32[3])
        """
        return MapNeighbours(
            **self._fields("map_neighbours", {"step": step, "id": id, "image_set": image_set})
        )
