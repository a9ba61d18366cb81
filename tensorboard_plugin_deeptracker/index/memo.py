"""What was computed and is costly to compute again, up to a number of bytes."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

# Of all runs together. What is kept of the classes and of the images of a million images at a
# thousand validations fits; a ResNet-50 on ImageNet takes a small part of it.
CAPACITY = 256 << 20
# Of an array, a list or an object, beside what it holds.
_OVERHEAD = 112


class Store:
    """The results that were used last, of all runs.

    Args:
        capacity: Bytes to be kept; what was used longest ago is dropped first. The last result
            is kept even if it alone is larger.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, _Result] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        return self._size

    def get(self, key: Hashable, basis: Hashable, compute: Callable[[T | None], T]) -> T:
        """See `Memo.get`."""
        with self._lock:
            result = self._results.get(key)
            if result is None:
                result = self._results[key] = _Result()
            self._results.move_to_end(key)
        with result.lock:
            if result.basis is _NOTHING or result.basis != basis:
                try:
                    result.value = compute(result.value)
                except BaseException:
                    self._leave_nothing(key, result)
                    raise
                result.basis = basis
                self._account(key, result)
            value: T = result.value
            return value

    def drop(self, belongs: Callable[[Hashable], bool]) -> None:
        """Forgets all results under keys of some sort."""
        with self._lock:
            for key in [key for key in self._results if belongs(key)]:
                self._size -= self._results.pop(key).size

    def _leave_nothing(self, key: Hashable, result: _Result) -> None:
        """Forgets a key that there was never a result under."""
        with self._lock:
            if result.basis is _NOTHING and self._results.get(key) is result:
                del self._results[key]

    def _account(self, key: Hashable, result: _Result) -> None:
        size = size_of(result.value)
        with self._lock:
            if self._results.get(key) is not result:
                return  # It was dropped while it was being computed.
            self._size += size - result.size
            result.size = size
            while self._size > self._capacity and len(self._results) > 1:
                _, dropped = self._results.popitem(last=False)
                self._size -= dropped.size


class Memo:
    """What was computed from one run, carried on from snapshot to snapshot.

    Args:
        store: Where it is kept, with that of other runs; one of its own if None.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store or Store()
        self._runs: tuple[object, ...] = (object(),)

    @classmethod
    def of(cls, memos: Sequence[Memo]) -> Memo:
        """That of what is computed from several runs together, in this order.

        It goes with any of them: what was computed is forgotten once one of them is cleared.
        """
        joint = cls(memos[0]._store)
        joint._runs = tuple(run for memo in memos for run in memo._runs)
        return joint

    def get(self, key: Hashable, basis: Hashable, compute: Callable[[T | None], T]) -> T:
        """A result; computed once for all who ask for it meanwhile.

        Args:
            key: Tells the result from all others of the run, whatever the run's length: what is
                computed, and with which parameters.
            basis: What it was computed from, e.g. the records. There is one result under a
                key; one with another basis takes its place.
            compute: Is given the result under this key that is there already, or None: it may
                carry that on, even in place, if it looks at what it is about.

        Raises:
            Exception: Whatever computing raises, to all who ask; then nothing has changed.
        """
        return self._store.get((self._runs, key), basis, compute)

    def clear(self) -> None:
        """Forgets everything about the run, also together with others."""
        self._store.drop(
            lambda key: isinstance(key, tuple) and any(run in key[0] for run in self._runs)
        )


class _Result:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.basis: Hashable = _NOTHING
        self.value: Any = None
        self.size = 0


_NOTHING = object()


def size_of(value: object) -> int:
    """About how many bytes a result takes: arrays, text, and containers and objects of them."""
    if isinstance(value, np.ndarray):
        return _OVERHEAD + value.nbytes
    if isinstance(value, str | bytes | bytearray):
        return _OVERHEAD + len(value)
    if isinstance(value, Mapping):
        return _OVERHEAD + sum(size_of(key) + size_of(item) for key, item in value.items())
    if isinstance(value, Sequence | set | frozenset):
        return _OVERHEAD + sum(map(size_of, value))
    own = getattr(value, "nbytes", None)
    if isinstance(own, int):
        return _OVERHEAD + own
    if dataclasses.is_dataclass(value):
        fields = (getattr(value, field.name) for field in dataclasses.fields(value))
        return _OVERHEAD + sum(map(size_of, fields))
    return _OVERHEAD
