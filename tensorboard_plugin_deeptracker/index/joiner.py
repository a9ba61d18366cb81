"""Joins a run's sessions again after something was appended: what is new goes behind the rest.

A training that goes on appends to the last session, at later iterations than all before, and
changes nothing that was joined. Whatever else happens, all is joined anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..events.kinds import Series, Structure
from .joining import Joined, join, sessions
from .logfile import LogFile
from .record import Record

_Key: TypeAlias = tuple[Series[Any], str]


class Joiner:
    """Joins the sessions of one run time and again; the answers are those of `join`."""

    def __init__(self) -> None:
        self._seen: list[_Seen] = []
        self._last: LogFile | None = None
        self._joined: Joined | None = None

    def join(self, files: Iterable[LogFile]) -> Joined:
        """Joins the sessions in some files."""
        # What is found damaged meanwhile, by whoever reads, is for the next time.
        seen = [_Seen.of(file) for file in files]
        joined = self._appended(seen)
        if joined is None:
            joined = join(each.file for each in seen)
            self._last = _last_of([each.file for each in seen])
        self._seen, self._joined = seen, joined
        return joined

    def _appended(self, seen: Sequence[_Seen]) -> Joined | None:
        """What was joined last and what is new; None if that is not all that has changed."""
        if self._joined is None or len(seen) != len(self._seen):
            return None
        grown: dict[_Key, int] = {}
        for before, now in zip(self._seen, seen, strict=True):
            if not now.continues(before):
                return None
            if now.lengths != before.lengths:
                if now.file is not self._last:
                    return None
                grown = {
                    key: before.lengths.get(key, 0)
                    for key, length in now.lengths.items()
                    if length != before.lengths.get(key, 0)
                }
        if not grown:
            return self._joined
        assert self._last is not None
        series = dict(self._joined.series)
        for key, length in grown.items():
            new = self._last.series[key][length:]
            if not _go_on(key[0], series.get(key, ()), new):
                return None
            series[key] = (*series[key], *new)
        return Joined(self._joined.structures, series, self._joined.hidden)


@dataclass(frozen=True)
class _Seen:
    """What there was of a file."""

    file: LogFile
    opened: bool
    damaged: int
    structures: Mapping[tuple[Structure[Any], str], Any]
    lengths: Mapping[_Key, int]

    @classmethod
    def of(cls, file: LogFile) -> _Seen:
        return cls(
            file,
            file.began is not None,
            len(file.damaged),
            dict(file.structures),
            {key: len(records) for key, records in file.series.items()},
        )

    def continues(self, before: _Seen) -> bool:
        """Whether there are at most new records."""
        return (
            self.file is before.file
            and self.opened == before.opened
            and self.damaged == before.damaged
            and self.structures.keys() == before.structures.keys()
            and all(self.structures[key] is content for key, content in before.structures.items())
        )


def _last_of(files: Sequence[LogFile]) -> LogFile | None:
    """The session that began last; None where there are copies, of which the fullest counts."""
    in_order, copies = sessions(files)
    return in_order[-1] if in_order and not copies else None


def _go_on(kind: Series[Any], shown: Sequence[Record], new: Sequence[Record]) -> bool:
    """Whether new records of the last session only come behind what is shown.

    The last that is shown has to be of the same session: then so is what the name stands for, and
    no other session's records are replaced that were not before.
    """
    if not shown or shown[-1].file is not new[0].file:
        return False
    step = shown[-1].step
    for record in new:
        if record.intact is False or (kind.joins == "step" and record.step <= step):
            return False
        step = record.step
    return True
