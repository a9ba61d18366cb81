"""The sums of `measures`, and what quartiles take longest for, compiled by numba.

Each row is read once, while it lies in the cache: all is summed in float64, what cancels is summed
again from the elements, and the row is kept for the next dump. That takes about the time of a copy,
where the same with numpy (see `single`) takes ten passes.

Numba is imported when the kernels are asked for first; then they are compiled, or what was compiled
before is read.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any


@lru_cache(1)
def kernels() -> Any:
    """The module `_kernels`; None where numba is not there, or does not work.

    Whatever is wrong with it, a training goes on without.
    """
    try:
        if importlib.import_module("numba").config.DISABLE_JIT:
            return None  # Loops over elements would be Python's own.
        return importlib.import_module("._kernels", __package__)
    except Exception:
        return None
