"""Groups beside as many filters drawn from the same layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.causes.patching import Group
from tensorboard_plugin_deeptracker.causes.trials import (
    ENOUGH,
    Count,
    Draws,
    drawn,
    has_others,
    trials,
)
from tensorboard_plugin_deeptracker.features.causes.compute import corrected, interval, measure

SIZES = {"a": 40, "b": 10}


IMAGES = np.array([40, 40])


def planted(groups: Sequence[Group]) -> np.ndarray:
    """What filters do: three of the layer a flip ten images of a kind each, others one at most."""
    answer = []
    for group in groups:
        of_a = np.asarray(group.get("a", []))
        answer.append([10 * np.isin(of_a, [3, 17, 30]).sum() + (of_a % 7 == 0).sum(), 0])
    return np.array(answer)


def chance_of(groups: Sequence[Group], draws: Draws, count: Count = planted) -> list[np.ndarray]:
    own = count(groups)
    return trials(groups, own, IMAGES[: own.shape[1]], SIZES, count, draws)


def test_a_group_that_does_it_is_beyond_chance_and_others_are_not() -> None:
    groups = [{"a": np.array([3, 17, 30])}, {"a": np.array([1, 2, 7]), "b": np.arange(4)}]
    own, chance = planted(groups), chance_of(groups, Draws(20, 500))
    first, second = (measure(40, int(own[i, 0]), chance[i][:, 0]) for i in range(2))
    assert (first.changed, first.draws, first.p <= 2 / 501) == (30, 500, True)
    # So little is not worth more draws.
    assert (second.changed, second.draws) == (1, 20)
    assert not second.p < 0.2


def test_draws_go_on_until_some_did_as_much() -> None:
    groups = [{"a": np.array([3, 4, 5])}]
    (chance,) = chance_of(groups, Draws(10, 5000))
    as_much = int((chance[:, 0] >= 10).sum())
    assert as_much >= ENOUGH
    assert 10 <= len(chance) < 5000
    # Not before: half of them had not.
    assert (chance[: len(chance) // 2, 0] >= 10).sum() < ENOUGH or len(chance) == 10


def test_where_time_is_over_no_more_are_drawn() -> None:
    groups = [{"a": np.array([3, 4, 5])}]
    (chance,) = trials(
        groups, planted(groups), IMAGES, SIZES, planted, Draws(10, 5000), lambda: True
    )
    assert len(chance) == 10


def test_of_whole_layers_there_is_no_chance() -> None:
    """Nor of a filter of a layer that has few."""
    whole, one = chance_of([{"a": np.arange(40)}, {"b": np.array([3])}], Draws(20, 40))
    assert whole.shape == one.shape == (0, 2)
    assert np.isnan(measure(40, 30, whole[:, 0]).p)
    assert has_others({"b": np.array([3, 4])}, SIZES, 20)


def test_p_is_not_too_small_where_all_is_chance() -> None:
    random = np.random.default_rng(1)
    weights = random.integers(0, 5, 40)

    def count(groups: Sequence[Group]) -> np.ndarray:
        return np.array([[weights[np.asarray(group["a"])].sum()] for group in groups])

    groups = [drawn({"a": np.arange(5)}, SIZES, random) for _ in range(400)]
    own, chance = count(groups), chance_of(groups, Draws(20, 80), count)
    p = np.array([measure(100, int(own[i, 0]), chance[i][:, 0]).p for i in range(400)])
    # Of 400, so many are 3.5 standard deviations above what they should be at most.
    for level in (0.05, 0.1, 0.3):
        assert (p <= level).sum() <= 400 * level + 3.5 * np.sqrt(400 * level * (1 - level))
    assert (p <= 0.3).sum() > 60


@given(st.integers(1, 40), st.integers(0, 100))
def test_draws_are_of_the_same_layers_and_as_many(count: int, seed: int) -> None:
    group = {"a": np.arange(count), "b": np.arange(3)}
    found = drawn(group, SIZES, np.random.default_rng(seed))
    assert {name: len(set(own.tolist())) for name, own in found.items()} == {"a": count, "b": 3}
    assert all(own.min() >= 0 and own.max() < SIZES[name] for name, own in found.items())


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_wilsons(counts: tuple[int, int]) -> None:
    part, whole = counts
    share, z = part / whole, 1.959963984540054
    # Shares from which this one is just within the interval: (share - p)^2 = z^2 p (1 - p) / n.
    roots = np.roots([1 + z * z / whole, -(2 * share + z * z / whole), share * share])
    expected = np.clip(np.sort(roots.real), 0, 1)
    assert interval(part, whole) == pytest.approx(tuple(expected), abs=1e-6)
    low, high = interval(part, whole)
    assert 0 <= low <= share <= high <= 1


@given(st.lists(st.integers(0, 9), max_size=50), st.integers(0, 9))
def test_p_counts_the_group_itself(chance: list[int], changed: int) -> None:
    found = measure(9, changed, np.array(chance, np.int64))
    if chance:
        assert found.p == (1 + sum(each >= changed for each in chance)) / (1 + len(chance))
        assert found.chance == pytest.approx(sum(chance) / len(chance))
    else:
        assert np.isnan(found.p)


@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 30))
def test_kinds_are_corrected_for_each_other(seed: int, kinds: int, draws: int) -> None:
    """By the largest of all kinds, in units of the standard deviation, by the book."""
    random = np.random.default_rng(seed)
    counts = random.integers(0, 9, (1 + draws, kinds))
    found = corrected(counts[0], counts[1:])
    exact = []
    for column in counts.T.tolist():
        mean = sum(column) / len(column)
        deviation = (sum((each - mean) ** 2 for each in column) / len(column)) ** 0.5
        exact.append([(each - mean) / (deviation or 1) for each in column])
    for kind in range(kinds):
        largest = [max(each[draw] for each in exact) for draw in range(1 + draws)]
        as_much = sum(each >= exact[kind][0] - 1e-9 for each in largest)
        assert found[kind] == as_much / (1 + draws)
        assert found[kind] >= measure(9, int(counts[0, kind]), counts[1:, kind]).p - 1e-9
    assert np.isnan(corrected(counts[0], counts[:0])).all()
