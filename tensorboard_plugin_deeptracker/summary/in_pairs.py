"""Batches of an evaluation two at a time, each on half of the processor's threads.

Operators that are split over all threads wait for the slowest of them, at every operator. Two
batches at a time wait only at the end. What comes out must not depend on it, to the last bit: a
model is evaluated so only after it has been, with the same results.
"""

from __future__ import annotations

import copy
import pickle
import random
import sys
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules import module as all_modules

from . import distributed
from .calling import can_be_followed
from .held import is_data

Given = TypeVar("Given")
Found = TypeVar("Found")
_WORKERS = 2
# One waits, so that whoever is done first has something to do.
_IN_FLIGHT = _WORKERS + 1
# An object that a module refers to has no more parts: it is copied in each evaluation.
_PARTS = 10_000
_HOOKS = ("_forward_hooks", "_forward_pre_hooks")


class InPairs:
    """Whether a model can be evaluated two batches at a time, found out at its first evaluation."""

    def __init__(self) -> None:
        self._proved: bool | None = None

    def is_usable(self, model: nn.Module) -> bool:
        """Whether it is proved that the results are the same, and nothing is otherwise now."""
        return bool(self._proved) and _is_plain_here() and _is_plain(model)

    def is_open(self, model: nn.Module) -> bool:
        """Whether it is worth a proof: none was tried, and nothing is known against it."""
        return self._proved is None and _is_plain_here() and _is_plain(model)

    def prove(self, model: nn.Module, evaluate: Callable[[], object], expected: object) -> None:
        """Tries it, and notes whether it can be done from now on.

        Args:
            model: What is evaluated; see `is_open`.
            evaluate: Evaluates some batches, two at a time.
            expected: What it must return, to the last bit.
        """
        tensors = [*model.parameters(), *model.buffers()]
        versions = [each._version for each in tensors]
        buffers = [each.clone() for each in model.buffers()]
        chance = _random_state()
        self._proved = False
        # What goes wrong here has gone well one by one, and is done so from now on.
        with suppress(Exception):
            self._proved = (
                is_equal(evaluate(), expected)
                and versions == [each._version for each in tensors]
                and all(map(torch.equal, buffers, model.buffers()))
                and chance == _random_state()
            )


def in_pairs(
    workers: Iterable[Callable[[Given], Found]], given: Iterable[Given]
) -> Iterator[Found]:
    """What two workers find, in the order of what they are given.

    Args:
        workers: Two functions; each does one thing at a time.
        given: What they take. Read by the caller's thread, a little ahead of what is found.
    """
    free: SimpleQueue[Callable[[Given], Found]] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def work(batch: Given) -> Found:
        worker = free.get()
        try:
            with torch.no_grad():  # Of this thread.
                return worker(batch)
        finally:
            free.put(worker)

    waiting: deque[Future[Found]] = deque()
    with _threads() as pool:
        for batch in given:
            waiting.append(pool.submit(work, batch))
            if len(waiting) == _IN_FLIGHT:
                yield waiting.popleft().result()
        for each in waiting:
            yield each.result()


def twin(model: nn.Module) -> nn.Module:
    """A copy of a model with the same tensors.

    Raises:
        Exception: It cannot be copied.
    """
    shared: dict[int, Any] = {id(each): each for each in (*model.parameters(), *model.buffers())}
    return copy.deepcopy(model, shared)


@contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    """Two threads whose operators use half of the processor's each."""
    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(
        _WORKERS, "deeptracker-batch", torch.set_num_threads, (threads // _WORKERS,)
    )
    try:
        yield pool
    finally:
        try:
            pool.shutdown(cancel_futures=True)
        finally:
            # It is of the calling thread, but also of those that start later.
            torch.set_num_threads(threads)


def _is_plain_here() -> bool:
    """Whether operators do in another thread what they do in this one."""
    return (
        torch.get_num_threads() >= _WORKERS
        and distributed.position()[1] == 1
        and not torch.is_autocast_enabled("cpu")
        and not torch.is_inference_mode_enabled()
        and not (all_modules._global_forward_hooks or all_modules._global_forward_pre_hooks)
    )


def _is_plain(model: nn.Module) -> bool:
    """Whether nothing speaks against a copy of a model, and against calling both at a time."""
    tensors = [*model.parameters(), *model.buffers()]
    return (
        bool(tensors)
        and all(each.device.type == "cpu" for each in tensors)
        and can_be_followed(model)
        and all(map(_is_plain_module, model.modules()))
    )


def _is_plain_module(module: nn.Module) -> bool:
    own = vars(module)
    if "forward" in own or any(own.get(name) for name in _HOOKS) or _is_traced(module):
        return False
    # Parameters, buffers and children are not among what is copied with all that it refers to.
    others = (value for name, value in own.items() if name not in _OF_MODULES)
    return all(_refers_to_nothing(value) and is_data(value, _PARTS) for value in others)


_OF_MODULES = vars(nn.Module()).keys() - {"training"}


def _is_traced(module: nn.Module) -> bool:
    """Whether copying it would compile its graph again."""
    traced = sys.modules.get("torch.fx.graph_module")
    return traced is not None and isinstance(module, traced.GraphModule)


def _refers_to_nothing(value: Any) -> bool:
    """Whether a function that a module holds is of no object: that could be the model itself."""
    return not isinstance(value, types.MethodType) and not getattr(value, "__closure__", None)


def _random_state() -> tuple[bytes, bytes]:
    """The states of the generators that a model may draw from."""
    state = random.getstate(), np.random.get_state()  # noqa: NPY002
    return torch.get_rng_state().numpy().tobytes(), pickle.dumps(state)


def is_equal(found: Any, other: Any) -> bool:
    """Whether two results are the same to the last bit."""
    if isinstance(found, list | tuple):
        return len(found) == len(other) and all(map(is_equal, found, other))
    if isinstance(found, Tensor):
        alike = (found.dtype, found.shape) == (other.dtype, other.shape)
        return alike and torch.equal(
            *(each.reshape(-1).view(torch.uint8) for each in (found, other))
        )
    if isinstance(found, np.ndarray):
        return bool(found.dtype == other.dtype and found.tobytes() == other.tobytes())
    return bool(found == other)
