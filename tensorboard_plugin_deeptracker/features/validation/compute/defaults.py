"""What is shown of predictions before anybody has chosen anything, found once for all who ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from ....compute.worker import in_worker
from ....index.run import Snapshot
from ...images.records import ImageSet
from ..records import VALIDATIONS
from .chance import expected_anomalies
from .class_history import history
from .grouping import sample, suggest_clusters
from .suggestion import SuggestedRules, suggest_rules

T = TypeVar("T")

# Bits of results, or classes times validations, that take longer than some milliseconds.
_FEW = 1 << 8
# Bytes that are sent to the worker: more would be there a second and a third time. What is
# computed of them here leaves other threads their pace, because it is done in small pieces.
_SENT = 32 << 20


def suggested_rules(snapshot: Snapshot, image_set: str, images: ImageSet) -> SuggestedRules:
    """The window and score of anomalies; see `suggest_rules`."""
    records = snapshot.of(VALIDATIONS, image_set)

    def compute(_: SuggestedRules | None) -> SuggestedRules:
        return _of_flips(suggest_rules, snapshot, image_set, images)

    return snapshot.memo.get(("suggested_rules", image_set), records, compute)


def suggested_clusters(snapshot: Snapshot, image_set: str, images: ImageSet) -> int | None:
    """How many clusters the classes fall into, None if into none; see `suggest_clusters`."""
    records = snapshot.of(VALIDATIONS, image_set)

    def compute(_: int | None) -> int | None:
        found = history(snapshot, image_set, images)
        chosen, rng = sample(np.any(found.evaluated, axis=0))
        rates = found.error_rates_of(chosen)
        return in_worker(suggest_clusters, rates, rng, heavy=rates.size > _FEW)

    return snapshot.memo.get(("suggested_clusters", image_set), records, compute)


def chance_of(
    snapshot: Snapshot, image_set: str, images: ImageSet, window: int, min_score: float
) -> float:
    """How many anomalies chance alone is expected to make; see `expected_anomalies`."""
    records = snapshot.of(VALIDATIONS, image_set)

    def compute(_: float | None) -> float:
        return _of_flips(expected_anomalies, snapshot, image_set, images, window, min_score)

    return snapshot.memo.get(("chance", image_set, window, min_score), records, compute)


def _of_flips(
    function: Callable[..., T],
    snapshot: Snapshot,
    image_set: str,
    images: ImageSet,
    *options: float,
) -> T:
    """What a function makes of the flips of a set, in the worker process if these are many."""
    found = history(snapshot, image_set, images)
    heavy = max(found.wrong.size, found.flips.nbytes) > _FEW
    heavy = heavy and found.wrong.nbytes + found.flips.nbytes <= _SENT
    return in_worker(
        function, found.flips, images.class_sizes, found.evaluated, *options, heavy=heavy
    )
