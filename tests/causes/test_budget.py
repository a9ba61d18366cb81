"""What moments get of the time that is saved, and which experiments that is enough for."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.causes.budget import Budget, planned, plans
from tensorboard_plugin_deeptracker.causes.trials import Draws

DRAWS = Draws(20, 100)
counts = st.integers(1, 3000)


@given(counts, counts, st.integers(1, 60), st.integers(20, 200))
def test_plans_differ_by_a_lot_and_each_counts_its_evaluations(
    flips: int, images: int, layers: int, draws: int
) -> None:
    every = list(plans(flips, images, layers, Draws(20, draws)))
    for plan in every:
        ways = 2 if plan.put_in else 1
        moved = ways * (1 + plan.layers)
        on_all = moved + (layers if plan.whole else 0)
        assert plan.groups(layers) == on_all
        flipped = min(flips, plan.images)
        most = plan.draws.most
        assert plan.evaluations == on_all * plan.images + moved * most * flipped
        few = max(20, min(draws, 40))
        is_least = not (plan.put_in or plan.layers) and plan.images == min(100, images)
        assert most in ((draws, few) if is_least else (draws,))
        assert min(100, images) <= plan.images <= images
    assert (every[0].put_in, every[0].layers, every[0].images) == (True, 3, images)
    assert (every[-1].whole, every[-1].layers) == (False, 0)
    assert every[-1].images == min(100, images)
    assert every[-1].draws.most == max(20, min(draws, 40))
    for one, other in pairwise(every):
        # A smaller kind of plan may begin anew with all images, or all draws.
        begins_anew = other.images > one.images or other.draws.most > one.draws.most
        assert other.evaluations <= one.evaluations or begins_anew


@given(st.floats(0, 1e7), counts, counts, st.integers(1, 60))
def test_what_is_planned_is_the_first_that_there_is_time_for(
    evaluations: float, flips: int, images: int, layers: int
) -> None:
    found = planned(evaluations, flips, images, layers, DRAWS)
    every = list(plans(flips, images, layers, DRAWS))
    if found is None:
        assert all(each.evaluations > evaluations for each in every)
    else:
        assert found.evaluations <= evaluations
        assert all(each.evaluations > evaluations for each in every[: every.index(found)])


def test_a_larger_moment_after_many_is_tried_too() -> None:
    """The flips of a training of the demo, at its times, on a machine three times slower or not."""
    moments = [
        *((6, 101), (7, 100), (9, 91), (44, 167), (47, 128), (48, 258), (53, 212), (64, 155)),
        *((118, 130), (140, 183), (164, 127), (216, 119), (234, 85)),
    ]
    tried: list[list[int]] = []
    for slower in (1.0, 3.0):
        budget, spent = Budget(0.4, 25_000), 0.0
        budget.evaluated(0.5 * slower, 500, 2.0 * slower)
        tried.append([])
        for at, flips in moments:
            # What the first evaluation takes besides says nothing about others.
            budget.evaluated(at * slower + spent, 500, 0.18 * slower)
            allowed = budget.allowed(at * slower + spent, flips)
            plan = planned(allowed / budget.seconds_each, flips, 300, 22, DRAWS)
            seconds = plan.evaluations * budget.seconds_each if plan else 0.0
            assert seconds <= allowed <= 25_000 * budget.seconds_each
            budget.spend(seconds)
            spent += seconds
            assert spent <= 0.4 * (at + 1.5) * slower
            if plan:
                tried[-1].append(flips)
    assert tried[0] == tried[1]
    assert 258 in tried[0]
    assert len(tried[0]) >= len(moments) // 2


def test_a_smaller_moment_gets_less() -> None:
    budget = Budget(0.1, 10**9)
    budget.evaluated(1.0, 100, 1.0)
    assert budget.allowed(1000.0, 40) == pytest.approx(50)
    assert budget.allowed(1000.0, 20) == pytest.approx(25)
    assert budget.allowed(1000.0, 80) == pytest.approx(100)
    budget.spend(100)
    assert budget.allowed(1000.0, 80) == 0
    assert budget.allowed(2100.0, 80) == pytest.approx(50)


def test_without_a_share_each_moment_gets_the_same_whatever_the_time() -> None:
    budget = Budget(None, 5000)
    for seconds in (1.0, 7.0, 0.1):
        budget.evaluated(1.0, 100, seconds)
        allowed = budget.allowed(1.0, 40)
        assert allowed == pytest.approx(5000 * budget.seconds_each)
        assert budget.evaluations(allowed) == 5000
        budget.spend(100)


def test_what_experiments_take_is_learned() -> None:
    budget = Budget(0.1, 10**9)
    budget.evaluated(1.0, 100, 5.0)
    assert budget.seconds_each == pytest.approx(0.05)
    for at in (2.0, 3.0, 4.0):
        budget.evaluated(at, 100, 1.0)
    assert budget.seconds_each == pytest.approx(0.01)
    budget.took(25.0, 5000)
    assert budget.seconds_each == pytest.approx(0.005)
    budget.took(75.0, 5000)
    assert budget.seconds_each == pytest.approx(0.01)
