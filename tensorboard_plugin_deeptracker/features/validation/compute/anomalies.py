"""The anomaly rules (paper, section 7.1.2).

An image flips at a validation if it was evaluated there and at the one before, with
different results. The left rule marks a flip if the image had been stable for the
window's length before, the right rule if it stays stable for the window's length from there
on. Results are kept as a bit an image and validation, whatever flips: what a rule marks is found
anew for each question, eight images at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ....compute.growing import Growing
from .class_bits import ClassBits

Rule = Literal["left", "right"]
RULES: tuple[Rule, Rule] = ("left", "right")

WRONG, CORRECT, NOT_EVALUATED = 0, 1, 2
# Classes times validations whose counts are made at once, and bytes that are looked at together,
# so that they stay near the processor.
_CELLS = 1 << 16
_BYTES = 1 << 19


def correctness(predicted: NDArray[np.integer], labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """`CORRECT`, `WRONG` or `NOT_EVALUATED` (a negative prediction), element by element."""
    answer: NDArray[np.uint8] = (predicted == labels).astype(np.uint8)
    answer[predicted < 0] = NOT_EVALUATED
    return answer


@dataclass(frozen=True)
class Flips:
    """Where images flip in a sequence of validations.

    Attributes:
        places: Where the bits of images are.
        correct: Whether each image was right: uint8[validations, bytes].
        evaluated: Whether it was evaluated, likewise; None: all of them, always.
    """

    places: ClassBits
    correct: NDArray[np.uint8]
    evaluated: NDArray[np.uint8] | None = None

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.places.sizes)

    @property
    def validations(self) -> int:
        """Length of the sequence."""
        return len(self.correct)

    @property
    def nbytes(self) -> int:
        """Bytes of all bits."""
        return self.correct.nbytes + (self.evaluated.nbytes if self.evaluated is not None else 0)

    def counts(self, window: int, classes: slice = slice(None)) -> NDArray[Any]:
        """Images that each rule marks: [rules, classes, validations], of the least unsigned type.

        Args:
            window: Length of the stable run, at least 1.
            classes: Of which.
        """
        first, last, _ = classes.indices(self.classes)
        n = self.validations
        counts = np.zeros((len(RULES), last - first, n), self.places.dtype)
        if window >= n:  # No run before or behind a flip is as long.
            return counts
        for some, own, starts in self.places.pieces(first, last, max(1, _BYTES // n)):
            left, right = counts[:, some.start - first : some.stop - first]
            marked_left, marked_right = self._marked(window, own)
            left[:, window:] += self.places.count(marked_left, starts)
            right[:, 1 : n - window + 1] += self.places.count(marked_right, starts)
        return counts

    def parts(self, window: int, cells_at_once: int) -> Iterator[tuple[slice, NDArray[Any]]]:
        """The counts of some classes after the other, and which these are; at least one part.

        Args:
            window: Length of the stable run, at least 1.
            cells_at_once: Classes times validations of a part.
        """
        each = max(1, cells_at_once // max(1, self.validations))
        for first in range(0, max(1, self.classes), each):
            classes = slice(first, min(first + each, self.classes))
            yield classes, self.counts(window, classes)

    def _marked(self, window: int, own: slice) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """What both rules mark of some bytes.

        Returns:
            Of the left rule, from the validation `window` on: uint8[bytes, validations - window],
            and of the right rule, of as many from the second validation on.
        """
        correct = np.ascontiguousarray(self.correct[:, own].T)
        flips = ends = correct[:, 1:] ^ correct[:, :-1]
        if self.evaluated is not None:
            evaluated = np.ascontiguousarray(self.evaluated[:, own].T)
            flips = flips & evaluated[:, 1:] & evaluated[:, :-1]
            ends = ends | (evaluated[:, 1:] ^ evaluated[:, :-1])
        left, right = flips[:, window - 1 :], flips[:, : flips.shape[1] - window + 1]
        if window == 1:
            return left, right
        unstable = _any_of(ends, window - 1)
        return left & ~unstable[:, :-1], right & ~unstable[:, 1:]


def _any_of(bits: NDArray[np.uint8], length: int) -> NDArray[np.uint8]:
    """What is set in any of so many neighbours: uint8[bytes, n] -> uint8[bytes, n - length + 1]."""
    span = 1
    while 2 * span <= length:
        bits = bits[:, :-span] | bits[:, span:]
        span *= 2
    rest = length - span
    return bits[:, :-rest] | bits[:, rest:] if rest else bits


class ResultBits:
    """Collects results, some validations at a time.

    Args:
        places: Where the bits of images are.
    """

    def __init__(self, places: ClassBits) -> None:
        self._places = places
        size = int(places.first_bytes[-1])
        self._correct = Growing(size, dtype=np.uint8)
        # Nothing as long as all images were evaluated.
        self._evaluated: Growing | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of what was collected."""
        return self._correct.nbytes + (self._evaluated.nbytes if self._evaluated else 0)

    def reserve(self, validations: int) -> None:
        """Makes room for so many in all."""
        self._correct.reserve(validations)
        if self._evaluated is not None:
            self._evaluated.reserve(validations)

    def add(self, correct: NDArray[np.uint8], evaluated: NDArray[np.uint8] | None) -> None:
        """Takes in the next validations.

        Args:
            correct: Whether each image was right: uint8[validations, bytes].
            evaluated: Whether it was evaluated, likewise; None: all of them.
        """
        if evaluated is not None and self._evaluated is None:
            self._evaluated = Growing(self._correct.values.shape[1], dtype=np.uint8)
            self._evaluated.extend(self._all(len(self._correct.values)))
        if self._evaluated is not None:
            self._evaluated.extend(self._all(len(correct)) if evaluated is None else evaluated)
        self._correct.extend(correct)

    def first(self, validations: int) -> Flips:
        """The flips as they were after that many validations."""
        evaluated = None if self._evaluated is None else self._evaluated.values[:validations]
        return Flips(self._places, self._correct.values[:validations], evaluated)

    def _all(self, validations: int) -> NDArray[np.uint8]:
        """Bits of validations that evaluated all images: uint8[validations, bytes]."""
        images = int(self._places.sizes.sum())
        return np.repeat(self._places.pack(np.ones((1, images), np.bool_)), validations, axis=0)


