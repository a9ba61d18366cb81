"""Clusterings are found once, and found again for whoever asks for them later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tensorboard_plugin_deeptracker.features.images.records import IMAGE_SETS, VALIDATION
from tensorboard_plugin_deeptracker.features.validation.compute import (
    clusterings,
    clusters_of,
    separations,
)
from tensorboard_plugin_deeptracker.features.validation.compute.clusters import clusters
from tests.logs import SessionLog, open_run, small_validation_set

CLASSES = 12
# What the tab asks for: how well each number of clusters is separated, then one or the other.
K = range(2, 11)


def test_all_numbers_of_clusters_are_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    with SessionLog(tmp_path) as log:
        log.validation_set(small_validation_set(*[3] * CLASSES))
        for step in range(20):
            log.validation(step, rng.integers(0, CLASSES, 3 * CLASSES).tolist(), CLASSES)
    snapshot = open_run(tmp_path).snapshot
    images = snapshot.of(IMAGE_SETS)
    assert images is not None
    computed: list[int] = []

    def counted(rates: object, k: int) -> object:
        computed.append(k)
        return clusters(rates, k)  # type: ignore[arg-type]

    monkeypatch.setattr(clusterings, "clusters", counted)
    counts, scores = separations(snapshot, VALIDATION, images, K.stop - 1)
    assert counts.tolist() == computed == list(K)
    found = {k: clusters_of(snapshot, VALIDATION, images, k) for k in K}
    again = separations(snapshot, VALIDATION, images, K.stop - 1)
    np.testing.assert_array_equal(again[1], scores)
    for k in reversed(K):
        assert clusters_of(snapshot, VALIDATION, images, k) is found[k]
    assert computed == list(K)
