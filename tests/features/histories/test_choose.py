"""Rows sorted by their values are in the order of a stable sort."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.histories.compute.choose import sorted_by

FLOATS = st.floats(width=32) | st.sampled_from([0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan, 1e-45])
INTEGERS = st.integers(-(2**31) + 1, 2**31 - 1) | st.integers(-2, 2)


@given(st.lists(FLOATS, max_size=30) | st.lists(INTEGERS, max_size=30), st.integers(1, 7))
def test_like_a_stable_sort(values: list[float], every: int) -> None:
    dtype = np.int32 if all(isinstance(value, int) for value in values) else np.float32
    given_: NDArray[Any] = np.array(values, dtype)
    rows = np.arange(5, 5 + every * len(values), every, dtype=np.int32)
    expected = rows[np.argsort(given_, kind="stable")]
    found = sorted_by(given_, rows)
    assert found.dtype == np.int32
    assert found.tolist() == expected.tolist()
