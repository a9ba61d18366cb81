"""What is computed of a whole snapshot, in the worker.

The records are sent as places in files, which the worker reads itself. What it answers is about the
very objects that were sent, so that it can be carried on here when there is more.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from ..events.kinds import Kind
from ..index.record import Record
from ..index.run import Snapshot
from .worker import WORKER

T = TypeVar("T")

# What takes longer holds up TensorBoard's own tabs, in seconds; what is larger is not sent, in
# bytes: for a while it would be there twice.
_LONG, _LARGE = 0.05, 16 << 20
# What takes longer than this here, in seconds, waits for a worker that is just starting: at most as
# long as it takes here, where it would slow down what the tab shows first.
_WORTH_WAITING = 0.5


def of_snapshot(
    function: Callable[..., T],
    snapshot: Snapshot,
    kinds: Sequence[Kind],
    *args: Any,
    here: Callable[[], T],
    seconds: float,
    nbytes: int = 0,
) -> T:
    """What is computed of a snapshot: in the worker if it takes long and can be sent, else here.

    Args:
        function: One of a module, for the worker; is given the snapshot and the other arguments.
            What it returns can be pickled.
        snapshot: The run.
        kinds: The kinds of records that it looks at: in the worker, there are no others.
        *args: What can be pickled.
        here: Computes the same here, where it may carry on what is known.
        seconds: About how long that takes.
        nbytes: About how large the result is, if it may be large.
    """
    wait = seconds if seconds > _WORTH_WAITING else 0
    if seconds > _LONG and nbytes <= _LARGE and snapshot.can_be_sent and WORKER.ready(wait):
        return _there(function, snapshot.part(kinds), args)
    return here()


def _there(function: Callable[..., T], part: Snapshot, args: tuple[Any, ...]) -> T:
    answer, intact = WORKER.call(_answer, function, part, args)
    for record, known in zip(_records(part), intact, strict=True):
        # What was compared with its checksum there need not be here.
        if record.intact is None:
            record.intact = known
    value: T = _Unpickler(answer, list(_shared(part))).load()
    return value


def _answer(
    function: Callable[..., Any], snapshot: Snapshot, args: tuple[Any, ...]
) -> tuple[bytes, list[bool | None]]:
    """What a function returns, pickled, and which records are intact, as far as is known."""
    value = function(snapshot, *args)
    answer = io.BytesIO()
    _Pickler(answer, list(_shared(snapshot))).dump(value)
    return answer.getvalue(), [record.intact for record in _records(snapshot)]


def _records(snapshot: Snapshot) -> Iterator[Record]:
    return (record for records in snapshot.series.values() for record in records)


def _shared(snapshot: Snapshot) -> Iterator[Any]:
    """The objects that an answer may be about, in the same order here and there."""
    yield from snapshot.structures.values()
    yield from _records(snapshot)


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, shared: Sequence[Any]) -> None:
        super().__init__(file, protocol=5)
        self._places = {id(each): place for place, each in enumerate(shared)}

    def persistent_id(self, each: Any) -> int | None:
        return self._places.get(id(each))


class _Unpickler(pickle.Unpickler):
    def __init__(self, answer: bytes, shared: Sequence[Any]) -> None:
        super().__init__(io.BytesIO(answer))
        self._shared = shared

    def persistent_load(self, place: int) -> Any:
        return self._shared[place]
