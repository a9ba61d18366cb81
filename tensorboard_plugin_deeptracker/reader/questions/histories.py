"""Questions of the feature histories; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ImageSets(Answer):
    """Which image sets there are, and how much was logged about each."""

    image_sets: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ImageScores(Answer):
    """Scores of images by what became of them: margin, forgetting, suspicion.

    Attributes:
        observations: Validations that count.
        matching: Images that the question is about.
        rows: Of these, sorted, the first, and one past the last.
        steps: int64[validations].
        row: int32[images]: position in the image set.
        label: int32[images]: position of its class.
        learned_at: int32[images]: a position in the steps, -1 never.
        settled_at: int32[images]: a position in the steps, -1 never.
        observed: int32[images].
        right: int32[images].
        flips: int32[images].
        forgotten: int32[images].
        margin: float32[images]: NaN without scores.
        confidence: float32[images]: NaN without scores.
        variability: float32[images]: NaN without scores.
        suspicion: float32[images]: NaN without scores.
        second: int32[images]: -1 without scores.
        predicted: int32[images, validations]: -1 not evaluated.
    """

    observations: int
    matching: int
    rows: list[int]
    ids: list[int | str]
    steps: NDArray[np.int64]
    row: NDArray[np.int32]
    label: NDArray[np.int32]
    learned_at: NDArray[np.int32]
    settled_at: NDArray[np.int32]
    observed: NDArray[np.int32]
    right: NDArray[np.int32]
    flips: NDArray[np.int32]
    forgotten: NDArray[np.int32]
    margin: NDArray[np.float32]
    confidence: NDArray[np.float32]
    variability: NDArray[np.float32]
    suspicion: NDArray[np.float32]
    second: NDArray[np.int32]
    predicted: NDArray[np.int32] | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Cartography(Answer):
    """How many images there are of each confidence and variability, and how many were right.

    Attributes:
        observations: Validations that count.
        confidence: int32[cells]: position from the lowest value on.
        variability: int32[cells]: position from the lowest value on.
        images: int32[cells]: how many it holds.
        right: float32[cells]: mean share of their observations.
    """

    observations: int
    cells: int
    confidence: NDArray[np.int32]
    variability: NDArray[np.int32]
    images: NDArray[np.int32]
    right: NDArray[np.float32]


class HistoriesQuestions(Asking):
    """Questions of the feature `histories`."""

    def image_sets(self) -> ImageSets:
        """Which image sets there are, and how much was logged about each.

        Example:
            >>> run.image_sets()
            ImageSets(image_sets=list of 1)
        """
        return ImageSets(**self._fields("image_sets", {}))

    def image_scores(
        self,
        *,
        image_set: str = "validation",
        sort: Literal[
            "log",
            "observed",
            "right",
            "learned_at",
            "settled_at",
            "flips",
            "forgotten",
            "margin",
            "confidence",
            "variability",
            "suspicion",
        ] = "log",
        order: Literal["up", "down"] | None = None,
        rows: tuple[int, int] | None = None,
        top_k: int | None = None,
        class_: str | None = None,
        id: int | str | None = None,
        find: int | str | None = None,
        confidence: tuple[float, float] | None = None,
        variability: tuple[float, float] | None = None,
        first_step: int | None = None,
        last_step: int | None = None,
        history: Literal["no", "yes"] = "no",
    ) -> ImageScores:
        """Scores of images by what became of them: margin, forgetting, suspicion.

        Args:
            image_set: Name of an image set.
            sort: What images are sorted by.
            order: The smallest or the largest first.
            rows: Of the sorted images, first:end.
            top_k: How many images at most.
            class_: Only its images.
            id: Only this image.
            find: Only the image with this identifier, or none.
            confidence: Only images with one in this range, least:most.
            variability: Likewise.
            first_step: The first iteration that counts.
            last_step: The last one.
            history: Whether to tell what each was predicted as.

        Example:
            >>> run.image_scores()
            ImageScores(observations=6, matching=4, rows=[0, 4], ids=[100, 99, 98, 97],
            steps=int64[6], row=int32[4], label=int32[4], learned_at=int32[4],
            settled_at=int32[4], observed=int32[4], right=int32[4], flips=int32[4],
            forgotten=int32[4], margin=float32[4], confidence=float32[4],
            variability=float32[4], suspicion=float32[4], second=int32[4])
        """
        return ImageScores(
            **self._fields(
                "image_scores",
                {
                    "image_set": image_set,
                    "sort": sort,
                    "order": order,
                    "rows": rows,
                    "top_k": top_k,
                    "class": class_,
                    "id": id,
                    "find": find,
                    "confidence": confidence,
                    "variability": variability,
                    "first_step": first_step,
                    "last_step": last_step,
                    "history": history,
                },
            )
        )

    def cartography(
        self,
        *,
        image_set: str = "validation",
        cells: int = 64,
        class_: str | None = None,
        first_step: int | None = None,
        last_step: int | None = None,
    ) -> Cartography:
        """How many images there are of each confidence and variability, and how many were right.

        Args:
            image_set: Name of an image set.
            cells: How many a side.
            class_: Only its images.
            first_step: The first iteration that counts.
            last_step: The last one.

        Example:
            >>> run.cartography()
            Cartography(observations=6, cells=64, confidence=int32[0], variability=int32[0],
            images=int32[0], right=float32[0])
        """
        return Cartography(
            **self._fields(
                "cartography",
                {
                    "image_set": image_set,
                    "cells": cells,
                    "class": class_,
                    "first_step": first_step,
                    "last_step": last_step,
                },
            )
        )
