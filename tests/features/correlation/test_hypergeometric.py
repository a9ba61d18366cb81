from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.correlation.compute.hypergeometric import (
    Hypergeometric,
)


@given(st.data())
def test_against_all_choices(data: st.DataObject) -> None:
    total = data.draw(st.integers(1, 9))
    marked, drawn = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    times = data.draw(st.integers(0, total + 1))
    found = [sum(i < marked for i in some) for some in combinations(range(total), drawn)]
    chances = Hypergeometric(total)
    asked = np.array([times]), np.array([marked]), np.array([drawn])
    assert chances.at_least(*asked)[0] == pytest.approx(np.mean([n >= times for n in found]))
    assert chances.none_of(*asked[1:])[0] == pytest.approx(np.mean([n == 0 for n in found]))


def test_a_tail_that_no_number_of_shuffles_could_tell() -> None:
    asked = np.array([20]), np.array([20]), np.array([20])
    assert Hypergeometric(700).at_least(*asked)[0] == pytest.approx(1 / 2.49371e38, rel=1e-4)
