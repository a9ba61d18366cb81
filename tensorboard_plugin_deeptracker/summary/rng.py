"""The random number generators of the training, left as they were found."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch

GENERATORS = (torch.Generator, np.random.Generator, np.random.RandomState, random.Random)

# A loader, its samplers, its dataset, what that wraps, and their transforms are some tens; a
# dataset's list of files, or a trainer that something refers to, is not searched.
_OBJECTS = 2_000
_LIST = 64


@contextmanager
def preserved_random_state(*owners: Any) -> Iterator[None]:
    """Restores the states of all random number generators.

    These are torch's (all devices), numpy's and Python's global ones, and those of the owners.

    Args:
        owners: Data loaders, datasets and the like, which may have generators of their own:
            attributes, those of attributes, and so on.
    """
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    own = [restorer(generator) for generator in _generators_of(owners)]
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
        if mps is not None:
            torch.mps.set_rng_state(mps)
        for restore in own:
            restore()


def restorer(generator: Any) -> Callable[[], object]:
    """A function that puts one of `GENERATORS` into the state that it has now."""
    if isinstance(generator, torch.Generator):
        return partial(generator.set_state, generator.get_state())
    if isinstance(generator, random.Random):
        return partial(generator.setstate, generator.getstate())
    if isinstance(generator, np.random.RandomState):
        return partial(generator.set_state, generator.get_state())
    bits = generator.bit_generator
    return partial(setattr, bits, "state", bits.state)


def _generators_of(owners: tuple[Any, ...]) -> list[Any]:
    """The generators in what some objects consist of."""
    found: list[Any] = []
    seen: set[int] = set()
    waiting = deque(owners)
    while waiting and len(seen) < _OBJECTS:
        value = waiting.popleft()
        if id(value) in seen or isinstance(value, type | str | bytes):
            continue
        seen.add(id(value))
        if isinstance(value, GENERATORS):
            found.append(value)
        elif isinstance(value, Mapping | list | tuple):
            if len(value) <= _LIST:
                waiting.extend(value.values() if isinstance(value, Mapping) else value)
        elif isinstance(attributes := getattr(value, "__dict__", None), dict):
            waiting.extend(attributes.values())
    return found
