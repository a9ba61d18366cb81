"""Our k-means against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from tensorboard_plugin_deeptracker.features.validation.compute.k_means import (
    Cloud,
    k_means,
    refine,
)


def inertia(points: NDArray[np.float32], assigned: NDArray[np.integer]) -> float:
    """Sum of the squared distances to the clusters' means."""
    parts = [points[assigned == i].astype(np.float64) for i in np.unique(assigned)]
    return sum(float(np.square(part - part.mean(axis=0)).sum()) for part in parts)


def blobs(seed: int, k: int, spread: float) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    true = rng.integers(0, k, 200)
    points = rng.random((k, 12))[true] + rng.normal(0, spread, (200, 12))
    return points.astype(np.float32), true


@pytest.mark.parametrize("offset", [0, 1e4])
@pytest.mark.parametrize("seed", range(5))
def test_clusters_that_are_apart_are_found(seed: int, offset: float) -> None:
    points, true = blobs(seed, 5, 0.05)
    points += np.float32(offset) * np.arange(12, dtype=np.float32) / 12
    assert adjusted_rand_score(true, k_means(points, 5)) == 1


@pytest.mark.parametrize("seed", range(5))
def test_few_points_far_away_are_found_among_many(seed: int) -> None:
    points = np.random.default_rng(seed).normal(0, 1, (300, 6)).astype(np.float32)
    points[:6] = 200 * np.eye(6)
    sizes = np.bincount(k_means(points, 7))
    assert sorted(sizes.tolist()) == [1, 1, 1, 1, 1, 1, 294]


@pytest.mark.parametrize("spread", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("k", [2, 4, 8])
def test_as_tight_as_scikit_learn(k: int, spread: float) -> None:
    points, _ = blobs(k, k, spread)
    theirs = KMeans(k, n_init=10, random_state=0).fit(points)
    assert inertia(points, k_means(points, k)) <= 1.03 * inertia(points, theirs.labels_)


@given(
    st.integers(0, 2**32), st.integers(1, 30), st.integers(1, 4), st.sampled_from([1e-3, 1.0, 1e3])
)
def test_every_point_is_nearest_to_its_own_mean(seed: int, n: int, d: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    # Few different values, so that points coincide.
    points = (rng.integers(0, 3, (n, d)) * scale).astype(np.float32)
    k = int(rng.integers(1, len(np.unique(points, axis=0)) + 1))
    assigned = k_means(points, k)
    assert sorted(set(assigned.tolist())) == list(range(k))
    means = np.stack([points[assigned == i].mean(axis=0) for i in range(k)]).astype(np.float64)
    distances = np.square(points[:, np.newaxis].astype(np.float64) - means).sum(axis=2)
    own = distances[np.arange(n), assigned]
    assert (own <= distances.min(axis=1) + 1e-5 * scale**2).all()
    np.testing.assert_array_equal(assigned, k_means(points, k))


@pytest.mark.filterwarnings("error")
@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 3), st.sampled_from([1e2, 1e4]))
def test_points_that_hardly_differ(seed: int, n: int, d: int, offset: float) -> None:
    rng = np.random.default_rng(seed)
    points = (offset * rng.integers(0, 3, (n, 1)) + rng.integers(0, 4, (n, d)) / 64).astype("f4")
    k = int(rng.integers(1, len(np.unique(points, axis=0)) + 1))
    assert sorted(set(k_means(points, k).tolist())) == list(range(k))


@pytest.mark.filterwarnings("error")
def test_clusters_that_lose_all_their_points_get_the_farthest_ones() -> None:
    points = np.array([[0], [1], [2], [7], [20]], np.float32)
    # The third and the fourth are nearest to nothing, and 20 is all that the second has.
    centers = np.array([[0], [30], [99], [99]], np.float32)
    assigned, inertia = refine(Cloud(points), centers)
    assert assigned.tolist() == [0, 0, 3, 2, 1]
    assert inertia == 0.5
