"""What is expected of the cells, against every way to choose iterations."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.correlation.compute import independence as module
from tensorboard_plugin_deeptracker.features.correlation.compute.false_discovery import (
    false_discovery_rates,
)
from tensorboard_plugin_deeptracker.features.correlation.compute.independence import expect
from tensorboard_plugin_deeptracker.features.correlation.compute.minisets import mini_sets

# Anomaly filters of each layer at each iteration, and iterations of each class.
Layers = list[dict[int, set[int]]]


@st.composite
def problems(draw: st.DrawFn) -> tuple[Layers, list[set[int]]]:
    steps = st.sets(st.integers(0, 12), min_size=1, max_size=6)
    classes = draw(st.lists(steps, min_size=1, max_size=4))
    distinct = sorted(set().union(*classes))
    filters = st.sets(st.integers(0, 7), min_size=1, max_size=5)
    own = st.dictionaries(st.sampled_from(distinct), filters, min_size=1)
    return draw(st.lists(own, min_size=1, max_size=3)), classes


def run(layers: Layers, classes: list[set[int]]) -> tuple[module.Expected, np.ndarray]:
    found = np.array([[union(own, at) for at in classes] for own in layers])
    sets = [
        mini_sets({t: np.array(sorted(own[t]), np.int64) for t in sorted(own)}) for own in layers
    ]
    return expect(sets, [np.array(sorted(at), np.int32) for at in classes], found), found


def union(own: dict[int, set[int]], at: set[int] | tuple[int, ...]) -> int:
    """A filter counts once, at however many of the iterations it is an anomaly filter."""
    return len(set().union(*(own.get(t, set()) for t in at)))


def by_all_choices(own: dict[int, set[int]], all_steps: list[int], size: int) -> list[int]:
    return sorted(union(own, some) for some in combinations(all_steps, size))


@given(problems())
def test_every_choice_of_as_many_iterations(problem: tuple[Layers, list[set[int]]]) -> None:
    layers, classes = problem
    all_steps = sorted(set().union(*classes))
    chance, found = run(layers, classes)
    assert chance.iterations == len(all_steps)
    for row, own in enumerate(layers):
        for column, at in enumerate(classes):
            counts = by_all_choices(own, all_steps, len(at))
            here, n = found[row, column], len(counts)
            assert chance.mean[row, column] == pytest.approx(np.mean(counts))
            low, high = int(chance.low[row, column]), int(chance.high[row, column])
            # The narrowest range with at most 2.5 % on either side.
            assert sum(c < low for c in counts) <= 0.025 * n < sum(c <= low for c in counts)
            assert sum(c > high for c in counts) <= 0.025 * n < sum(c >= high for c in counts)
            tails = sum(c <= here for c in counts), sum(c >= here for c in counts)
            assert chance.p[row, column] == pytest.approx(min(1, 2 * min(tails) / n))
    np.testing.assert_allclose(chance.q, false_discovery_rates(chance.p))


@pytest.mark.parametrize("choices", [20, 4000])
def test_random_choices_approach_them(choices: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    steps = range(14)
    layers: Layers = [
        {t: set(rng.choice(9, rng.integers(0, 5), replace=False).tolist()) for t in steps}
        for _ in range(4)
    ]
    classes = [{0, 1, 2, 3, 4}, {5, 6, 7, 8, 9, 10, 11, 12, 13}, {2, 3, 7}, {0}]
    exact, found = run(layers, classes)
    monkeypatch.setattr(module, "CHOICES", choices)
    monkeypatch.setattr(module, "_FEWEST_CHOICES", choices)
    drawn, _ = run(layers, classes)
    # The mean is a formula either way, checked here by how far random choices are from it.
    np.testing.assert_array_equal(drawn.mean, exact.mean)
    for row, own in enumerate(layers):
        for column, at in enumerate(classes):
            counts = np.array(by_all_choices(own, list(steps), len(at)))
            tails = np.mean(counts <= found[row, column]), np.mean(counts >= found[row, column])
            # Five standard errors of twice a share, and the one that such a p-value starts with.
            error = 10 * np.sqrt(max(tail * (1 - tail) for tail in tails) / choices) + 2 / choices
            assert abs(drawn.p[row, column] - min(1, 2 * min(tails))) <= error
            for limit, share in ((drawn.low, 0.025), (drawn.high, 0.975)):
                at_limit = counts == limit[row, column]
                below = np.mean(counts < limit[row, column])
                slack = 5 * np.sqrt(0.025 * 0.975 / choices) + 2 / choices
                assert below - slack <= share <= below + np.mean(at_limit) + slack


def test_parts_of_the_choices_make_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    layers: Layers = [{t: {t % 5, (3 * t) % 7} for t in range(20)} for _ in range(3)]
    classes = [set(range(8)), set(range(5, 20)), {1}]
    whole, _ = run(layers, classes)
    monkeypatch.setattr(module, "_AT_ONCE", 1000)
    parts, _ = run(layers, classes)
    for name in ("mean", "low", "high", "p", "q"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


def test_a_layer_that_always_has_as_many_says_nothing() -> None:
    chance, _ = run([{1: {0}, 2: {0}, 3: {0}}], [{1}, {2, 3}])
    assert (chance.low.tolist(), chance.high.tolist()) == ([[1, 1]], [[1, 1]])
    assert (chance.mean.tolist(), chance.p.tolist()) == ([[1, 1]], [[1, 1]])


def test_nothing_to_expect() -> None:
    for classes in ([], [np.array([3])]):
        chance = expect([], classes, np.zeros((0, len(classes)), np.int64))
        assert chance.mean.shape == chance.q.shape == (0, len(classes))
        assert chance.iterations == len(classes)
