from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import silhouette_score

from tensorboard_plugin_deeptracker.features.validation.compute.clusters import Cluster, clusters
from tensorboard_plugin_deeptracker.features.validation.compute.separation import separation
from tests.features.validation.test_clusters import courses


def silhouette(x: NDArray[np.floating], assigned: list[int]) -> float:
    """By the definition, one class after the other."""
    scores = []
    for i, own in enumerate(assigned):
        distances: dict[int, list[float]] = {}
        for j, other in enumerate(assigned):
            if j != i:
                distances.setdefault(other, []).append(float(np.linalg.norm(x[i] - x[j])))
        if own not in distances:
            scores.append(0.0)
            continue
        within = np.mean(distances.pop(own))
        nearest = min(float(np.mean(each)) for each in distances.values())
        scores.append((nearest - within) / max(nearest, within))
    return float(np.mean(scores))


def test_against_the_definition() -> None:
    rates = np.random.default_rng(4).random((30, 12)).astype(np.float32)
    for k in (2, 5, 29):
        found = clusters(rates, k)
        assigned = [next(i for i, one in enumerate(found) if c in one.classes) for c in range(30)]
        np.testing.assert_allclose(separation(rates, found), silhouette(rates, assigned), rtol=1e-5)


def test_is_greatest_for_the_planted_number() -> None:
    rates = courses([0.1, 0.11, 0.12, 0.5, 0.52, 0.51, 0.9, 0.88, 0.89])
    scores = {k: separation(rates, clusters(rates, k)) for k in range(2, 9)}
    assert max(scores, key=lambda k: scores[k]) == 3


def test_missing_rates_do_not_count() -> None:
    rates = courses([0.1, 0.11, 0.8, 0.82, 0.5])
    rates[0, 10:20] = np.nan
    rates[4] = np.nan
    assert separation(rates, clusters(rates, 2)) > 0.8


def test_many_classes_are_sampled() -> None:
    # Some clusters are of one class: those that are not drawn must not count as being near.
    sizes = np.tile([1, 2, 3], 340)
    assigned = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(3)
    centers = rng.random((len(sizes), 6))
    rates = (centers[assigned] + rng.normal(0, 0.1, (len(assigned), 6))).astype(np.float32)
    found = [Cluster(np.flatnonzero(assigned == i).tolist(), rates[0]) for i in range(len(sizes))]
    exact = silhouette_score(rates, assigned)
    score = separation(rates, found)
    assert score == pytest.approx(exact, abs=0.02)
    assert score == separation(rates, found)


def test_is_unknown_for_what_cannot_be_compared() -> None:
    rates = courses([0.1, 0.5, 0.9])
    for k in (1, 3):
        assert np.isnan(separation(rates, clusters(rates, k)))
    assert np.isnan(separation(rates, []))
