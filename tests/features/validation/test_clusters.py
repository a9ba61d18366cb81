from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.validation.compute.clusters import clusters

N = 50


def courses(levels: list[float], seed: int = 0) -> NDArray[np.float32]:
    """A class for each level: it starts at 1 and falls towards the level."""
    rng = np.random.default_rng(seed)
    fall = np.exp(-np.arange(N) / 8)
    clean = np.array(levels)[:, None] + (1 - np.array(levels)[:, None]) * fall
    noisy: NDArray[np.float64] = clean + rng.normal(0, 0.01, clean.shape)
    return noisy.astype(np.float32)


def test_planted_clusters_are_found_in_order() -> None:
    levels = [0.9, 0.1, 0.5, 0.12, 0.88, 0.52]
    found = clusters(courses(levels), 3)
    assert [one.classes for one in found] == [[1, 3], [2, 5], [4, 0]]
    rates = courses(levels)
    for one in found:
        np.testing.assert_allclose(one.error_rate, rates[one.classes].mean(axis=0), rtol=1e-5)


def test_the_same_input_gives_the_same_clusters() -> None:
    rates = np.random.default_rng(1).random((40, 10)).astype(np.float32)
    first, second = clusters(rates, 6), clusters(rates, 6)
    assert [one.classes for one in first] == [one.classes for one in second]


def test_every_class_is_in_one_cluster() -> None:
    rates = np.random.default_rng(2).random((40, 10)).astype(np.float32)
    for k in (1, 7, 40):
        found = clusters(rates, k)
        assert len(found) == k
        assert sorted(c for one in found for c in one.classes) == list(range(40))
        for one in found:
            mean = rates[one.classes].mean(axis=0, dtype=np.float64)
            np.testing.assert_array_equal(one.error_rate, mean.astype(np.float32))
        easiness = [float(rates[one.classes].mean()) for one in found]
        assert easiness == sorted(easiness)


def test_missing_rates_do_not_pull_a_class_away() -> None:
    rates = courses([0.1, 0.11, 0.8, 0.82])
    rates[0, 10:20] = np.nan
    rates[3, :5] = np.nan
    found = clusters(rates, 2)
    assert [sorted(one.classes) for one in found] == [[0, 1], [2, 3]]
    assert np.isfinite(found[0].error_rate).all()
    np.testing.assert_array_equal(found[0].error_rate[10:20], rates[1, 10:20])


def test_a_class_that_was_never_evaluated_is_in_no_cluster() -> None:
    rates = courses([0.1, 0.5, 0.9])
    rates[1] = np.nan
    assert [one.classes for one in clusters(rates, 2)] == [[0], [2]]
    assert clusters(np.full((3, 4), np.nan, np.float32), 2) == []
    assert clusters(np.empty((3, 0), np.float32), 2) == []


def test_fewer_different_classes_than_clusters() -> None:
    # Sorting that does not keep the order of equals shows only on many.
    rates = np.repeat(courses([0.1, 0.9]), 100, axis=0)
    found = clusters(rates, 5)
    assert [one.classes for one in found] == [list(range(100)), list(range(100, 200))]


def test_a_validation_that_evaluated_no_class_of_a_cluster_has_no_mean() -> None:
    rates = courses([0.1, 0.11, 0.8, 0.82])
    rates[:2, 5] = np.nan
    easy, hard = clusters(rates, 2)
    assert np.flatnonzero(np.isnan(easy.error_rate)).tolist() == [5]
    assert np.isfinite(hard.error_rate).all()
    assert easy.error_rate.dtype == np.float32