@dataclass(frozen=True)
class Anomalies:
    """Anomalies by class, then validation, then rule (left first).

    Attributes:
        label: Class: int32[anomalies].
        at: Validation: int32[anomalies].
        rule: Position in `RULES`: uint8[anomalies].
        count: Images that the rule marks: int32[anomalies].
        score: The same as a fraction of the class's images: float64[anomalies].
    """

    label: NDArray[np.int32]
    at: NDArray[np.int32]
    rule: NDArray[np.uint8]
    count: NDArray[np.int32]
    score: NDArray[np.float64]

    def iterations(self, classes: int) -> list[NDArray[np.int32]]:
        """Anomaly iterations of each class: validations under either rule, ascending."""
        ends = np.searchsorted(self.label, np.arange(classes + 1))
        return [np.unique(self.at[first:last]) for first, last in pairwise(ends)]


def find_anomalies(
    flips: Flips,
    images: Sequence[int] | NDArray[np.integer],
    window: int,
    min_score: float,
    cells_at_once: int = _CELLS,
) -> Anomalies:
    """The anomalies of all classes.

    Args:
        flips: All flips.
        images: int[classes]: number of images of each class.
        window: Length of the stable run, at least 1.
        min_score: Smallest fraction of a class's images.
        cells_at_once: Classes times validations that are worked on together.
    """
    # Classes without images have no flips: dividing by one instead of none says so.
    sizes = np.maximum(images, 1)
    least = least_counts(sizes, min_score)
    found = []
    for classes, counts in flips.parts(window, cells_at_once):
        rule, label, at = np.nonzero(counts >= least[classes].astype(counts.dtype)[:, np.newaxis])
        order = np.lexsort((rule, at, label))
        rule, label, at = rule[order], label[order], at[order]
        found.append((label + classes.start, at, rule, counts[rule, label, at]))
    label, at, rule, count = map(np.concatenate, zip(*found, strict=True))
    return Anomalies(
        label.astype(np.int32),
        at.astype(np.int32),
        rule.astype(np.uint8),
        count.astype(np.int32),
        count.astype(np.int64) / sizes[label],
    )


def least_counts(images: NDArray[np.integer], min_score: float) -> NDArray[np.int64]:
    """The fewest images of each class that make an anomaly: int64[classes]."""
    sizes = np.maximum(images, 1).astype(np.int64)
    counts = np.ceil(min_score * sizes).astype(np.int64)
    # Rounding may be one off: what counts is the fraction.
    counts -= (counts - 1) / sizes >= min_score
    counts += counts / sizes < min_score
    answer: NDArray[np.int64] = np.maximum(counts, 1)
    return answer
