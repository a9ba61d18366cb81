"""Intervals and the test of two runs, against exact sums over all that could have been seen."""

from __future__ import annotations

from fractions import Fraction
from math import comb, lgamma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.compare.compute.intervals import (
    difference_interval,
    mcnemar,
    rate_interval,
)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=9))
def test_mcnemar_against_fractions(changes: list[tuple[int, int]]) -> None:
    lost, won = np.array(changes).T
    expected = [
        min(1, 2 * sum(Fraction(comb(a + b, k), 2 ** (a + b)) for k in range(min(a, b) + 1)))
        for a, b in changes
    ]
    assert mcnemar(lost, won) == pytest.approx([float(each) for each in expected], rel=1e-9)


def log_choices(n: int, *parts: int) -> float:
    return lgamma(n + 1) - sum(lgamma(part + 1) for part in parts)


@pytest.mark.parametrize("n", [10, 50, 200])
@pytest.mark.parametrize("rate", [0.005, 0.02, 0.1, 0.5])
def test_the_interval_of_a_rate_holds_its_level(n: int, rate: float) -> None:
    """The chance that it holds the true rate, over all counts."""
    counts = np.arange(n + 1)
    low, high = rate_interval(counts, n)
    chance = [
        np.exp(log_choices(n, k, n - k) + k * np.log(rate) + (n - k) * np.log(1 - rate))
        for k in range(n + 1)
    ]
    assert sum(chance) == pytest.approx(1)
    # As Wilson's is known to do (Brown, Cai and DasGupta 2001): about 95 %, here and there less.
    assert sum(np.array(chance)[(low <= rate) & (rate <= high)]) > 0.89
    assert (high - low > 0).all()


@pytest.mark.parametrize("n", [20, 50])
@pytest.mark.parametrize(("lose", "win"), [(0.02, 0.02), (0.05, 0.01), (0.1, 0.2), (0.0, 0.03)])
def test_the_interval_of_a_difference_holds_its_level(n: int, lose: float, win: float) -> None:
    total = held = 0.0
    for lost in range(n + 1):
        for won in range(n + 1 - lost):
            if lost and not lose:
                continue
            log = log_choices(n, lost, won, n - lost - won) + won * np.log(win)
            log += (lost * np.log(lose) if lost else 0) + (n - lost - won) * np.log(1 - lose - win)
            low, high = difference_interval(lost, won, n)
            total += np.exp(log)
            held += np.exp(log) * bool(low <= lose - win <= high)
    assert total == pytest.approx(1)
    assert held > 0.94


def test_without_images_nothing_is_said() -> None:
    assert np.isnan(rate_interval(0, 0)).all()
    assert np.isnan(difference_interval(0, 0, 0)).all()
    assert mcnemar(np.array([0]), np.array([0])) == 1
