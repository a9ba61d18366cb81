"""Brightness keeps the order of the values, whatever these are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.images.log.brightness import to_bytes

SHAPES = arrays.array_shapes(min_dims=1, max_dims=3, max_side=8)
TYPES = st.sampled_from(["u1", "i1", "u2", "i2", "i4", "i8", "f2", "f4", "f8", "?"])


@pytest.mark.filterwarnings("error")
@given(TYPES.flatmap(lambda dtype: arrays.arrays(dtype, SHAPES)))
def test_what_is_brighter_is_not_shown_darker(array: NDArray[Any]) -> None:
    shown, _ = to_bytes(array)
    assert shown.dtype == np.dtype(np.uint8)
    assert shown.shape == array.shape
    with np.errstate(invalid="ignore"):
        known = np.abs(array.astype(np.float64)) < 1e30
    assert not shown[~known].any()
    order = np.argsort(array[known].astype(np.float64), kind="stable")
    assert (np.diff(shown[known][order].astype(int)) >= 0).all()


@given(arrays.arrays(np.float64, st.integers(4, 60), elements=st.floats(-1e6, 1e6), unique=True))
def test_all_of_the_range_is_used_where_values_are_stretched(array: NDArray[np.float64]) -> None:
    shown, stretched = to_bytes(array)
    if stretched:
        assert (shown.min(), shown.max()) == (0, 255)


@pytest.mark.parametrize("value", [0, 3, 100, 255])
def test_one_level_is_as_it_is(value: int) -> None:
    image = np.full((4, 4), value, np.uint8)
    for dtype in (np.uint8, np.int64, np.float32):
        shown, stretched = to_bytes(image.astype(dtype))
        np.testing.assert_array_equal(shown, image)
        assert not stretched
