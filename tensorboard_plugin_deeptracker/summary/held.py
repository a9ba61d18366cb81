"""What objects hold, put back afterwards: contents of containers, values of tensors.

A forward pass may write to more than buffers: caches and counters in plain attributes, lists that
grow, membranes of spiking neurons. So every container, and every object that consists of nothing
but data, is remembered with its contents, and every tensor with its value. What is not data (a
trainer, a logger, anything with a lock) is not looked into.
"""

from __future__ import annotations

import types
import warnings
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from enum import Enum
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils.weak import WeakIdKeyDictionary

from .distributed import is_sharded
from .rng import GENERATORS, restorer

# What cannot change, or is shared by all.
_ATOMS = (
    type(None),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.ModuleType,
    Enum,
    np.generic,
    np.dtype,
    torch.dtype,
    torch.device,
    torch.layout,
    torch.memory_format,
)
_MAPPINGS = (dict, OrderedDict, defaultdict, Counter)
_CONTAINERS = (*_MAPPINGS, list, tuple, set, frozenset, deque, torch.Size)
# An object of more parts is no cache or counter.
_PARTS = 512


class Copies:
    """Copies of tensors that are made time and again, where they were made the last time.

    On a CPU, to give the memory back in between costs more than to copy: the system clears each
    page that it hands out.
    """

    def __init__(self) -> None:
        self._last = WeakIdKeyDictionary()

    def of(self, tensor: Tensor) -> Tensor:
        """A copy, which is as it is until the next one of the same tensor is asked for."""
        if not _is_plain(tensor):
            return tensor.detach().clone()
        last: Tensor | None = self._last.get(tensor)
        if last is None or _form(last) != _form(tensor):
            last = self._last[tensor] = tensor.detach().clone()
        else:
            last.copy_(tensor.detach())
        return last


def _is_plain(tensor: Tensor) -> bool:
    return (
        tensor.device.type == "cpu"
        and tensor.layout is torch.strided
        and not (tensor.is_nested or tensor.is_quantized)
    )


def _form(tensor: Tensor) -> tuple[torch.Size, tuple[int, ...], torch.dtype]:
    return tensor.shape, tensor.stride(), tensor.dtype


class Held:
    """Remembers what objects hold, as long as it is wanted.

    Args:
        copies: Makes the copies of tensors, if it is done again and again.
    """

    def __init__(self, copies: Copies | None = None) -> None:
        self._copies = copies or Copies()
        self._contents: list[tuple[Any, Any]] = []
        self._values: list[_Value] = []
        self._generators: list[Callable[[], object]] = []
        self._seen: set[int] = set()

    def modules(self, modules: Iterable[nn.Module]) -> None:
        """Remembers modules: their attributes, parameters, buffers and children."""
        for module in modules:
            if self._is_new(module) and not isinstance(module, torch.jit.ScriptModule):
                self._mapping(vars(module))

    def tensors(self, tensors: Iterable[Tensor]) -> None:
        """Remembers the values of tensors."""
        for tensor in tensors:
            self._look(tensor)

    def put_back(self) -> None:
        """Everything is as it was remembered; what cannot be is warned of."""
        for container, contents in self._contents:
            _fill(container, contents)
        for restore in self._generators:
            restore()
        failed = [message for value in self._values if (message := value.put_back())]
        if failed:
            warnings.warn(
                f"DeepTracker could not put back {len(failed)} tensors that the model's forward"
                f" pass writes to, so this training may differ from one without: {failed[0]}",
                RuntimeWarning,
                stacklevel=2,
            )

    def _is_new(self, value: object) -> bool:
        if id(value) in self._seen:
            return False
        self._seen.add(id(value))
        return True

    def _look(self, value: Any) -> None:
        if isinstance(value, nn.Module):
            # One that hides in a list is not put into eval mode by its owner, but it is called.
            self.modules(value.modules())
            return
        if isinstance(value, _ATOMS) or not self._is_new(value):
            return
        if isinstance(value, Tensor | np.ndarray):
            if _can_be_kept(value):
                self._values.append(_Value(value, self._copies))
        elif isinstance(value, GENERATORS):
            self._generators.append(restorer(value))
        elif type(value) in _MAPPINGS:
            self._mapping(value)
        elif type(value) in _CONTAINERS:
            if isinstance(value, list | set | deque):
                self._contents.append((value, value.copy()))
            for part in value:
                self._look(part)
        elif is_data(value):
            self._mapping(vars(value))

    def _mapping(self, mapping: MutableMapping[Any, Any]) -> None:
        self._contents.append((mapping, dict(mapping)))
        for part in list(mapping.values()):
            self._look(part)


class _Value:
    """The value of a tensor or an array."""

    def __init__(self, holder: Tensor | np.ndarray[Any, Any], copies: Copies) -> None:
        self._tensor = _local(holder) if isinstance(holder, Tensor) else torch.from_numpy(holder)
        self._version = self._tensor._version
        self._value = copies.of(self._tensor)

    def put_back(self) -> str:
        """Returns what went wrong; nothing if it is as it was."""
        try:
            if self._is_as_it_was():
                return ""
            # By `data`, because graphs that are waiting for `backward` must not find it changed.
            if self._can_be_filled():
                self._tensor.data.copy_(self._value)
            else:
                self._tensor.data = self._value.clone()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def _can_be_filled(self) -> bool:
        tensor = self._tensor
        return tensor.is_nested or (not tensor.is_sparse and tensor.shape == self._value.shape)

    def _is_as_it_was(self) -> bool:
        try:
            return torch.equal(self._tensor, self._value)
        except (RuntimeError, NotImplementedError):  # Sparse, nested or quantised ones.
            return self._tensor._version == self._version


def _local(tensor: Tensor) -> Tensor:
    return tensor.to_local() if is_sharded(tensor) else tensor


def _can_be_kept(value: Tensor | np.ndarray[Any, Any]) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufc" and value.itemsize <= 8 and value.flags.writeable
    # An activation that belongs to a graph is replaced, not written to; it may be large.
    return not (is_lazy(value) or value.is_meta or value.grad_fn is not None)


def is_data(value: object, at_most: int = _PARTS) -> bool:
    """Whether an object consists of nothing but data, in no more parts than so many."""
    parts = 0
    seen: set[int] = set()
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, (*_ATOMS, *GENERATORS, Tensor, np.ndarray)) or id(part) in seen:
            continue
        seen.add(id(part))
        parts += 1
        if parts > at_most:
            return False
        if type(part) in _CONTAINERS:
            if len(part) > at_most:
                return False
            waiting.extend(_values(part))
        elif type(getattr(part, "__dict__", None)) is dict and not isinstance(part, nn.Module):
            waiting.extend(vars(part).values())
        else:
            return False
    return True


def _values(container: Any) -> Iterator[Any]:
    return iter(container.values() if isinstance(container, dict) else container)


def _fill(container: Any, contents: Any) -> None:
    """Puts the contents back, touching no more than has changed."""
    if isinstance(container, MutableMapping):
        if list(container) != list(contents):
            container.clear()
        for key, value in contents.items():
            if key not in container or container[key] is not value:
                container[key] = value
    elif isinstance(container, list):
        if not _same(container, contents):
            container[:] = contents
    elif isinstance(container, deque):
        if not _same(container, contents):
            container.clear()
            container.extend(contents)
    elif container != contents:
        container.clear()
        container.update(contents)


def _same(a: Any, b: Any) -> bool:
    return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))
