from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.correlation.compute.false_discovery import (
    false_discovery_rates,
)
from tensorboard_plugin_deeptracker.features.correlation.compute.permutation import permutation_test

Sets = list[set[int]]


@st.composite
def problems(draw: st.DrawFn) -> tuple[Sets, Sets]:
    """Iterations of mini-sets and of classes."""
    steps = st.sets(st.integers(0, 40), min_size=1, max_size=6)
    classes = draw(st.lists(steps, min_size=1, max_size=6))
    distinct = sorted(set().union(*classes))
    own = st.sets(st.sampled_from(distinct), min_size=1)
    return draw(st.lists(own, max_size=5)), classes


def arrays(sets: Sets) -> list[NDArray[np.int64]]:
    return [np.array(sorted(own)) for own in sets]


@given(problems())
def test_what_is_found_and_how_often_the_same_shuffles_reach_it(
    problem: tuple[Sets, Sets],
) -> None:
    mini_sets, classes = problem
    shuffles = 20
    outcome = permutation_test(arrays(mini_sets), arrays(classes), shuffles)
    distinct = sorted(set().union(*classes))
    assert outcome.iterations == len(distinct)
    rng = np.random.default_rng(0)
    orders = [rng.permutation(len(distinct)) for _ in range(shuffles)]
    for i, own in enumerate(mini_sets):
        shared = [len(own & other) for other in classes]
        touched, most = sum(n > 0 for n in shared), max(shared)
        # Of the classes it appears with most often, the one with the fewest iterations.
        best = min(range(len(classes)), key=lambda c: (-shared[c], len(classes[c])))
        found = (outcome.classes[i], outcome.best[i], outcome.times[i])
        assert found == (touched, best, most)

        reached = np.ones(2)
        for order in orders:
            # As many iterations, but others: those that the shuffle puts first.
            drawn = {distinct[place] for place in order[: len(own)]}
            now = [len(drawn & other) for other in classes]
            reached += [sum(n > 0 for n in now) >= touched, max(now) >= most]
        shuffled = reached / (1 + shuffles)
        assert outcome.classes_p[i] == pytest.approx(shuffled[0])
        exact = [tail(len(distinct), len(other), len(own), most) for other in classes]
        assert outcome.times_p[i] == pytest.approx(exact[best])
        # Classes with the same iterations meet a mini-set together, so one of them counts.
        each = {tuple(sorted(other)): chance for other, chance in zip(classes, exact, strict=True)}
        assert outcome.times_any_p[i] == pytest.approx(min(shuffled[1], sum(each.values())))
    np.testing.assert_allclose(outcome.classes_q, false_discovery_rates(outcome.classes_p))
    np.testing.assert_allclose(outcome.times_q, false_discovery_rates(outcome.times_any_p))


def tail(total: int, marked: int, drawn: int, times: int) -> float:
    """The chance that at least so many of the marked are among the drawn."""
    ways = [comb(marked, k) * comb(total - marked, drawn - k) for k in range(times, drawn + 1)]
    return sum(ways) / comb(total, drawn)


def test_the_shuffles_approach_the_share_of_all_possible_choices() -> None:
    classes: Sets = [{1, 2, 3}, {3, 4}, {5, 6, 7, 8, 9}, {10}]
    mini_sets: Sets = [{1, 2, 3}, {3, 5}, {3, 4}, {5, 6, 7, 8}, set(range(1, 11))]
    shuffles = 4000
    outcome = permutation_test(arrays(mini_sets), arrays(classes), shuffles)
    distinct = sorted(set().union(*classes))
    for i, own in enumerate(mini_sets):
        shared = [len(own & other) for other in classes]
        best = outcome.best[i]
        choices = [set(some) for some in combinations(distinct, len(own))]
        counts = [[len(some & other) for other in classes] for some in choices]
        exact = [
            np.mean([sum(n > 0 for n in now) >= sum(n > 0 for n in shared) for now in counts]),
            np.mean([now[best] >= shared[best] for now in counts]),
            np.mean([max(now) >= max(shared) for now in counts]),
        ]
        p = outcome.classes_p[i], outcome.times_p[i], outcome.times_any_p[i]
        assert p[1] == pytest.approx(exact[1])
        # Five standard errors, and the one that a p-value starts with.
        for one, true in zip(p, exact, strict=True):
            assert abs(one - true) <= 5 * np.sqrt(true * (1 - true) / shuffles) + 1 / shuffles


def test_a_mini_set_of_all_iterations_is_no_surprise() -> None:
    outcome = permutation_test([np.array([2, 5, 7])], [np.array([2, 5]), np.array([7])], 50)
    p = (*outcome.classes_p, *outcome.times_p, *outcome.times_any_p)
    assert (outcome.classes.tolist(), outcome.times.tolist(), p) == ([2], [2], (1, 1, 1))


def test_more_is_told_than_the_shuffles_can_count() -> None:
    """A mini-set that has all iterations of a class and no others, one of a thousand."""
    own = np.arange(8)
    others = [np.array([t]) for t in range(8, 60)]
    outcome = permutation_test([own, *others * 20], [own, *others], 99)
    assert outcome.times_any_p[0] == pytest.approx(1 / comb(60, 8))
    assert outcome.times_q[0] == pytest.approx((1 + 20 * 52) / comb(60, 8))
    assert outcome.times_q[1:].min() == 1


def test_more_iterations_than_a_small_integer_counts() -> None:
    iterations = np.arange(2**15 + 1)
    outcome = permutation_test([iterations], [iterations], 3)
    assert (outcome.times.tolist(), outcome.times_p.tolist()) == ([2**15 + 1], [1])
    assert {each.dtype for each in (outcome.classes, outcome.best, outcome.times)} == {
        np.dtype(np.int32)
    }


def test_nothing_to_test() -> None:
    for classes in ([], [np.array([3])]):
        outcome = permutation_test([], classes, 10)
        assert outcome.iterations == len(classes)
        assert len(outcome.classes) == len(outcome.times_any_p) == len(outcome.best) == 0
