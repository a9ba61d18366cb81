"""What the log holds of representations: which images are alike, and the scores of each.

The features themselves are not logged. *Places* are positions among the images of the map, which
are all of the image set or a sample of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...events import encode, schema
from ...events.decode import DecodeError
from ...events.kinds import Series, Tensors, check_tensor
from ..images.records import IMAGE_SETS, VALIDATION, ImageSet, image_set_tag

NEIGHBOURS_TAG = schema.tag("neighbours")
COMPONENTS_TAG = schema.tag("components")
# Images whose features are finite, are not finite, are those of another image too.
FEATURE_COUNTS_TAG = schema.tag("feature_counts")
# Only of a sample.
MAP_ROWS_TAG = schema.tag("map_rows")
# Only where there are scores: of all classes, or the largest and the label's.
BORDER_TAG = schema.tag("border_neighbours")
SCORES_TAG = schema.tag("scores")
TOP_CLASSES_TAG = schema.tag("top_classes")
LABEL_SCORES_TAG = schema.tag("label_scores")
# Only where neighbours are not exact.
RECALL_TAG = schema.tag("neighbour_recall")
# Older logs lack them: how the features are spread, of all and of each class.
SPREAD_TAG = schema.tag("feature_spread")
CLASS_SPREAD_TAG = schema.tag("class_spread")

# Neighbours of an image.
NEIGHBOURS = 15
# Up to so many classes all scores are logged; of more, the largest.
ALL_SCORES = 100
TOP_SCORES = 10
# The share of the images that the border is looked for in: those with the smallest margins.
LOW_MARGIN = 0.1


@dataclass(frozen=True)
class Scores:
    """Scores of the map's images, each less the image's largest; NaN where there are none.

    Attributes:
        values: float16[images, classes] of all classes; or of the `TOP_SCORES` largest, from the
            largest on.
        top_classes: int[images, TOP_SCORES]: the classes of these; None where all are there.
        of_label: float16[images]: that of the image's label; None likewise.
    """

    values: NDArray[np.float16]
    top_classes: NDArray[np.int32] | None = None
    of_label: NDArray[np.float16] | None = None

    @property
    def predicted(self) -> NDArray[np.int32]:
        """The class predicted for each image: int32[images], -1 where there are no scores."""
        best: NDArray[np.int32]
        if self.top_classes is None:
            best = self.values.argmax(axis=1).astype(np.int32)
        else:
            best = self.top_classes[:, 0].astype(np.int32)
        best[np.isnan(self.values[:, 0])] = -1
        return best

    @property
    def prediction_margins(self) -> NDArray[np.float32]:
        """How far the largest is above the second: float32[images], NaN where there is none."""
        if self.values.shape[1] < 2:
            return np.full(len(self.values), np.nan, np.float32)
        second = np.partition(self.values, -2, axis=1)[:, -2].astype(np.float32)
        return np.where(np.isnan(self.values[:, 0]), np.float32(np.nan), -second)

    def of(self, images: NDArray[np.int64]) -> Scores:
        """Those of some of the images."""
        return Scores(
            self.values[images],
            None if self.top_classes is None else self.top_classes[images],
            None if self.of_label is None else self.of_label[images],
        )

    def margins(self, labels: NDArray[np.int32]) -> NDArray[np.float32]:
        """How far the label's is above the largest other: float32[images], NaN likewise.

        Args:
            labels: int32[images].
        """
        own = self.of_label
        if own is None:
            there = labels < self.values.shape[1]
            own = self.values[np.arange(len(labels)), np.where(there, labels, 0)]
            own = np.where(there, own, np.float16(np.nan))
        # The largest is 0.
        wrong = own.astype(np.float32)
        return np.where(self.predicted == labels, self.prediction_margins, wrong)


def low_margins(scores: Scores, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The images between two classes: those with the least margins of their predictions.

    Args:
        scores: Of all images.
        valid: bool[images]: those that may be among them.
    """
    margins = scores.prediction_margins
    valid = valid & ~np.isnan(margins)
    most = max(NEIGHBOURS + 1, math.ceil(LOW_MARGIN * int(valid.sum())))
    chosen = np.zeros(len(margins), np.bool_)
    chosen[np.argsort(np.where(valid, margins, np.inf), kind="stable")[:most]] = True
    return chosen & valid


@dataclass(frozen=True)
class Spread:
    """How the features of a map's images are spread, where they are finite.

    Attributes:
        total: Variance, of all dimensions together.
        between: The part of it that is of the classes' centres, each counted as often as it has
            images; the rest is within classes.
        rank: How many directions they use: (sum of the covariance's eigenvalues)^2 over the sum of
            their squares; of at most 1,000 of the images.
        constant: Dimensions that are the same for all images.
        dimensions: How many there are.
        within: float32[classes]: variance of each class's images around its centre; NaN without
            any.
        apart: float32[classes]: squared distance of its centre to the nearest other class's.
    """

    total: float
    between: float
    rank: float
    constant: int
    dimensions: int
    within: NDArray[np.float32]
    apart: NDArray[np.float32]

    @property
    def numbers(self) -> tuple[float, ...]:
        """Those that are of all images."""
        return self.total, self.between, self.rank, self.constant, self.dimensions

    @classmethod
    def of(cls, numbers: NDArray[np.floating], by_class: NDArray[np.float32]) -> Spread:
        """It, of what a record has: float[5] and float32[2, classes]."""
        total, between, rank, constant, dimensions = numbers.tolist()
        some, every = (int(each) if math.isfinite(each) else 0 for each in (constant, dimensions))
        return cls(total, between, rank, some, every, by_class[0], by_class[1])


