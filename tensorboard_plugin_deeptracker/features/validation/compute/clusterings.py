"""Clusters of classes, found once for all that is asked about them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ....compute.worker import in_worker
from ....index.run import Snapshot
from ...images.records import ImageSet
from ..records import VALIDATIONS
from . import many
from .class_history import history
from .clusters import Cluster, clusters, in_order, mean_rate
from .separation import separation

_Known: TypeAlias = tuple[NDArray[np.intp], NDArray[np.float32]]

# Of classes, validations and clusters: what takes longer than some milliseconds.
_MANY = 1 << 17
_AT_ONCE = 512


def clusters_of(snapshot: Snapshot, image_set: str, images: ImageSet, k: int) -> list[Cluster]:
    """The clusters of the classes' error rates; see `clusters`.

    Of more than `many.MAX_COMPARED` classes, they are found in a sample.
    """
    records = snapshot.of(VALIDATIONS, image_set)

    def compute(_: list[Cluster] | None) -> list[Cluster]:
        fared = history(snapshot, image_set, images)
        if len(images.class_names) <= many.MAX_COMPARED:
            rates = fared.error_rates
            return in_worker(clusters, rates, k, heavy=rates.size * k > _MANY)
        known, points = _points(snapshot, image_set, images)
        if not len(known):
            return []
        assigned = in_worker(many.assign, points, k, heavy=True)
        difficulties = many.difficulties(points, len(fared.wrong))

        def mean_of(rows: NDArray[np.intp]) -> NDArray[np.float32]:
            return mean_rate(map(fared.error_rates_of, _parts(rows)))

        return in_order(known, assigned, difficulties, mean_of)

    return snapshot.memo.get(("clusters", image_set, k), records, compute)


def separations(
    snapshot: Snapshot, image_set: str, images: ImageSet, max_k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """How far apart the clusters lie, for several numbers of them; see `separation`.

    Returns:
        Numbers of clusters from 2 to `max_k`, but below the number of classes: int32[n], and
        the mean silhouette of each: float32[n].
    """
    counts = np.arange(2, min(max_k, len(images.class_names) - 1) + 1, dtype=np.int32)
    records = snapshot.of(VALIDATIONS, image_set)

    def separation_of(k: int) -> float:
        def compute(_: float | None) -> float:
            if len(images.class_names) > many.MAX_COMPARED:
                points = _points(snapshot, image_set, images)[1]
                return in_worker(many.separation_of, points, k, heavy=True)
            rates = history(snapshot, image_set, images).error_rates
            found = clusters_of(snapshot, image_set, images, k)
            return in_worker(separation, rates, found, heavy=rates.size > _MANY)

        return snapshot.memo.get(("separation", image_set, k), records, compute)

    scores = [separation_of(k) for k in counts.tolist()]
    return counts, np.array(scores, np.float32)


def _points(snapshot: Snapshot, image_set: str, images: ImageSet) -> _Known:
    """Classes that were evaluated, and their shortened sequences, of many classes."""

    def compute(_: _Known | None) -> _Known:
        fared = history(snapshot, image_set, images)
        if not len(fared.wrong):
            return np.empty(0, np.intp), np.empty((0, 0), np.float32)
        classes = _parts(np.arange(len(images.class_names)))
        points = np.concatenate([many.shortened(fared.error_rates_of(each)) for each in classes])
        known = np.flatnonzero(np.isfinite(points).all(axis=1))
        return known, points[known]

    records = snapshot.of(VALIDATIONS, image_set)
    return snapshot.memo.get(("shortened", image_set), records, compute)


def _parts(classes: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Classes whose error rates lie in memory together, of many."""
    return [classes[first : first + _AT_ONCE] for first in range(0, len(classes), _AT_ONCE)]
