"""Ways to measure: with what numba compiles, and without it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tensorboard_plugin_deeptracker.features.layers.log.compiled import kernels


@pytest.fixture(scope="module", params=["compiled", "numpy"])
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Whether numba is there; without, it cannot be imported."""
    with pytest.MonkeyPatch.context() as patch:
        kernels.cache_clear()
        if request.param == "numpy":
            patch.setitem(sys.modules, "numba", None)
        assert (kernels() is None) == (request.param == "numpy")
        yield request.param
    kernels.cache_clear()