@dataclass(frozen=True)
class Representations:
    """How the images of a map lie to each other at an iteration.

    Attributes:
        neighbours: int[images, 15]: places of the nearest images, from the nearest on; of equally
            near ones the lower place first. -1: there are no more.
        components: float16[images, 2]: the first two principal components of the features, over
            the standard deviation of the first. NaN where the features are not finite.
        finite: Images whose features are finite.
        not_finite: Images whose features are not; others of the map were not evaluated.
        copies: Images whose features are exactly those of another one.
        rows: int[images], ascending: their rows in the image set; None: it is all of them.
        scores: None if none were given.
        border: int[images, 15]: as `neighbours`, of the images with low margins; None likewise.
        spread: How the features are spread; None if no image has finite ones, or an older log
            does not say.
        recall: The share of the nearest images that `neighbours` has; None: all, it is exact.
    """

    neighbours: NDArray[np.int32]
    components: NDArray[np.float16]
    finite: int
    not_finite: int
    copies: int
    rows: NDArray[np.int32] | None = None
    scores: Scores | None = None
    border: NDArray[np.int32] | None = None
    spread: Spread | None = None
    recall: float | None = None


def encode_representations(
    step: int,
    of: Representations,
    wall_time: float | None = None,
    image_set: str = VALIDATION,
) -> bytes:
    """The record of representations.

    Args:
        step: Training iteration.
        of: Them.
        wall_time: Seconds since the epoch; now if None.
        image_set: Which images they are of.
    """
    arrays: dict[str, NDArray[Any]] = {
        NEIGHBOURS_TAG: _smallest(of.neighbours, len(of.neighbours)),
        COMPONENTS_TAG: of.components.astype("<f2"),
        FEATURE_COUNTS_TAG: np.array([of.finite, of.not_finite, of.copies], "<i4"),
    }
    if of.recall is not None:
        arrays[RECALL_TAG] = np.array([of.recall], "<f4")
    if of.rows is not None:
        arrays[MAP_ROWS_TAG] = of.rows.astype("<i4")
    if of.scores is not None and of.border is not None:
        arrays[BORDER_TAG] = _smallest(of.border, len(of.border))
        arrays[SCORES_TAG] = of.scores.values.astype("<f2")
        if of.scores.top_classes is not None and of.scores.of_label is not None:
            arrays[TOP_CLASSES_TAG] = _smallest(
                of.scores.top_classes, int(of.scores.top_classes.max(initial=0))
            )
            arrays[LABEL_SCORES_TAG] = of.scores.of_label.astype("<f2")
    if of.spread is not None:
        arrays[SPREAD_TAG] = np.array(of.spread.numbers, "<f4")
        arrays[CLASS_SPREAD_TAG] = np.stack([of.spread.within, of.spread.apart]).astype("<f4")
    tensors = {image_set_tag(tag, image_set): encode.array(each) for tag, each in arrays.items()}
    return encode.event(tensors, step, wall_time)


def _smallest(numbers: NDArray[np.integer[Any]], most: int) -> NDArray[Any]:
    """Whole numbers from -1 to `most` in the smallest type that holds all of them."""
    return numbers.astype(next(t for t in ("<i1", "<i2", "<i4") if most <= np.iinfo(t).max))


def _check(tensors: Tensors, images: ImageSet) -> None:
    neighbours = tensors[NEIGHBOURS_TAG]
    count = neighbours.shape[0] if neighbours.shape else 0
    if MAP_ROWS_TAG in tensors:
        check_tensor(tensors, MAP_ROWS_TAG, "i", (count,))
    elif count != len(images.labels):
        raise DecodeError(f"{count} images have neighbours, of {len(images.labels)}")
    check_tensor(tensors, NEIGHBOURS_TAG, "i", (count, NEIGHBOURS))
    check_tensor(tensors, COMPONENTS_TAG, "f", (count, 2))
    check_tensor(tensors, FEATURE_COUNTS_TAG, "i", (3,))
    if RECALL_TAG in tensors:
        check_tensor(tensors, RECALL_TAG, "f", (1,))
    if SCORES_TAG in tensors:
        _check_scores(tensors, count)
    if SPREAD_TAG in tensors:
        check_tensor(tensors, SPREAD_TAG, "f", (5,))
        check_tensor(tensors, CLASS_SPREAD_TAG, "f", (2, len(images.class_names)))


def _check_scores(tensors: Mapping[str, Any], count: int) -> None:
    check_tensor(tensors, BORDER_TAG, "i", (count, NEIGHBOURS))
    shape = tensors[SCORES_TAG].shape
    if TOP_CLASSES_TAG in tensors:
        check_tensor(tensors, SCORES_TAG, "f", (count, TOP_SCORES))
        check_tensor(tensors, TOP_CLASSES_TAG, "i", (count, TOP_SCORES))
        check_tensor(tensors, LABEL_SCORES_TAG, "f", (count,))
    elif len(shape) != 2 or not 1 <= shape[1] <= ALL_SCORES:
        raise DecodeError(f"{SCORES_TAG!r} has shape {shape}")
    else:
        check_tensor(tensors, SCORES_TAG, "f", (count, shape[1]))


REPRESENTATIONS = Series(
    "a record of representations",
    NEIGHBOURS_TAG,
    IMAGE_SETS,
    _check,
    count="representations",
    in_runs=False,
)
KINDS = (REPRESENTATIONS,)
