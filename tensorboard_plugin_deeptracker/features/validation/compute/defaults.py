"""What is shown of predictions before anybody has chosen anything, found once for all who ask."""

from __future__ import annotations

import numpy as np

from ....compute.worker import in_worker
from ....index.run import Snapshot
from ...images.records import ImageSet
from ..records import VALIDATIONS
from .class_history import history
from .clusterings import separations
from .suggestion import SuggestedRules, suggest_rules

# Flips, or classes times validations, that take longer than some milliseconds.
_MANY = 1 << 13
# Numbers of clusters that are compared.
_MAX_K = 10
# Silhouettes below this are said to show no structure (Kaufman and Rousseeuw, 1990).
_CLEAR = 0.25


def suggested_rules(snapshot: Snapshot, image_set: str, images: ImageSet) -> SuggestedRules:
    """The window and score of anomalies; see `suggest_rules`."""
    records = snapshot.of(VALIDATIONS, image_set)

    def compute(_: SuggestedRules | None) -> SuggestedRules:
        found = history(snapshot, image_set, images)
        size = max(found.evaluated.size, len(found.flips.at))
        return in_worker(
            suggest_rules,
            found.flips,
            images.class_sizes,
            found.evaluated,
            heavy=size > _MANY,
        )

    return snapshot.memo.get(("suggested_rules", image_set), records, compute)


def suggested_clusters(snapshot: Snapshot, image_set: str, images: ImageSet) -> int | None:
    """How many clusters the classes fall into; None if nothing separates them."""
    counts, scores = separations(snapshot, image_set, images, _MAX_K)
    if not np.isfinite(scores).any():
        return None
    best = int(np.nanargmax(scores))
    return int(counts[best]) if scores[best] >= _CLEAR else None
