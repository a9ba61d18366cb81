from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.correlation.compute.anomaly_filters import (
    dumps_of_validations,
    moved,
)

steps = st.lists(st.integers(0, 40), unique=True).map(lambda own: np.array(sorted(own), np.int64))


@given(steps, steps)
def test_dumps_of_validations(dumps: NDArray[np.int64], validations: NDArray[np.int64]) -> None:
    before = -1
    slices = dumps_of_validations(dumps, validations)
    for own, step in zip(slices, validations, strict=True):
        assert dumps[own].tolist() == [t for t in dumps if before < t <= step]
        before = step


def test_what_did_not_change_has_not_moved() -> None:
    change = np.array([0, 1e-30, np.nan, np.inf, 0.5], np.float32)
    assert moved(change).tolist() == [False, True, False, False, True]
