"""How far apart clusters lie, to suggest how many there are (silhouettes; Rousseeuw, 1987)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .clusters import Cluster, complete

# Silhouettes compare all pairs; so many classes tell as much as more of them.
_SAMPLE = 2000
_SEED = 0


def separation(error_rates: NDArray[np.float32], found: list[Cluster]) -> float:
    """The mean silhouette of a clustering: 1 if clusters lie far apart, 0 if they touch.

    Args:
        error_rates: float32[classes, validations], as they were clustered.
        found: The clusters; see `clusters`.

    Returns:
        From -1 to 1; NaN with fewer than two clusters, or without two classes in one.
    """
    from sklearn.metrics import silhouette_score

    classes = np.array([c for cluster in found for c in cluster.classes], np.intp)
    if not 2 <= len(found) < len(classes):
        return np.nan
    assigned = np.repeat(np.arange(len(found)), [len(cluster.classes) for cluster in found])
    score: float = silhouette_score(
        complete(error_rates[classes]),
        assigned,
        sample_size=min(_SAMPLE, len(classes)),
        random_state=_SEED,
    )
    return score
