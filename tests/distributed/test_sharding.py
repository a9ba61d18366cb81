"""Models that are spread over processes are logged as if they were not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ..summary.reading import read_log
from .sharding import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_the_log_is_the_same(trained: Path, kind: str) -> None:
    directory = trained / kind
    if not directory.exists():
        pytest.skip("needs four processes")
    sharded, whole = read_log(directory / "sharded"), read_log(directory / "whole")
    assert sharded.model == whole.model
    assert len(sharded.model.edges) > 8
    assert sorted(sharded.filters) == [0, 1, 2, 3]
    for step in range(4):
        for name in whole.model.measures:
            np.testing.assert_allclose(
                sharded.measure(name, step), whole.measure(name, step), 1e-6, err_msg=name
            )
        np.testing.assert_allclose(sharded.statistics[step], whole.statistics[step], 1e-6)
        np.testing.assert_array_equal(sharded.kernels[step], whole.kernels[step])
    for step, largest in (1, 1e-3), (2, 1e-14):
        moved = whole.measure("change", step)
        assert ((moved > 0) & (moved < largest)).sum() > 40
    assert not whole.measure("change", 3).any()
    assert len(list(directory.glob("*/*tfevents*"))) == 2
