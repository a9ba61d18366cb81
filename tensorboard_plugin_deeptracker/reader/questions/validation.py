"""Questions of the feature validation; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ErrorRates(Answer):
    """Error rates of all classes and over all images.

    Attributes:
        steps: int64[validations].
        overall: float32[validations].
        classes: float32[classes, validations].
    """

    steps: NDArray[np.int64]
    overall: NDArray[np.float32]
    classes: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ClassStat(Answer):
    """The class-stat index.

    Attributes:
        steps: int64[validations].
        error_rate: float32[validations].
        left: int32[validations].
        right: int32[validations].
    """

    class_: str
    steps: NDArray[np.int64]
    error_rate: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ClassImage(Answer):
    """The class-image index.

    Attributes:
        images: A row an image.
        steps: int64[validations].
        correct: uint8[images, validations]: 0 wrong, 1 correct, 2 not evaluated.
        predicted: int32[images, validations]: -1 not evaluated.
    """

    class_: str
    images: list[dict[str, Any]]
    steps: NDArray[np.int64]
    correct: NDArray[np.uint8]
    predicted: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Results(Answer):
    """Whether each image was right, at every validation.

    Attributes:
        ids: Identifiers of the images.
        steps: int64[validations].
        correct: uint8[images, validations / 8]: a bit a validation, the first the
            highest.
        evaluated: uint8[images, validations / 8]: likewise.
    """

    ids: list[int | str]
    steps: NDArray[np.int64]
    correct: NDArray[np.uint8]
    evaluated: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IterationImage(Answer):
    """What each image was predicted as at a validation, and at the one before.

    Attributes:
        step: A training iteration.
        previous: A training iteration.
        predicted: int32[images]: -1 not evaluated.
        before: int32[images]: likewise, at the validation before.
    """

    step: int
    previous: int | None
    predicted: NDArray[np.int32]
    before: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Clusters(Answer):
    """Classes that are learned alike.

    Attributes:
        clusters: The classes of each, from easy to hard.
        steps: int64[validations].
        error_rate: float32[clusters, validations].
    """

    k: int
    clusters: list[list[str]]
    steps: NDArray[np.int64]
    error_rate: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ClusterCounts(Answer):
    """How far apart the clusters lie, for several numbers of them, and which number is best.

    Attributes:
        k: int32[numbers of clusters].
        separation: float32[numbers of clusters]: mean silhouettes.
    """

    suggested: int | None
    k: NDArray[np.int32]
    separation: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Anomalies(Answer):
    """Where many images of a class flip.

    Attributes:
        class_: int32[anomalies]: positions in the run's classes.
        step: int64[anomalies].
        rule: uint8[anomalies]: 0 left, 1 right.
        count: int32[anomalies].
        score: float32[anomalies]: share of the class's images.
    """

    window: int
    min_score: float | None
    class_: NDArray[np.int32]
    step: NDArray[np.int64]
    rule: NDArray[np.uint8]
    count: NDArray[np.int32]
    score: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AnomalyChance(Answer):
    """How many anomalies chance alone would make.

    Attributes:
        chance: How many are to be expected.
    """

    window: int
    min_score: float | None
    chance: float


class ValidationQuestions(Asking):
    """Questions of the feature `validation`."""

    def error_rates(self, *, image_set: str = "validation") -> ErrorRates:
        """Error rates of all classes and over all images.

        Args:
            image_set: Name of an image set.

        Example:
            >>> run.error_rates()
            ErrorRates(steps=int64[6], overall=float32[6], classes=float32[2, 6])
        """
        return ErrorRates(**self._fields("error_rates", {"image_set": image_set}))

    def class_stat(
        self, class_: str, *, window: int | None = None, image_set: str = "validation"
    ) -> ClassStat:
        """The class-stat index.

        Args:
            class_: Name of a class.
            window: Length of a stable run of results, in validations; what the tab starts
                with.
            image_set: Name of an image set.

        Example:
            >>> run.class_stat('class 0')
            ClassStat(class_='class 0', steps=int64[6], error_rate=float32[6],
            left=int32[6], right=int32[6])
        """
        return ClassStat(
            **self._fields(
                "class_stat", {"class": class_, "window": window, "image_set": image_set}
            )
        )

    def class_image(self, class_: str, *, image_set: str = "validation") -> ClassImage:
        """The class-image index.

        Args:
            class_: Name of a class.
            image_set: Name of an image set.

        Example:
            >>> run.class_image('class 0')
            ClassImage(class_='class 0', images=list of 2, steps=int64[6], correct=uint8[2,
            6], predicted=int32[2, 6])
        """
        return ClassImage(**self._fields("class_image", {"class": class_, "image_set": image_set}))

    def results(self, *, image_set: str = "validation") -> Results:
        """Whether each image was right, at every validation.

        Args:
            image_set: Name of an image set.

        Example:
            >>> run.results()
            Results(ids=[100, 99, 98, 97], steps=int64[6], correct=uint8[4, 1],
            evaluated=uint8[4, 1])
        """
        return Results(**self._fields("results", {"image_set": image_set}))

    def iteration_image(
        self, *, step: int | None = None, image_set: str = "validation"
    ) -> IterationImage:
        """What each image was predicted as at a validation, and at the one before.

        Args:
            step: Iteration of a validation; what the tab starts with.
            image_set: Name of an image set.

        Example:
            >>> run.iteration_image()
            IterationImage(step=5, previous=4, predicted=int32[4], before=int32[4])
        """
        return IterationImage(
            **self._fields("iteration_image", {"step": step, "image_set": image_set})
        )

    def clusters(self, *, k: int | None = None, image_set: str = "validation") -> Clusters:
        """Classes that are learned alike.

        Args:
            k: How many clusters, at most the number of classes; what the tab starts with.
            image_set: Name of an image set.

        Example:
            >>> run.clusters()
            Clusters(k=1, clusters=[['class 0', 'class 1']], steps=int64[6],
            error_rate=float32[1, 6])
        """
        return Clusters(**self._fields("clusters", {"k": k, "image_set": image_set}))

    def cluster_counts(self, most: int, *, image_set: str = "validation") -> ClusterCounts:
        """How far apart the clusters lie, for several numbers of them, and which number is best.

        Args:
            most: The largest number of clusters.
            image_set: Name of an image set.

        Example:
            >>> run.cluster_counts(2)
            ClusterCounts(k=int32[0], separation=float32[0])
        """
        return ClusterCounts(
            **self._fields("cluster_counts", {"most": most, "image_set": image_set})
        )

    def anomalies(
        self,
        *,
        window: int | None = None,
        min_score: float | None = None,
        image_set: str = "validation",
    ) -> Anomalies:
        """Where many images of a class flip.

        Args:
            window: Length of a stable run of results, in validations; what the tab starts
                with.
            min_score: The least share of a class's images that makes an anomaly; what the tab
                starts with.
            image_set: Name of an image set.

        Example:
            >>> run.anomalies()
            Anomalies(window=1, min_score=0.55, class_=int32[0], step=int64[0],
            rule=uint8[0], count=int32[0], score=float32[0])
        """
        return Anomalies(
            **self._fields(
                "anomalies", {"window": window, "min_score": min_score, "image_set": image_set}
            )
        )

    def anomaly_chance(
        self,
        *,
        window: int | None = None,
        min_score: float | None = None,
        image_set: str = "validation",
    ) -> AnomalyChance:
        """How many anomalies chance alone would make.

        Args:
            window: Length of a stable run of results, in validations; what the tab starts
                with.
            min_score: The least share of a class's images that makes an anomaly; what the tab
                starts with.
            image_set: Name of an image set.

        Example:
            >>> run.anomaly_chance()
            AnomalyChance(window=1, min_score=0.55, chance=5.0)
        """
        return AnomalyChance(
            **self._fields(
                "anomaly_chance", {"window": window, "min_score": min_score, "image_set": image_set}
            )
        )
