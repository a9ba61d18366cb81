"""Questions of the feature compare; made by docs/routes.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..answer import Answer
from ..asking import Asking, Others


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Compare(Answer):
    """What the second of two runs lost and won: classes, images, rates with intervals.

    Attributes:
        runs: TensorBoard's names.
        steps: The iteration of the validation of each run.
        alone: What of each run not all have.
        axes: Those that both runs can be put on.
        evaluated: Images evaluated in both.
        error: Error rate in each run, over these.
        lost: Right in the first, wrong in the second.
        won: Wrong in the first, right in the second.
        ci: Interval of 95 % of the second's error rate less the first's.
        p: McNemar's exact test.
        by_chance: Negative flip rate if errors were independent.
        negative_flip_rate_ci: Ends of the interval of 95 %.
        positive_flip_rate_ci: Ends of the interval of 95 %.
        churn_ci: Ends of the interval of 95 %.
        learned: From when on each run's error rate was at most the level.
        earlier: By how much the second was earlier, on the axis.
        classes: Those that both runs have.
        images: The images that were lost.
        won_images: The images that were won.
    """

    runs: list[str]
    image_set: str
    steps: list[int]
    only: dict[str, Any]
    alone: list[dict[str, Any]]
    aligned: dict[str, Any]
    axis: str
    axes: list[str]
    weights: dict[str, Any]
    evaluated: int
    error: list[float | None]
    lost: int
    won: int
    ci: list[float | None]
    p: float | None
    by_chance: float | None
    negative_flip_rate: float | None
    negative_flip_rate_ci: list[float | None]
    positive_flip_rate: float | None
    positive_flip_rate_ci: list[float | None]
    churn: float | None
    churn_ci: list[float | None]
    learned: list[int | None]
    earlier: float | None
    classes: list[dict[str, Any]]
    images: list[dict[str, Any]]
    won_images: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CompareClasses(Answer):
    """Error rates of some runs over time, of each class and over all images that all have.

    Attributes:
        runs: TensorBoard's names.
        steps: The iteration of the validation of each run.
        alone: What of each run not all have.
        at: Places on the axis, ascending.
        validations: Of each run, the iteration of the validation that holds at each
            place; null: none.
        names: Of the classes that all runs have.
        overall: float32[runs, places].
        classes: float32[runs, classes, places].
    """

    runs: list[str]
    image_set: str
    steps: list[int]
    only: dict[str, Any]
    alone: list[dict[str, Any]]
    aligned: dict[str, Any]
    axis: str
    at: list[float | None]
    validations: list[list[int | None]]
    names: list[str]
    overall: NDArray[np.float32]
    classes: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CompareImages(Answer):
    """What some runs predicted some images as, over time.

    Attributes:
        runs: TensorBoard's names.
        steps: The iteration of the validation of each run.
        alone: What of each run not all have.
        at: Places on the axis, ascending.
        validations: Of each run, the iteration of the validation that holds at each
            place; null: none.
        names: Of the classes that all runs have.
        labels: Positions of their classes.
        correct: uint8[runs, images, places]: 0 wrong, 1 correct, 2 not evaluated.
        predicted: int32[runs, images, places]: -1 not evaluated, -2 a class that not all
            runs have.
    """

    runs: list[str]
    image_set: str
    steps: list[int]
    only: dict[str, Any]
    alone: list[dict[str, Any]]
    aligned: dict[str, Any]
    axis: str
    at: list[float | None]
    validations: list[list[int | None]]
    names: list[str]
    ids: list[int | str]
    labels: list[int]
    correct: NDArray[np.uint8]
    predicted: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CompareRuns(Answer):
    """Two to fifty runs: what all, some or none have right, how alike they are, what moves what.

    Attributes:
        runs: TensorBoard's names.
        steps: The iteration of the validation of each run.
        alone: What of each run not all have.
        axes: Those that all runs can be put on.
        error: Error rate of each run.
        order: Positions of the runs, those side by side that are alike.
        unusual: How far each run is from the others, in scaled deviations.
        outliers: Positions of runs that are like none of the others.
        differing: Share of images that two runs predict differently.
        yardstick: How far runs of one recipe are from each other.
        parameters: Hyperparameters in which the runs differ.
        label: int32[images].
        right: int32[images]: runs that have it right.
        evaluated: int32[images].
        learned: int32[images]: runs that ever had it right.
        median: float32[images]: NaN: in no run.
        earliest: float32[images]: NaN: in no run.
        latest: float32[images]: NaN: in no run.
    """

    runs: list[str]
    image_set: str
    steps: list[int]
    only: dict[str, Any]
    alone: list[dict[str, Any]]
    aligned: dict[str, Any]
    axis: str
    axes: list[str]
    error: list[float | None]
    order: list[int]
    unusual: list[float | None]
    outliers: list[int]
    differing: list[list[float | None]]
    classes: list[dict[str, Any]]
    yardstick: list[dict[str, Any]]
    parameters: list[dict[str, Any]]
    ids: list[int | str]
    label: NDArray[np.int32]
    right: NDArray[np.int32]
    evaluated: NDArray[np.int32]
    learned: NDArray[np.int32]
    median: NDArray[np.float32]
    earliest: NDArray[np.float32]
    latest: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CompareMaps(Answer):
    """Of each image, how many neighbours the representations of two runs share.

    Attributes:
        runs: TensorBoard's names.
        steps: The iteration of the representations of each run.
        share: Of the neighbours of all images, those that are shared.
        by_chance: The same of maps with nothing in common.
        label: int32[images].
        shared: int32[images]: neighbours in both.
        of: int32[images]: that could be.
        rows: int32[images, runs]: in each run's image set.
    """

    runs: list[str]
    image_set: str
    steps: list[int]
    share: float | None
    by_chance: float | None
    classes: list[dict[str, Any]]
    ids: list[int | str]
    label: NDArray[np.int32]
    shared: NDArray[np.int32]
    of: NDArray[np.int32]
    rows: NDArray[np.int32]


class CompareQuestions(Asking):
    """Questions of the feature `compare`."""

    def compare(
        self,
        others: Others,
        *,
        image_set: str = "validation",
        steps: Sequence[int] | None = None,
        axis: Literal["iterations", "epochs", "images"] = "iterations",
        level: float | None = None,
    ) -> Compare:
        """What the second of two runs lost and won: classes, images, rates with intervals.

        Args:
            others: The run, or the runs, that this one is beside.
            image_set: Name of an image set.
            steps: The iteration of a validation of each run; the last ones if not given.
            axis: What the runs are put side by side on.
            level: The error rate at which a class is taken as learned; if not given, the
                larger one of the two at `steps`, which both have reached.

        Example:
            >>> run.compare(run)
            Compare(runs=['run', 'run'], image_set='validation', steps=[5, 5], only=dict of
            3, alone=list of 2, aligned=dict of 7, axis='iterations', axes=('iterations',),
            weights={'dumps': 0, 'alike': 0, 'until': None}, evaluated=4, error=[0.5, 0.5],
            lost=0, won=0, ci=list of 2, p=1.0, by_chance=0.25, negative_flip_rate=0.0,
            negative_flip_rate_ci=[0.0, 0.4898908364545973], positive_flip_rate=0.0,
            positive_flip_rate_ci=[0.0, 0.4898908364545973], churn=0.0, churn_ci=[0.0,
            0.4898908364545973], learned=[0, 0], earlier=0.0, classes=list of 2, images=[],
            won_images=[])
        """
        return Compare(
            **self._fields(
                "compare",
                {"image_set": image_set, "steps": steps, "axis": axis, "level": level},
                others,
            )
        )

    def compare_classes(
        self,
        others: Others,
        *,
        image_set: str = "validation",
        steps: Sequence[int] | None = None,
        axis: Literal["iterations", "epochs", "images"] = "iterations",
        max_columns: int = 1000,
    ) -> CompareClasses:
        """Error rates of some runs over time, of each class and over all images that all have.

        Args:
            others: The run, or the runs, that this one is beside.
            image_set: Name of an image set.
            steps: The iteration of a validation of each run; the last ones if not given.
            axis: What the runs are put side by side on.
            max_columns: How many places on the axis at most.

        Example:
            >>> run.compare_classes(run)
            CompareClasses(runs=['run', 'run'], image_set='validation', steps=[5, 5],
            only=dict of 3, alone=list of 2, aligned=dict of 7, axis='iterations', at=[0.0,
            1.0, 2.0, 3.0, 4.0, 5.0], validations=[[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]],
            names=('class 0', 'class 1'), overall=float32[2, 6], classes=float32[2, 2, 6])
        """
        return CompareClasses(
            **self._fields(
                "compare_classes",
                {"image_set": image_set, "steps": steps, "axis": axis, "max_columns": max_columns},
                others,
            )
        )

    def compare_images(
        self,
        others: Others,
        ids: Sequence[str],
        *,
        image_set: str = "validation",
        steps: Sequence[int] | None = None,
        axis: Literal["iterations", "epochs", "images"] = "iterations",
        max_columns: int = 1000,
    ) -> CompareImages:
        """What some runs predicted some images as, over time.

        Args:
            others: The run, or the runs, that this one is beside.
            ids: The first run's identifiers of some images.
            image_set: Name of an image set.
            steps: The iteration of a validation of each run; the last ones if not given.
            axis: What the runs are put side by side on.
            max_columns: How many places on the axis at most.

        Example:
            >>> run.compare_images(run, ('100', '99'))
            CompareImages(runs=['run', 'run'], image_set='validation', steps=[5, 5],
            only=dict of 3, alone=list of 2, aligned=dict of 7, axis='iterations', at=[0.0,
            1.0, 2.0, 3.0, 4.0, 5.0], validations=[[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]],
            names=('class 0', 'class 1'), ids=[100, 99], labels=[0, 0], correct=uint8[2, 2,
            6], predicted=int32[2, 2, 6])
        """
        return CompareImages(
            **self._fields(
                "compare_images",
                {
                    "ids": ids,
                    "image_set": image_set,
                    "steps": steps,
                    "axis": axis,
                    "max_columns": max_columns,
                },
                others,
            )
        )

    def compare_runs(
        self,
        others: Others,
        *,
        image_set: str = "validation",
        steps: Sequence[int] | None = None,
        axis: Literal["iterations", "epochs", "images"] = "iterations",
        seeds: Sequence[str] | None = None,
    ) -> CompareRuns:
        """Two to fifty runs: what all, some or none have right, how alike they are, what moves what.

        Args:
            others: The run, or the runs, that this one is beside.
            image_set: Name of an image set.
            steps: The iteration of a validation of each run; the last ones if not given.
            axis: What the runs are put side by side on.
            seeds: Names of the runs that are seeds of one recipe; if not given, those of the
                same layers whose hyperparameters are the same but for the seed, and, of runs
                without any, those whose names are the same but for the number behind the word
                seed.

        Example:
            >>> run.compare_runs(run)
            CompareRuns(runs=['run', 'run'], image_set='validation', steps=[5, 5], only=dict
            of 3, alone=list of 2, aligned=dict of 7, axis='iterations',
            axes=('iterations',), error=[0.5, 0.5], order=[0, 1], unusual=[nan, nan],
            outliers=[], differing=[[0.0, 0.0], [0.0, 0.0]], classes=list of 2,
            yardstick=[], parameters=[], ids=[100, 99, 98, 97], label=int32[4],
            right=int32[4], evaluated=int32[4], learned=int32[4], median=float32[4],
            earliest=float32[4], latest=float32[4])
        """
        return CompareRuns(
            **self._fields(
                "compare_runs",
                {"image_set": image_set, "steps": steps, "axis": axis, "seeds": seeds},
                others,
            )
        )

    def compare_maps(
        self, others: Others, *, image_set: str = "validation", steps: Sequence[int] | None = None
    ) -> CompareMaps:
        """Of each image, how many neighbours the representations of two runs share.

        Args:
            others: The run, or the runs, that this one is beside.
            image_set: Name of an image set.
            steps: The iteration of representations of each run; the last ones if not given.

        Example:
            >>> run.compare_maps(run)
            CompareMaps(runs=['run', 'run'], image_set='validation', steps=[5, 5],
            share=1.0, by_chance=1.0, classes=list of 2, ids=[100, 99, 98, 97],
            label=int32[4], shared=int32[4], of=int32[4], rows=int32[4, 2])
        """
        return CompareMaps(
            **self._fields("compare_maps", {"image_set": image_set, "steps": steps}, others)
        )
