from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.compute.growing import Growing


@given(st.lists(st.integers(0, 200), max_size=8), st.sampled_from([(), (3,), (2, 2)]))
def test_holds_what_was_appended_whatever_the_portions(
    sizes: list[int], shape: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(0)
    growing = Growing(*shape)
    expected = np.empty((0, *shape), np.int32)
    for size in sizes:
        more = rng.integers(-9, 9, (size, *shape), np.int32)
        earlier, before = growing.values, expected
        growing.extend(more)
        expected = np.concatenate([expected, more])
        np.testing.assert_array_equal(growing.values, expected)
        np.testing.assert_array_equal(earlier, before)
        assert growing.values.dtype == np.int32


def test_appending_copies_little_and_leaves_little_room() -> None:
    growing, copied = Growing(), 0
    for i in range(5000):
        room = growing.nbytes
        growing.extend(np.array([i], np.int32))
        copied += i if growing.nbytes != room else 0
        assert growing.nbytes <= 4 * (64 + 1.125 * (i + 1))
    assert copied < 9 * 5000


def test_room_that_is_reserved_is_filled_in_place() -> None:
    growing = Growing(3, dtype=np.int8)
    growing.extend(np.ones((2, 3), np.int8))
    growing.reserve(1000)
    growing.reserve(10)
    first = growing.values
    growing.extend(np.zeros((998, 3), np.int8))
    assert np.shares_memory(first, growing.values)
    assert growing.nbytes == 3000
    assert growing.values[:, 0].sum() == 2
