"""The scores of all images over time, and how many of them are high."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tensorboard_plugin_deeptracker.index.reading import columns
from tensorboard_plugin_deeptracker.index.run import Snapshot

from .records import SCORES, SCORES_TAG


def scores(snapshot: Snapshot, image_set: str, images: ImageSet) -> NDArray[np.float32]:
    """float32[images, steps]."""
    records = snapshot.of(SCORES, image_set)
    return np.ascontiguousarray(columns(records, SCORES_TAG, 0, len(images.labels)).T)


def count_above(
    snapshot: Snapshot, image_set: str, images: ImageSet, threshold: float
) -> NDArray[np.int64]:
    """Images with a score above a threshold: int64[steps]."""

    def compute(_: NDArray[np.int64] | None) -> NDArray[np.int64]:
        above: NDArray[np.int64] = (scores(snapshot, image_set, images) > threshold).sum(axis=0)
        return above

    key = "toy_scores_above", image_set, threshold
    return snapshot.memo.get(key, snapshot.of(SCORES, image_set), compute)
