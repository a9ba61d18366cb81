from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.compute.cells import cells, joined
from tensorboard_plugin_deeptracker.index.memo import size_of

VALUES = [0.0, -0.5, 1e-12, 3.0, -1e30, 1e30, np.nan, np.inf, -np.inf]


@st.composite
def matrices(draw: st.DrawFn) -> NDArray[np.float32]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    return rng.choice(VALUES, shape).astype(np.float32)


@given(matrices(), st.lists(st.integers(0, 1), max_size=6))
def test_halving_is_aggregating_the_values(values: NDArray[np.float32], axes: list[int]) -> None:
    found = cells(values)
    for axis in axes:
        found = found.halved(axis)
    height, width = 2 ** axes.count(0), 2 ** axes.count(1)
    rows, columns = values.shape
    for i, top in enumerate(range(0, rows, height)):
        for j, left in enumerate(range(0, columns, width)):
            block = values[top : top + height, left : left + width]
            known = block[np.isfinite(block)].astype(np.float64)
            assert found.count[i, j] == known.size
            if known.size:
                np.testing.assert_allclose(found.mean[i, j], known.mean(), rtol=1e-6, atol=1e15)
                assert found.lowest[i, j] == known.min()
                assert found.highest[i, j] == known.max()
            else:
                assert np.isnan(found.mean[i, j])
    assert [each.dtype for each in (found.total, found.count)] == [np.float64, np.int32]
    assert found.mean.shape == (-(-rows // height), -(-columns // width))


@given(matrices(), st.data())
def test_parts_joined_are_the_whole(values: NDArray[np.float32], data: st.DataObject) -> None:
    whole = cells(values)
    axis = data.draw(st.integers(0, 1))
    cut = data.draw(st.integers(1, values.shape[axis]))
    slices = [slice(0, cut), slice(cut, None)] if cut < values.shape[axis] else [slice(None)]
    everything = slice(None)
    parts = [whole.part(s, everything) if axis == 0 else whole.part(everything, s) for s in slices]
    again = joined(parts, axis)
    np.testing.assert_array_equal(again.mean, whole.mean)
    np.testing.assert_array_equal(again.lowest, whole.lowest)
    assert size_of(again) == size_of(whole)
