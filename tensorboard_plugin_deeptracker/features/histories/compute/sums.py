"""What is kept of every image while its validations are gone through, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...validation.compute import CORRECT, NOT_EVALUATED

NEVER = -1
# Probabilities below these are no more than noise, of one class and of all that are left.
_LEAST, _LEAST_REST = np.float32(1e-6), np.float32(1e-4)
# What a prediction without scores is taken for: the probability of the class that is predicted,
# and of the other one of the label and its rival.
_SURE, _UNSURE = np.float32(0.999), np.float32(0.0005)
# Of each float16, by its bits: looking it up takes half as long as computing it.
_SINGLE = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)


@dataclass
class Sums:
    """Sums over the observations of each image: an observation is a validation that evaluated it.

    Attributes:
        observed: Observations: int32[images].
        right: Those at which it was right: int32[images].
        learned: The first of these, as a position among the validations; `NEVER`: int32[images].
        settled: The one from which on it was right at all; `NEVER`: int32[images].
        flips: Validations with another result than the one just before: int32[images].
        forgotten: Observations at which it was wrong, after one at which it was right:
            int32[images].
        last: Result of the last observation, `NOT_EVALUATED` without any: uint8[images].
        before: Result of the last validation: uint8[images].
        weight: Sum of the weights of the observations: float32[images].
        own: Weighted sum of the logarithms of the label's probabilities: float32[images].
        theirs: The same of the largest other class's: float32[images].
        rest: The same of what is left for all others: float32[images].
        rival: What the image was predicted as instead, if that was mostly one class (the vote of
            Boyer and Moore), -1 for none: int32[images].
        lead: Weight of that class less that of all others but the label: float32[images].
        scored: Observations with finite scores: int32[images].
        margin: Mean margin: float64[images].
        probability: Mean of the label's probabilities: float64[images].
        spread: Sum of their squared differences from it: float64[images].
    """

    observed: NDArray[np.int32]
    right: NDArray[np.int32]
    learned: NDArray[np.int32]
    settled: NDArray[np.int32]
    flips: NDArray[np.int32]
    forgotten: NDArray[np.int32]
    last: NDArray[np.uint8]
    before: NDArray[np.uint8]
    weight: NDArray[np.float32]
    own: NDArray[np.float32]
    theirs: NDArray[np.float32]
    rest: NDArray[np.float32]
    rival: NDArray[np.int32]
    lead: NDArray[np.float32]
    scored: NDArray[np.int32]
    margin: NDArray[np.float64]
    probability: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def none(cls, images: int) -> Sums:
        """Of no validation."""

        def counts(value: int = 0) -> NDArray[np.int32]:
            return np.full(images, value, np.int32)

        def results() -> NDArray[np.uint8]:
            return np.full(images, NOT_EVALUATED, np.uint8)

        return cls(
            observed=counts(),
            right=counts(),
            learned=counts(NEVER),
            settled=counts(NEVER),
            flips=counts(),
            forgotten=counts(),
            last=results(),
            before=results(),
            weight=np.zeros(images, np.float32),
            own=np.zeros(images, np.float32),
            theirs=np.zeros(images, np.float32),
            rest=np.zeros(images, np.float32),
            rival=counts(-1),
            lead=np.zeros(images, np.float32),
            scored=np.zeros(images, np.int32),
            margin=np.zeros(images),
            probability=np.zeros(images),
            spread=np.zeros(images),
        )

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(getattr(self, field.name).nbytes for field in fields(self))

    def copy(self) -> Sums:
        """The same, with memory of their own."""
        return Sums(*(getattr(self, field.name).copy() for field in fields(self)))

    def part(self, rows: slice) -> Sums:
        """Those of some images, which share their memory with these."""
        return Sums(*(getattr(self, field.name)[rows] for field in fields(self)))

    def observe(self, first: int, seen: Seen) -> None:
        """Takes in the predictions of some validations, at most 255.

        Args:
            first: Position of the first.
            seen: What was predicted.
        """
        count = len(seen.right)
        right = result = seen.right.view(np.uint8)
        if not seen.all_known:
            result = np.where(seen.known, right, np.uint8(NOT_EVALUATED))
        before = np.concatenate([self.before[np.newaxis], result[:-1]])
        # Of 0, 1 and 2 only 0 and 1 make 1.
        self.flips += ((result ^ before) == 1).view(np.uint8).sum(axis=0, dtype=np.uint8)
        self.observed += count if seen.all_known else seen.known.sum(axis=0, dtype=np.uint8)
        self.right += right.sum(axis=0, dtype=np.uint8)
        self.before[:] = result[-1]

        states = np.concatenate([self.last[np.newaxis], result])
        if not seen.all_known:
            for last, now in pairwise(states):
                np.copyto(now, last, where=now == NOT_EVALUATED)
        was, now = states[:-1] == CORRECT, states[1:] == CORRECT
        self.forgotten += (was & ~now).view(np.uint8).sum(axis=0, dtype=np.uint8)
        turned = (now & ~was).view(np.uint8)
        up = np.arange(1, count + 1, dtype=np.uint8)[:, np.newaxis]
        # Both 0 where no image turned right.
        from_end, latest = (turned * up[::-1]).max(axis=0), (turned * up).max(axis=0)
        learned = (self.learned == NEVER) & (from_end > 0)
        self.learned[learned] = first + count - from_end[learned].astype(np.int32)
        settled = np.where(latest > 0, first - 1 + latest.astype(np.int32), self.settled)
        self.settled[:] = np.where(now[-1], settled, NEVER)
        self.last[:] = states[-1]

    def score(self, weights: NDArray[np.float32], seen: Seen, scores: Scores | None) -> None:
        """Takes in the scores of some validations, or what predictions alone say of them.

        Args:
            weights: How much each counts for what an image was predicted as: float32[n].
            seen: What was predicted.
            scores: Those that were logged of all of these; None: of none.
        """
        known = None if seen.all_known else seen.known
        wrong = ~seen.right if known is None else ~seen.right & known
        if scores is None:
            log_own = np.where(wrong, np.log(_UNSURE), np.log(_SURE))
            log_theirs = np.where(wrong, np.log(_SURE), np.log(_UNSURE))
            theirs = np.where(wrong, np.exp(np.log(_SURE)), np.exp(np.log(_UNSURE)))
            own = np.where(wrong, _UNSURE, _SURE)
            taken = _Taken(log_own, log_theirs, theirs, own, np.where(wrong, seen.predicted, -1))
            self._take(weights, known, taken)
            return
        margin, probability = _single(scores.margin), _single(scores.probability)
        fine = known
        # Sums of half as large types are finite, if all of it is.
        if known is not None or not np.isfinite(margin.sum() + probability.sum()):
            fine = np.isfinite(margin) & np.isfinite(probability) & seen.known
            margin, probability = np.where(fine, margin, 0), np.where(fine, probability, 0)
        self._average(fine, margin, probability)
        own = np.maximum(probability, _LEAST, out=probability)
        log_own = np.log(own)
        # The largest of the others has the label's probability times e^-margin.
        log_theirs = np.subtract(log_own, margin, out=margin)
        np.clip(log_theirs, np.log(_LEAST), np.float32(0), out=log_theirs)
        rival = _chosen(wrong, seen.predicted, scores.second)
        taken = _Taken(log_own, log_theirs, np.exp(log_theirs), own, rival)
        self._take(weights, fine, taken)

    def _take(
        self, weights: NDArray[np.float32], known: NDArray[np.bool_] | None, taken: _Taken
    ) -> None:
        """Notes what the images were predicted as.

        Args:
            weights: Of the validations: float32[n].
            known: Which count: bool[n, images]; None: all.
            taken: What for.
        """
        rest = 1 - taken.own
        rest -= taken.theirs
        np.log(np.maximum(rest, _LEAST_REST, out=rest), out=rest)
        by_image = weights[:, np.newaxis] * (np.float32(1) if known is None else known)
        self.weight += np.add.accumulate(weights)[-1] if known is None else by_image.sum(axis=0)
        all_count = known is None or known.all()
        subscripts, counted = ("i,ij->j", weights) if all_count else ("ij,ij->j", by_image)
        for sums, log in (
            (self.own, taken.log_own),
            (self.theirs, taken.log_theirs),
            (self.rest, rest),
        ):
            # A product of matrices rounds otherwise with each number of threads.
            sums += np.einsum(subscripts, counted, log)
        for one, ballot in zip(
            taken.rival, by_image * taken.theirs * (taken.rival >= 0), strict=True
        ):
            self.lead += ballot * (2 * (self.rival == one).view(np.int8) - 1)
            self.rival[:] = _chosen(self.lead < 0, one, self.rival)
            np.abs(self.lead, out=self.lead)

    def _average(
        self,
        fine: NDArray[np.bool_] | None,
        margin: NDArray[np.float32],
        probability: NDArray[np.float32],
    ) -> None:
        """Puts the means and the spread of some validations to those before (Chan et al. 1979).

        Args:
            fine: Which count: bool[n, images]; None: all. Where they do not, the others are 0.
            margin: float32[n, images].
            probability: float32[n, images].
        """
        images = margin.shape[1]
        count = (
            np.full(images, len(margin), np.float32)
            if fine is None
            else fine.sum(axis=0, dtype=np.float32)
        )
        known = np.maximum(count, 1)
        mean = probability.sum(axis=0) / known
        away = probability - mean
        if fine is not None:
            away = np.where(fine, away, 0)
        # Single precision has rounded the mean.
        mean = mean + away.sum(axis=0, dtype=np.float64) / known
        total = np.maximum(self.scored + count, 1).astype(np.float64)
        step = mean - self.probability
        self.spread += np.einsum("ij,ij->j", away, away)
        self.spread += step * step * self.scored * count / total
        self.probability += step * count / total
        self.margin += (margin.sum(axis=0) - self.margin * count) / total
        self.scored += count.astype(np.int32)


@dataclass(frozen=True)
class Seen:
    """What images were predicted as at some validations.

    Attributes:
        predicted: int[n, images], negative where not evaluated.
        right: Whether that is the label: bool[n, images].
        known: Whether it was evaluated: bool[n, images].
        all_known: Whether all were.
    """

    predicted: NDArray[np.integer]
    right: NDArray[np.bool_]
    known: NDArray[np.bool_]
    all_known: bool

    @classmethod
    def of(cls, predicted: NDArray[np.integer], labels: NDArray[np.integer]) -> Seen:
        """Of images with these labels: int[images]."""
        known = predicted >= 0
        return cls(predicted, predicted == labels, known, bool(known.all()))

    def part(self, some: slice) -> Seen:
        """Of some of the validations."""
        known = self.known[some]
        return Seen(self.predicted[some], self.right[some], known, bool(known.all()))


@dataclass(frozen=True)
class _Taken:
    """What images were predicted as at some validations: [n, images] each.

    Attributes:
        log_own: Logarithm of the label's probability.
        log_theirs: Of the largest other class's.
        theirs: That class's probability.
        own: The label's.
        rival: That class, negative for none.
    """

    log_own: NDArray[np.float32]
    log_theirs: NDArray[np.float32]
    theirs: NDArray[np.float32]
    own: NDArray[np.float32]
    rival: NDArray[np.integer]


@dataclass(frozen=True)
class Scores:
    """What was logged of the scores of some validations.

    Attributes:
        margin: Score of the label minus the largest other one: float[n, images].
        probability: The label's: float[n, images].
        second: Class with the second largest score, negative for none: int[n, images].
    """

    margin: NDArray[np.floating]
    probability: NDArray[np.floating]
    second: NDArray[np.integer]


def _single(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Values in single precision, with memory of their own."""
    if values.dtype != np.float16:
        return values.astype(np.float32)
    return np.take(_SINGLE, values.view(np.uint16), mode="wrap")


def _chosen(
    where: NDArray[np.bool_], yes: NDArray[np.integer], no: NDArray[np.integer]
) -> NDArray[np.integer]:
    """`np.where` of whole numbers, at a tenth of its time where a processor would guess wrongly."""
    found: NDArray[np.integer] = yes ^ no
    found *= where
    found ^= no
    return found
