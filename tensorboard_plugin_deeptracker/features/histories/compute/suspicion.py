"""How probable it is that an image's label is wrong, from its history alone.

The history says how probable the network found the label and what it took the image for instead,
over the training: of a wrong label, networks are never as sure as of others of its class, because
they learn it last and by heart (area under the margin, Pleiss et al. 2020; cartography, Swayamdipta
et al. 2020; mean probability and margin over the training come out best in arXiv 2510.16211).

What this means for an image depends on its classes: cats are predicted as dogs rightly too.
So how often images of a class are labelled as another is estimated together with what each image
is, as in confident learning (Northcutt et al. 2021), by expectation maximisation: an image of true
class c has label y with probability T[c, y]; given the label, it is of class c with probability
proportional to T[c, y] q(c), where q is what the network took it for. Suspicion is the probability
of all classes but the label. Predictions without scores rank images, but cannot tell a hard image
from a wrong label: there it stays below one half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...images.records import ImageSet
from .sums import Sums

# What a network thinks over its training is less sharp than what it knows in the end: an exponent
# of probabilities.
_SHARPENED = 1.5
# Of wrong labels, before anything is known; and how much, beside what is counted, all wrong labels
# count as equally frequent.
_AT_FIRST = 0.1
_ALIKE = 0.1
_ROUNDS = 15
# By how much a label counts more than its odds: a network is surer of what it takes an image for
# than it is right. So of a set with a class that is only hard, at most 1 % is called wrong.
_TRUSTED = 4
# Of an image without scores.
_UNSURE = 0.499
_Counts: TypeAlias = NDArray[np.float64]
# Images that frequencies are estimated from, at most.
_MOST = 100_000


def suspicion(sums: Sums, images: ImageSet) -> NDArray[np.float32]:
    """0 to 1, the higher the more probably mislabelled; NaN without an observation.

    Args:
        sums: What was kept of the observations.
        images: The image set.
    """
    known = np.flatnonzero(sums.weight > 0)
    answer = np.full(len(images.labels), np.nan, np.float32)
    classes = max(len(images.class_names), int(sums.rival.max(initial=-1)) + 1)
    every = -(-len(known) // _MOST)
    if not every:
        return answer
    frequencies = _Frequencies(_Taken.of(sums, images, known[::every], classes))
    for _ in range(_ROUNDS):
        frequencies.improve()
    for first in range(0, len(known), _MOST):
        some = known[first : first + _MOST]
        own, rival, rest = frequencies.weigh(_Taken.of(sums, images, some, classes))
        wrong = 1 - _TRUSTED * own / (_TRUSTED * own + rival + rest)
        answer[some] = np.where(sums.scored[some] > 0, wrong, _UNSURE * wrong)
    return answer


@dataclass(frozen=True)
class _Taken:
    """What images were predicted as.

    Attributes:
        classes: How many there are.
        label: int64[n].
        own: The label, sharpened: float64[n].
        rival: Another class, the label itself where there is none: int64[n].
        theirs: How much: float64[n].
        rest: All other classes together: float64[n].
    """

    classes: int
    label: NDArray[np.int64]
    own: NDArray[np.float64]
    rival: NDArray[np.int64]
    theirs: NDArray[np.float64]
    rest: NDArray[np.float64]

    @classmethod
    def of(cls, sums: Sums, images: ImageSet, rows: NDArray[np.intp], classes: int) -> _Taken:
        label = images.labels[rows].astype(np.int64)
        rival = sums.rival[rows].astype(np.int64)
        own, theirs, rest = (
            np.exp(each[rows] / sums.weight[rows]) for each in (sums.own, sums.theirs, sums.rest)
        )
        theirs = np.where(rival < 0, 0, theirs)
        others = max(1, classes - 2)
        total = own + theirs + rest
        return cls(
            classes,
            label,
            (own / total) ** _SHARPENED,
            np.where(rival < 0, label, rival),
            (theirs / total) ** _SHARPENED,
            others * (rest / total / others) ** _SHARPENED * (classes > 2),
        )


class _Frequencies:
    """How often images of each class are labelled as each: T[c, y], as far as it is not the same.

    Args:
        taken: Of the images that it is estimated from.
    """

    def __init__(self, taken: _Taken) -> None:
        self._taken = taken
        k = taken.classes
        self._pairs, self._place = np.unique(taken.rival * k + taken.label, return_inverse=True)
        self._true, self._label = np.divmod(self._pairs, k)
        self._right: _Counts = np.full(k, 1 - _AT_FIRST)
        # T of pairs that nothing was counted of, for a true class.
        self._usual = np.full(k, _AT_FIRST / max(1, k - 1))
        self._wrong = self._usual[self._true]
        # Mean of T[c, y] over all c but y.
        self._mean = self._usual.copy()

    def weigh(
        self, taken: _Taken
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """How probable, up to a factor, each class of images is: the label, the rival, others."""
        k = taken.classes
        if taken is self._taken:
            of_rival = self._wrong[self._place]
        else:
            pairs = taken.rival * k + taken.label
            at = np.minimum(np.searchsorted(self._pairs, pairs), len(self._pairs) - 1)
            of_rival = np.where(self._pairs[at] == pairs, self._wrong[at], self._usual[taken.rival])
        return (
            taken.own * self._right[taken.label],
            taken.theirs * of_rival,
            taken.rest * self._mean[taken.label],
        )

    def improve(self) -> None:
        """One round: what each image probably is, then how often each class is labelled as each."""
        taken, k = self._taken, self._taken.classes
        own, rival, rest = self.weigh(taken)
        total = own + rival + rest
        others = max(1, k - 1)

        def count(where: NDArray[np.int64], weights: NDArray[np.float64], size: int) -> _Counts:
            return _summed(where, weights / total, size)

        right = count(taken.label, own, k)
        counted = count(self._place, rival, len(self._pairs))
        spread = count(taken.label, rest, k) / others
        of_class = _summed(self._true, counted, k) + right + spread.sum() - spread
        share = 1 - right.sum() / of_class.sum()
        # Of a class without images, what is usual is all that is known.
        per = (1 + _ALIKE) * np.maximum(of_class, 1e-9)
        self._right = right / per + (1 - share) * _ALIKE / (1 + _ALIKE)
        usual = share / others * _ALIKE / (1 + _ALIKE)
        self._wrong = (counted + spread[self._label]) / per[self._true] + usual
        self._usual = np.full(k, usual) + spread.mean() / per
        sums = _summed(self._label, counted / per[self._true], k)
        inverse = (1 / per).sum() - 1 / per
        self._mean = sums / others + spread * inverse / others + usual


def _summed(where: NDArray[np.int64], weights: _Counts, size: int) -> _Counts:
    sums: _Counts = np.bincount(where, weights, size).astype(np.float64)
    return sums
