"""Several threads for what is nearly all arithmetic on arrays, which they do at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
_THREADS = 4


def in_threads(function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """What a function returns for each item, in their order; a single one needs no thread."""
    if len(items) <= 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        yield from pool.map(function, items)
