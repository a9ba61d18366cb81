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


def test_appending_copies_rarely() -> None:
    growing = Growing()
    rooms: list[object] = []
    for i in range(5000):
        growing.extend(np.array([i], np.int32))
        # A room that is kept alive has an identity of its own.
        if not rooms or growing.values.base is not rooms[-1]:
            rooms.append(growing.values.base)
    assert len(rooms) <= 8
