"""Validations at which images had scores that are not finite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ....index.run import Snapshot
from ...validation.compute import not_finite_scores
from . import remedies
from .rules import Rule

NON_FINITE_SCORES = Rule(
    "non_finite_scores",
    "Images with scores that are not finite",
    "A score of the image is infinite or not a number, so that it was predicted as nothing and"
    " counts as not evaluated; each stretch of validations in a row with such images is shown.",
    severity=0.9,
    remedy=remedies.FULL_PRECISION,
)
VALIDATION_RULES = (NON_FINITE_SCORES,)


@dataclass(frozen=True)
class Stretch:
    """Validations in a row at which a rule holds.

    Attributes:
        rule: The rule.
        first: First validation ...
        last: ... and last validation at which it holds.
        images: About how many images, at most.
    """

    rule: Rule
    first: int
    last: int
    images: int


def stretches(snapshot: Snapshot, image_set: str) -> Iterator[Stretch]:
    """Where rules about validations hold.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    counts = not_finite_scores(snapshot, image_set)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], counts > 0, [0]]).astype(np.int8)))
    for first, end in edges.reshape(-1, 2).tolist():
        yield Stretch(NON_FINITE_SCORES, first, end - 1, int(counts[first:end].max()))
