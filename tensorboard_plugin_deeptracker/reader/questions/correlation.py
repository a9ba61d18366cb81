"""Questions of the feature correlation; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Correlation(Answer):
    """Which filters move when which classes flip.

    Attributes:
        layer: int32[layers]: positions in the run's layers.
        class_: int32[classes]: positions in the run's classes.
        class_steps: int64[steps of all classes].
        class_steps_start: int32[classes + 1].
        filters: int32[layers, classes]: number of anomaly filters.
        mini_set_layer: int32[mini-sets]: positions in the run's layers.
        mini_set_appearances: int32[mini-sets].
        mini_set_filters: int32[filters]: positions in the layer.
        mini_set_filters_start: int32[mini-sets + 1].
        mini_set_steps: int64[steps of all mini-sets].
        mini_set_steps_start: int32[mini-sets + 1].
    """

    layer: NDArray[np.int32]
    class_: NDArray[np.int32]
    class_steps: NDArray[np.int64]
    class_steps_start: NDArray[np.int32]
    filters: NDArray[np.int32]
    mini_set_layer: NDArray[np.int32]
    mini_set_appearances: NDArray[np.int32]
    mini_set_filters: NDArray[np.int32]
    mini_set_filters_start: NDArray[np.int32]
    mini_set_steps: NDArray[np.int64]
    mini_set_steps_start: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ExpectedFilters(Answer):
    """How many filters of a layer chance alone would make anomaly filters of a class.

    Attributes:
        layer: int32[layers]: positions in the run's layers.
        class_: int32[classes]: positions in the run's classes.
        filters: int32[layers, classes]: number of anomaly filters.
        expected: float32[layers, classes]: their mean by chance.
        low: int32[layers, classes]: of the range of 95 % by chance.
        high: int32[layers, classes]: of the range.
        p: float32[layers, classes].
        q: float32[layers, classes]: `p` corrected for all cells.
    """

    iterations: int
    layer: NDArray[np.int32]
    class_: NDArray[np.int32]
    filters: NDArray[np.int32]
    expected: NDArray[np.float32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    p: NDArray[np.float32]
    q: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MiniSetSurprise(Answer):
    """How surprising it is what a mini-set appears with.

    Attributes:
        classes: int32[mini-sets]: how many it appears with.
        classes_p: float32[mini-sets].
        best: int32[mini-sets]: position of the class it appears with most often.
        times: int32[mini-sets].
        times_p: float32[mini-sets].
        times_any_p: float32[mini-sets].
        classes_q: float32[mini-sets]: `classes_p` corrected for all mini-sets.
        times_q: float32[mini-sets]: `times_any_p` corrected for all mini-sets.
    """

    shuffles: int
    iterations: int
    classes: NDArray[np.int32]
    classes_p: NDArray[np.float32]
    best: NDArray[np.int32]
    times: NDArray[np.int32]
    times_p: NDArray[np.float32]
    times_any_p: NDArray[np.float32]
    classes_q: NDArray[np.float32]
    times_q: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MiniSetFilters(Answer):
    """How the filters of the mini-sets vary over the dumps.

    Attributes:
        steps: int64[columns].
        values: float32[filters, columns].
    """

    measure: str
    steps: NDArray[np.int64]
    values: NDArray[np.float32]


class CorrelationQuestions(Asking):
    """Questions of the feature `correlation`."""

    def correlation(
        self,
        *,
        window: int | None = None,
        min_score: float | None = None,
        top_k: int | None = None,
        measure: str | None = None,
        min_appearances: int | None = None,
        image_set: str = "validation",
    ) -> Correlation:
        """Which filters move when which classes flip.

        Args:
            window: Length of a stable run of results, in validations; what the tab starts
                with.
            min_score: The least share of a class's images that makes an anomaly; what the tab
                starts with.
            top_k: How many filters at most; what the tab starts with.
            measure: One of the run's `measures`; what the tab starts with.
            min_appearances: Mini-sets that appear less often are left out; what the tab
                starts with.
            image_set: Name of an image set.

        Example:
            >>> run.correlation()
            Correlation(layer=int32[0], class_=int32[0], class_steps=int64[0],
            class_steps_start=int32[1], filters=int32[0, 0], mini_set_layer=int32[0],
            mini_set_appearances=int32[0], mini_set_filters=int32[0],
            mini_set_filters_start=int32[1], mini_set_steps=int64[0],
            mini_set_steps_start=int32[1])
        """
        return Correlation(
            **self._fields(
                "correlation",
                {
                    "window": window,
                    "min_score": min_score,
                    "top_k": top_k,
                    "measure": measure,
                    "min_appearances": min_appearances,
                    "image_set": image_set,
                },
            )
        )

    def expected_filters(
        self,
        *,
        window: int | None = None,
        min_score: float | None = None,
        top_k: int | None = None,
        measure: str | None = None,
        min_appearances: int | None = None,
        image_set: str = "validation",
    ) -> ExpectedFilters:
        """How many filters of a layer chance alone would make anomaly filters of a class.

        Args:
            window: Length of a stable run of results, in validations; what the tab starts
                with.
            min_score: The least share of a class's images that makes an anomaly; what the tab
                starts with.
            top_k: How many filters at most; what the tab starts with.
            measure: One of the run's `measures`; what the tab starts with.
            min_appearances: Mini-sets that appear less often are left out; what the tab
                starts with.
            image_set: Name of an image set.

        Example:
            >>> run.expected_filters()
            ExpectedFilters(iterations=0, layer=int32[0], class_=int32[0], filters=int32[0,
            0], expected=float32[0, 0], low=int32[0, 0], high=int32[0, 0], p=float32[0, 0],
            q=float32[0, 0])
        """
        return ExpectedFilters(
            **self._fields(
                "expected_filters",
                {
                    "window": window,
                    "min_score": min_score,
                    "top_k": top_k,
                    "measure": measure,
                    "min_appearances": min_appearances,
                    "image_set": image_set,
                },
            )
        )

    def mini_set_surprise(
        self,
        *,
        window: int | None = None,
        min_score: float | None = None,
        top_k: int | None = None,
        measure: str | None = None,
        min_appearances: int | None = None,
        image_set: str = "validation",
        shuffles: int | None = None,
    ) -> MiniSetSurprise:
        """How surprising it is what a mini-set appears with.

        Args:
            window: Length of a stable run of results, in validations; what the tab starts
                with.
            min_score: The least share of a class's images that makes an anomaly; what the tab
                starts with.
            top_k: How many filters at most; what the tab starts with.
            measure: One of the run's `measures`; what the tab starts with.
            min_appearances: Mini-sets that appear less often are left out; what the tab
                starts with.
            image_set: Name of an image set.
            shuffles: How many shuffles; what the tab starts with.

        Example:
            >>> run.mini_set_surprise()
            MiniSetSurprise(shuffles=1000, iterations=0, classes=int32[0],
            classes_p=float32[0], best=int32[0], times=int32[0], times_p=float32[0],
            times_any_p=float32[0], classes_q=float32[0], times_q=float32[0])
        """
        return MiniSetSurprise(
            **self._fields(
                "mini_set_surprise",
                {
                    "window": window,
                    "min_score": min_score,
                    "top_k": top_k,
                    "measure": measure,
                    "min_appearances": min_appearances,
                    "image_set": image_set,
                    "shuffles": shuffles,
                },
            )
        )

    def mini_set_filters(
        self,
        *,
        window: int | None = None,
        min_score: float | None = None,
        top_k: int | None = None,
        measure: str | None = None,
        min_appearances: int | None = None,
        image_set: str = "validation",
        columns: int | None = None,
    ) -> MiniSetFilters:
        """How the filters of the mini-sets vary over the dumps.

        Args:
            window: Length of a stable run of results, in validations; what the tab starts
                with.
            min_score: The least share of a class's images that makes an anomaly; what the tab
                starts with.
            top_k: How many filters at most; what the tab starts with.
            measure: One of the run's `measures`; what the tab starts with.
            min_appearances: Mini-sets that appear less often are left out; what the tab
                starts with.
            image_set: Name of an image set.
            columns: Largest number of columns; what the tab starts with.

        Example:
            >>> run.mini_set_filters()
            MiniSetFilters(measure='change', steps=int64[6], values=float32[0, 6])
        """
        return MiniSetFilters(
            **self._fields(
                "mini_set_filters",
                {
                    "window": window,
                    "min_score": min_score,
                    "top_k": top_k,
                    "measure": measure,
                    "min_appearances": min_appearances,
                    "image_set": image_set,
                    "columns": columns,
                },
            )
        )
