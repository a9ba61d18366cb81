"""How true a frame is, against other ways to say it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as of_sklearn

from tensorboard_plugin_deeptracker.features.map.compute.back import scores_at
from tensorboard_plugin_deeptracker.features.map.compute.quality import (
    continuity,
    ranks,
    step_ranks,
    stillness,
    trustworthiness,
)
from tensorboard_plugin_deeptracker.features.map.log.scores import compact
from tests.features.map import reference

EVERY = np.arange(200)


def test_continuity_is_trustworthiness_the_other_way_round() -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((200, 4))
    places = features[:, :2] + 0.3 * rng.standard_normal((200, 2))
    found = continuity(reference.nearest(features, 15), places, EVERY)
    assert found == pytest.approx(of_sklearn(places, features, n_neighbors=15))


def test_ranks_are_those_of_all_distances() -> None:
    rng = np.random.default_rng(4)
    dots = rng.integers(0, 9, (80, 2)).astype(np.float64)  # Many are equally far.
    near = np.where(rng.random((80, 6)) < 0.2, -1, rng.integers(0, 80, (80, 6)))
    near[near == EVERY[:80, None]] = -1
    sample = np.array([3, 70, 12])
    every = reference.nearest(dots, 79)
    for dot, found in zip(sample, ranks(near, dots, sample), strict=True):
        order = every[dot].tolist()
        assert found.tolist() == [order.index(j) + 1 if j >= 0 else 0 for j in near[dot]]


@pytest.mark.parametrize("noise", [0.0, 0.3, 1.0, 4.0])
def test_trustworthiness_is_about_that_of_all_ranks(noise: float) -> None:
    rng = np.random.default_rng(1)
    features = rng.standard_normal((200, 3))
    places = features[:, :2] + noise * rng.standard_normal((200, 2))
    near, on_map = reference.nearest(features, 15), reference.nearest(places, 15)
    found = trustworthiness(near, on_map, EVERY)
    assert found == pytest.approx(of_sklearn(features, places, n_neighbors=15), abs=0.03)
    assert trustworthiness(near, near, EVERY) == 1


def test_ranks_by_steps_are_those_of_a_search_in_breadth() -> None:
    rng = np.random.default_rng(2)
    near = np.where(rng.random((60, 3)) < 0.5, rng.integers(0, 60, (60, 3)), -1)
    sample, others = np.array([4, 50]), rng.integers(0, 60, (2, 20))
    found = step_ranks(near, others, sample)
    linked = [{int(j) for j in near[i] if j >= 0} for i in range(60)]
    for i in range(60):
        for j in linked[i].copy():
            linked[j].add(i)
    for at, start in enumerate(sample):
        rings = [{int(start)}]
        while rings[-1]:
            seen = set().union(*rings)
            rings.append({j for i in rings[-1] for j in linked[i]} - seen)
        rings[-1] = set(range(60)) - set().union(*rings)
        first = 0
        for ring in rings:
            for place in np.flatnonzero(np.isin(others[at], list(ring))):
                assert found[at, place] == first + (len(ring) - 1) / 2
            first += len(ring)


def test_stillness() -> None:
    places = np.array([[-3.0, 4], [3, -4], [0, 0], [0, 0]])
    spread = np.sqrt(50 / 4)
    were = places - [[1, 0], [0, 0], [0, 2], [np.nan, 0]]
    stayed = np.array([1, 1, 0.5, 0])
    moved = (1 * 1 + 0 + 0.25 * 2) / 2.25
    assert stillness(places, were, stayed) == pytest.approx(1 - moved / spread)
    assert np.isnan(stillness(places, None, None))
    assert np.isnan(stillness(places, were, np.zeros(4)))


@pytest.mark.parametrize("classes", [2, 7, 300])
def test_scores_at_places_are_means_of_logits(classes: int) -> None:
    rng = np.random.default_rng(3)
    dots, queries = rng.standard_normal((90, 2)), rng.standard_normal((40, 2))
    scores = rng.standard_normal((90, classes)) * 3
    logged = compact(scores, np.zeros(90, np.int32))
    below = scores - scores.max(axis=1, keepdims=True)
    if classes > 100:  # The rest counts as the tenth.
        below = np.maximum(below, np.sort(below, axis=1)[:, -10, None])
    for places in (queries, None):
        predicted, margin = scores_at(places, dots, logged)
        square = reference.squares(dots if places is None else places, dots)
        if places is None:
            np.fill_diagonal(square, np.inf)
        for i, row in enumerate(square):
            order = np.argsort(row)[:10]
            weights = 1 / (row[order] + row[order[1]] / 4)
            means = weights @ below[order] / weights.sum()
            assert predicted[i] == means.argmax()
            second, first = np.sort(means)[-2:]
            assert margin[i] == pytest.approx(first - second, abs=5e-3)
