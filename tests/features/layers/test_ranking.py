from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.layers.compute import top

values = hnp.arrays(
    np.float32,
    st.integers(0, 30),
    elements=st.sampled_from([0.0, 1.0, 2.0, 2.0, 3.5, -1.0, np.nan, np.inf, -np.inf]),
)


@given(values, st.integers(1, 35))
def test_top(values: NDArray[np.float32], k: int) -> None:
    order = sorted((-value, i) for i, value in enumerate(values) if np.isfinite(value))
    chosen = top(values, np.ones(len(values), np.bool_), k)
    assert chosen.tolist() == [i for _, i in order[:k]]


def test_only_eligible_values_are_chosen() -> None:
    values = np.array([5, 4, 3, 2], np.float32)
    assert top(values, np.array([False, True, False, True]), 3).tolist() == [1, 3]
