"""Clusters of very many classes, found in a sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from tensorboard_plugin_deeptracker.features.validation.compute import many
from tensorboard_plugin_deeptracker.features.validation.compute.clusters import clusters, complete
from tensorboard_plugin_deeptracker.features.validation.compute.k_means import k_means
from tests.http.client import tab
from tests.logs import SessionLog, small_validation_set

LEVELS = np.array([0.05, 0.35, 0.65, 0.95])
CLASSES = many.MAX_COMPARED + 1


def courses(classes: int, validations: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Error rates that fall to one of the levels, and to which."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, len(LEVELS), classes)
    fall = np.exp(-np.arange(validations) / 20)
    rates = LEVELS[true][:, None] * (1 - fall) + fall + rng.normal(0, 0.05, (classes, validations))
    return rates.astype(np.float32), true


def test_planted_clusters_are_found() -> None:
    rates, true = courses(20_000, 90)
    points = many.shortened(rates)
    assert points.shape == (20_000, many.BLOCKS)
    assert adjusted_rand_score(true, many.assign(points, 4)) == 1
    scores = {k: many.separation_of(points, k) for k in range(2, 9)}
    assert max(scores, key=lambda k: scores[k]) == 4
    np.testing.assert_array_equal(many.assign(points, 4), many.assign(points, 4))


def test_they_are_nearly_those_of_all_classes() -> None:
    rates, _ = courses(1200, 60)
    rates[np.random.default_rng(1).random(rates.shape) < 0.2] = np.nan
    found = clusters(rates, 4)
    exact = np.empty(1200, int)
    for i, each in enumerate(found):
        exact[each.classes] = i
    assert adjusted_rand_score(exact, many.assign(many.shortened(rates), 4)) > 0.99


@pytest.mark.parametrize("validations", [1, 5, 32, 33, 300])
def test_shortened_sequences_are_as_far_apart(validations: int) -> None:
    """Exactly, if the rates do not change within blocks of validations; means are the same."""
    rng = np.random.default_rng(2)
    blocks = np.arange(validations) * many.BLOCKS // max(validations, many.BLOCKS)
    starts = np.flatnonzero(np.diff(blocks, prepend=-1))
    rates = rng.random((6, len(starts))).astype(np.float32)
    ends = np.linspace(0, validations, many.BLOCKS + 1).astype(int)
    sizes = np.diff(np.unique(ends))
    if len(sizes) != len(starts):
        rates = rng.random((6, len(sizes))).astype(np.float32)
    sequences = rates.repeat(sizes, axis=1)
    points = many.shortened(sequences)
    np.testing.assert_allclose(
        np.linalg.norm(points[0] - points[1:], axis=1),
        np.linalg.norm(sequences[0] - sequences[1:], axis=1),
        rtol=1e-4,
    )
    np.testing.assert_allclose(
        many.difficulties(points, validations), sequences.mean(axis=1), rtol=1e-5
    )


def test_missing_rates_are_taken_from_those_around_them() -> None:
    rates, _ = courses(5, 64)
    rates[0, 20:40] = np.nan
    rates[1, :10] = np.nan
    rates[2] = np.nan
    points = many.shortened(rates)
    assert np.isfinite(points).all(axis=1).tolist() == [True, True, False, True, True]
    whole = many.shortened(complete(rates[[0, 1]]).astype(np.float32))
    np.testing.assert_allclose(points[[0, 1]], whole, rtol=0.05)


def test_classes_that_are_rare_among_those_alike_are_found() -> None:
    """Most classes are never learned, and a sample may miss all others."""
    points = np.ones((20_000, many.BLOCKS), np.float32)
    points[::7000] = 0
    assert np.bincount(many.assign(points, 3)).tolist() in ([19_997, 3], [3, 19_997])
    assert np.isnan(many.separation_of(points[:1], 2))
    assert np.isnan(many.separation_of(points[:0], 2))


def test_more_clusters_than_a_sample_has_classes() -> None:
    points = np.random.default_rng(0).random((3100, 4)).astype(np.float32)
    assert len(np.unique(many.assign(points, 500))) == 500


def test_only_a_sample_is_compared_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def counted(points: NDArray[np.float32], k: int, starts: int) -> NDArray[np.int64]:
        sizes.append(len(points))
        return k_means(points, k, starts)

    monkeypatch.setattr(many, "k_means", counted)
    points = many.shortened(courses(20_000, 40)[0])
    for k in (2, 8):
        many.assign(points, k)
        many.separation_of(points, k)
    assert sizes == [many.SAMPLE] * 4


def test_a_run_of_very_many_classes(tmp_path: Path) -> None:
    images = small_validation_set(*[1] * CLASSES)
    rng = np.random.default_rng(0)
    level = rng.integers(0, 3, CLASSES)
    with SessionLog(tmp_path / "run") as log:
        log.validation_set(images)
        for step in range(12):
            # Learned at once, half-way, or never; some classes are not evaluated now and then.
            wrong = (step < 6) & (level == 1) | (level == 2)
            predicted = np.where(wrong, (images.labels + 1) % CLASSES, images.labels)
            if step not in (5, 6):
                predicted[rng.random(CLASSES) < 0.1] = -1
            log.validation(step, predicted.tolist(), CLASSES)
        log.validation(12, [-1] * CLASSES, CLASSES)
    with tab(tmp_path) as opened:
        found = opened.json("clusters", run="run", k=3)["clusters"]
        rates = np.array(opened.json("error_rates", run="run")["classes"], np.float64)
        counts = opened.json("cluster_counts", run="run", most=5)
        assert counts["k"] == [2, 3, 4, 5]
        assert counts["suggested"] == 3
        nothing = opened.json("clusters", run="run", k=CLASSES + 1, status=400)
    assert "at most" in nothing["error"]
    named = [sorted(int(name.split()[1]) for name in one["classes"]) for one in found]
    assert named == [np.flatnonzero(level == i).tolist() for i in range(3)]
    for one, classes in zip(found, named, strict=True):
        own = rates[classes]
        known = np.isfinite(own).any(axis=0)
        got = np.array(one["error_rate"], np.float64)
        np.testing.assert_allclose(got[known], np.nanmean(own[:, known], axis=0), rtol=1e-5)
        assert np.isnan(got[~known]).all()


def test_a_run_of_very_many_classes_without_a_validation(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "run") as log:
        log.validation_set(small_validation_set(*[1] * CLASSES))
    with tab(tmp_path) as opened:
        found = opened.json("clusters", run="run", k=3)
        counts = opened.json("cluster_counts", run="run", most=5)
    assert found == {"k": 3, "steps": [], "clusters": []}
    assert counts == {"suggested": None, "k": [2, 3, 4, 5], "separation": [None] * 4}
