from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.correlation.compute.minisets import mini_sets
from tests.reference import algorithm_1

sets_of_iterations = st.dictionaries(st.integers(0, 1000), st.sets(st.integers(0, 20), max_size=12))


@given(sets_of_iterations)
def test_the_partition_is_that_of_algorithm_1(filters: dict[int, set[int]]) -> None:
    found = mini_sets({t: np.array(sorted(own), np.int64) for t, own in filters.items()})
    parts = [set(one.filters.tolist()) for one in found]
    assert sorted(map(sorted, parts)) == sorted(map(sorted, algorithm_1(list(filters.values()))))
    assert [min(part) for part in parts] == sorted(min(part) for part in parts)
    for one, part in zip(found, parts, strict=True):
        assert one.filters.tolist() == sorted(part)
        assert one.iterations.tolist() == sorted(t for t, own in filters.items() if part <= own)


def test_order_of_filters_does_not_matter() -> None:
    (one, two) = mini_sets({7: np.array([3, 1, 2]), 5: np.array([2, 3])})
    assert (one.filters.tolist(), one.iterations.tolist()) == ([1], [7])
    assert (two.filters.tolist(), two.iterations.tolist()) == ([2, 3], [5, 7])
