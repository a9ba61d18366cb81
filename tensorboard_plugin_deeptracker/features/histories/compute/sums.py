"""What is kept of every image while its validations are gone through, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ...validation.compute import CORRECT, NOT_EVALUATED

NEVER = -1
# Probabilities below these are no more than noise, of one class and of all that are left.
_LEAST, _LEAST_REST = np.float32(1e-6), np.float32(1e-4)
# What a prediction without scores is taken for: the probability of the class that is predicted,
# and of the other one of the label and its rival.
_SURE, _UNSURE = np.float32(0.999), np.float32(0.0005)


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
        rival: What the image was taken for instead, if that was mostly one class (the vote of
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
            scored=counts(),
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

    def observe(
        self, first: int, predicted: NDArray[np.integer], labels: NDArray[np.integer]
    ) -> None:
        """Takes in the predictions of some validations, at most 255.

        Args:
            first: Position of the first.
            predicted: int[n, images], negative where not evaluated.
            labels: int[images].
        """
        known = (predicted >= 0).view(np.uint8)
        result = (predicted == labels).view(np.uint8)
        if not known.all():
            result = np.where(known, result, np.uint8(NOT_EVALUATED))
        before = np.concatenate([self.before[np.newaxis], result[:-1]])
        for sums, found in (
            (self.observed, known),
            (self.right, (result == CORRECT).view(np.uint8)),
            # Of 0, 1 and 2 only 0 and 1 make 1.
            (self.flips, ((result ^ before) == 1).view(np.uint8)),
        ):
            sums += found.sum(axis=0, dtype=np.uint8)
        self.before[:] = result[-1]
        for i, now in enumerate(result):
            changed = np.flatnonzero((now != self.last) & (now != NOT_EVALUATED))
            right = now[changed] == CORRECT
            self.forgotten[changed] += (self.last[changed] == CORRECT) & ~right
            self.settled[changed] = np.where(right, first + i, NEVER)
            unknown = changed[right & (self.learned[changed] == NEVER)]
            self.learned[unknown] = first + i
            self.last[changed] = now[changed]

    def score(
        self,
        weights: NDArray[np.float32],
        predicted: NDArray[np.integer],
        labels: NDArray[np.integer],
        scores: Scores | None,
    ) -> None:
        """Takes in the scores of some validations, or what predictions alone say of them.

        Args:
            weights: How much each counts for what an image was taken for: float32[n].
            predicted: int[n, images], negative where not evaluated.
            labels: int[images].
            scores: Those that were logged of all of these; None: of none.
        """
        known = predicted >= 0
        wrong = (predicted != labels) & known
        if scores is None:
            own = np.where(wrong, _UNSURE, _SURE)
            theirs = np.where(wrong, _SURE, _UNSURE)
            self._take(weights, known, own, np.log(theirs), np.where(wrong, predicted, -1))
            return
        margin = scores.margin.astype(np.float32)
        probability = scores.probability.astype(np.float32)
        fine = np.isfinite(margin) & np.isfinite(probability) & known
        if not fine.all():
            margin, probability = np.where(fine, margin, 0), np.where(fine, probability, 0)
        self._average(fine, fine.sum(axis=0, dtype=np.float32), margin, probability)
        probability = np.maximum(probability, _LEAST)
        # The largest of the others has the label's probability times e^-margin.
        theirs = np.minimum(np.log(probability) - margin, 0)
        rival = np.where(wrong, predicted, scores.second)
        self._take(weights, fine, probability, np.maximum(theirs, np.log(_LEAST)), rival)

    def _take(
        self,
        weights: NDArray[np.float32],
        known: NDArray[np.bool_],
        own: NDArray[np.float32],
        log_theirs: NDArray[np.float32],
        rival: NDArray[np.integer],
    ) -> None:
        """Notes what the images were taken for: [n, images] each, beside the weights."""
        theirs = np.exp(log_theirs)
        logs = np.log(own), log_theirs, np.log(np.maximum(1 - own - theirs, _LEAST_REST))
        by_image = weights[:, np.newaxis] * known
        self.weight += by_image.sum(axis=0)
        for sums, log in zip((self.own, self.theirs, self.rest), logs, strict=True):
            sums += weights @ log if known.all() else np.einsum("ij,ij->j", by_image, log)
        for one, ballot in zip(rival, by_image * theirs * (rival >= 0), strict=True):
            self.lead += np.where(self.rival == one, ballot, -ballot)
            np.copyto(self.rival, one, where=self.lead < 0)
            np.abs(self.lead, out=self.lead)

    def _average(
        self,
        fine: NDArray[np.bool_],
        count: NDArray[np.float32],
        margin: NDArray[np.float32],
        probability: NDArray[np.float32],
    ) -> None:
        """Puts the means and the spread of some validations to those before (Chan et al. 1979)."""
        known = np.maximum(count, 1)
        mean = probability.sum(axis=0) / known
        away = np.where(fine, probability - mean, 0)
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
