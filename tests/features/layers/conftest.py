"""Ways to measure: with what numba compiles, without it, and as on an accelerator."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tensorboard_plugin_deeptracker.features.layers.log import capture, transfer
from tensorboard_plugin_deeptracker.features.layers.log.compiled import kernels


@pytest.fixture(scope="module", params=["compiled", "numpy", "together"])
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Without numba, it cannot be imported; all is as on an accelerator, but where that is."""
    with pytest.MonkeyPatch.context() as patch:
        kernels.cache_clear()
        if request.param == "numpy":
            patch.setitem(sys.modules, "numba", None)
        if request.param == "together":
            for module in capture, transfer:
                patch.setattr(module, "is_away", lambda _: True)
        assert (kernels() is None) == (request.param == "numpy")
        yield request.param
    kernels.cache_clear()
