"""Training images as they are observed, and what of it is in a log."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tensorboard_plugin_deeptracker.features.validation.records import choices_of

from ..summary.reading import Logged
from .problem import NAMES, Digits

COUNT = 70  # Images, in batches of 16: the last one has 6.


class Labelled(Digits):
    """Digits that say what labels they have."""

    def __init__(self, count: int = COUNT, noise: float = 0.0) -> None:
        super().__init__(0, count, noise)
        self.targets = self.labels
        self.classes = NAMES


def images_of(logged: Logged) -> ImageSet:
    (images,) = logged.validation_sets
    return images


def assert_seen(logged: Logged, step: int, seen: dict[int, list[float]], labels: Any) -> None:
    """What is logged is what those images' scores say; nothing of all others."""
    images, found = images_of(logged), logged.choices[step]
    ids = np.asarray(images.ids)
    assert images.labels.tolist() == [labels[i] for i in ids]
    observed = np.array([i in seen for i in ids])
    assert (found.predicted[~observed] == -1).all()
    assert np.isnan(found.margin[~observed]).all()
    assert (found.second[~observed] == -1).all()
    scores = np.array([seen[i] for i in ids[observed]], np.float32)
    exact = choices_of(scores, images.labels[observed])
    np.testing.assert_array_equal(found.predicted[observed], exact.predicted)
    np.testing.assert_array_equal(found.second[observed], exact.second)
    np.testing.assert_array_equal(found.margin[observed], exact.margin)
    np.testing.assert_array_equal(found.probability[observed], exact.probability)
