"""Which anomalies are suggested: none of what chance makes, what is planted, and few."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.validation.compute.anomalies import find_anomalies
from tensorboard_plugin_deeptracker.features.validation.compute.chance import expected_anomalies
from tensorboard_plugin_deeptracker.features.validation.compute.suggestion import (
    SuggestedRules,
    ladder,
    suggest_rules,
)
from tests.features.validation.test_anomalies import Found, histories


def suggest(history: NDArray[np.integer], labels: NDArray[np.integer]) -> SuggestedRules:
    finder = Found(labels, int(labels.max(initial=0)) + 1)
    finder.add(history.astype(np.uint8))
    sizes = np.bincount(labels, minlength=1)
    return suggest_rules(finder.first(len(history)), sizes, np.tile(sizes, (len(history), 1)))


def independent(seed: int, n: int, classes: int, images: int) -> NDArray[np.int64]:
    """Every image flips at a rate of its own, on its own."""
    rng = np.random.default_rng(seed)
    rates = rng.random(classes * images) * rng.choice([0.02, 0.2, 1.0])
    flips = rng.random((n, len(rates))) < rates
    history: NDArray[np.int64] = (flips.cumsum(axis=0) + rng.integers(0, 2, len(rates))) % 2
    return history


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.integers(3, 200), st.integers(1, 12), st.integers(2, 50))
def test_what_flips_independently_has_no_anomalies(
    seed: int, n: int, classes: int, images: int
) -> None:
    history = independent(seed, n, classes, images)
    found = suggest(history, np.repeat(np.arange(classes), images))
    assert (found.anomalies, found.iterations) == (0, 0)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(20, 200),
    st.integers(1, 12),
    st.integers(10, 50),
    st.floats(0.3, 0.7),
)
def test_a_planted_joint_flip_is_found(
    seed: int, n: int, classes: int, images: int, when: float
) -> None:
    history = independent(seed, n, classes, images)
    labels = np.repeat(np.arange(classes), images)
    at, stays = int(when * n), max(4, n // 8)
    history[at - stays : at, labels == 0] = 0
    history[at : at + stays, labels == 0] = 1
    finder = Found(labels, classes)
    finder.add(history.astype(np.uint8))
    found = suggest(history, labels)
    # It begins, is there and ends.
    assert 0 < found.iterations <= max(3, min(20, n // 10))
    assert found.chance < 1
    marked = find_anomalies(finder.first(n), np.bincount(labels), found.window, found.min_score)
    assert (0, at) in zip(marked.label.tolist(), marked.at.tolist(), strict=True)
    assert len(marked.at) == found.anomalies


def by_trying_all(
    finder: Found, sizes: NDArray[np.int64], evaluated: NDArray[np.int64], n: int
) -> SuggestedRules:
    """Every step of the ladder, one after the other."""
    most = max(1, min(20, n // 10))
    tried = []
    for window, score in ladder(n):
        marked = find_anomalies(finder.first(n), sizes, window, score)
        chance = expected_anomalies(finder.first(n), sizes, evaluated, window, score)
        step = SuggestedRules(window, score, len(marked.at), len(set(marked.at.tolist())), chance)
        beyond = step.anomalies > 0 and chance < 1 and chance < step.anomalies / 100
        tried.append((step, beyond))
    few = [i for i, (step, _) in enumerate(tried) if step.iterations <= most]
    if few:
        first, beyond = tried[few[0]]
        if first.anomalies == 0 and few[0] > 0 and tried[few[0] - 1][1]:
            return tried[few[0] - 1][0]
        for i in few:
            step, beyond = tried[i]
            if beyond or step.anomalies == 0:
                return step
    return tried[-1][0]


@given(histories)
def test_against_trying_every_step(history: NDArray[np.uint8]) -> None:
    n, images = history.shape
    labels = np.arange(images) // 3
    finder = Found(labels, 2)
    finder.add(history)
    sizes = np.bincount(labels, minlength=2)
    evaluated = np.tile(sizes, (n, 1))
    found = suggest_rules(finder.first(n), sizes, evaluated)
    assert found == by_trying_all(finder, sizes, evaluated, n)


@pytest.mark.parametrize("n", [0, 1, 5, 19, 40, 85, 750])
def test_every_step_of_the_ladder_is_stricter_and_on_the_sliders(n: int) -> None:
    steps = ladder(n)
    assert steps[0] == (1, 0.05)
    assert steps[-1] == (max(30, n), 1.0)
    for (window, score), (longer, higher) in pairwise(steps):
        assert longer >= window
        assert higher >= score
        assert (longer, higher) != (window, score)
        assert round(20 * higher) == pytest.approx(20 * higher)
    # A stable run is not longer than a tenth of the run while the score can still grow.
    assert all(window <= max(1, n // 10) for window, score in steps if score < 1)


def test_swings_that_are_the_rule_are_thinned_out() -> None:
    """Classes swing together all the time: what is shown is the strongest of it."""
    rng = np.random.default_rng(5)
    n, classes, images = 700, 10, 40
    labels = np.repeat(np.arange(classes), images)
    swing = rng.random((n, classes)) < rng.random((n, classes)) * 0.6
    joint = rng.random((n, classes)) ** 3
    history = (swing[:, labels] & (rng.random((n, len(labels))) < joint[:, labels])).astype(int)
    found = suggest(history, labels)
    assert 0 < found.iterations <= 20
    assert found.chance < 1


@pytest.mark.parametrize("n", [1, 2, 10, 100])
def test_images_that_are_classes_of_their_own_flip_by_chance(n: int) -> None:
    assert suggest(independent(1, n, 30, 1), np.arange(30)).anomalies == 0


@pytest.mark.parametrize(("n", "images"), [(0, 0), (0, 3), (1, 3), (2, 1)])
def test_little_to_go_by(n: int, images: int) -> None:
    found = suggest(np.zeros((n, images), np.uint8), np.zeros(images, np.int64))
    assert found == SuggestedRules(1, 0.05, 0, 0, 0)
