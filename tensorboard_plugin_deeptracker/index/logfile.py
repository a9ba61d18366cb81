"""Follows one file of a log: finds its records, and where their tensors lie, as it grows.

Only the framing of the records is known here; what they hold, their kinds tell. See
docs/log_format.md for what a damaged file is to be read as.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from ..events import decode, limits, tfrecord
from ..events.decode import DecodeError
from ..events.kinds import Kinds, Series, Structure, Tensors
from .framing import Framing, is_whole, matches, search
from .layout import Layout
from .opening import LocalReader, Opener, open_reader
from .record import DamagedRecordError, Problem, Record
from .skimming import Skimmer
from .source import AnyPath, ReadAhead, Reader, ReplacedError

# What distinguishes a file from another that took its place under a reused inode: the
# beginning holds the session's start and identifier.
_HEAD = 256
# The first tag of a record is within so many bytes.
_TAG_WITHIN = 64
# How much of a file's unfinished end is looked at for a change within it.
_REST = 4 << 20


@dataclass(eq=False)
class Place:
    """Where a file is, and what tells it from another one that takes its place.

    Attributes:
        path: Where it is.
        opener: Opens it.
        identity: See `Reader`.
        end: It has so many bytes at least.
        head: Its first ones.
        damaged: See `OpenableFile`.
    """

    path: AnyPath
    opener: Opener
    identity: object
    end: int
    head: bytes
    damaged: dict[int, Record] = field(default_factory=dict)
    can_be_sent: bool = True

    def open(self) -> Reader:
        """See `LogFile.open`."""
        with ExitStack() as stack:
            reader = stack.enter_context(self.opener(self.path))
            if (
                reader.identity != self.identity
                or reader.size < self.end
                or reader.read(0, len(self.head)) != self.head
            ):
                raise ReplacedError(f"{self.path} was replaced")
            stack.pop_all()
            return reader


@dataclass(eq=False)
class LogFile:
    """One session's file.

    Attributes:
        path: Where it is.
        kinds: The kinds of records that are known.
        light: Whether only what is counted is wanted: records of no use for that are passed by.
        distrusted: Positions of damaged records that hide intact ones.
        opener: Opens it.
        began: When the first intact record was written, in seconds since the epoch; None as long
            as there is none.
        structures: What was read whole, by kind and key.
        series: The other records, by kind and key, in the order of the file.
        others: Records that are of no use but may turn out damaged.
        damaged: The records that turned out not to match their checksums, by position.
        problems: What could not be read, but for payloads that do not match their
            checksum: those records say so themselves.
        unfinished: Whether the file ends within a record that nobody goes on writing.
        unreadable: Why the file could not be opened the last time, if it could not.
    """

    path: AnyPath
    kinds: Kinds
    light: bool = False
    distrusted: frozenset[int] = frozenset()
    opener: Opener = open_reader
    began: float | None = None
    structures: dict[tuple[Structure[Any], str], Any] = field(default_factory=dict)
    series: dict[tuple[Series[Any], str], list[Record]] = field(default_factory=dict)
    others: list[Record] = field(default_factory=list)
    damaged: dict[int, Record] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unfinished: bool = False
    unreadable: str | None = None
    _framing: Framing = field(init=False)
    _searched: set[int] = field(default_factory=set)
    _skimmer: Skimmer = field(init=False)
    # Where further records of a layout go, and their tensors by tags without the key.
    _known: dict[Layout, tuple[list[Record], Tensors]] = field(default_factory=dict)
    _identity: object = None
    _head: bytes = b""
    _size: int = 0
    _seen: int = 0
    _closed: bool = False

    def __post_init__(self) -> None:
        self._framing = Framing(self.distrusted)
        self._skimmer = Skimmer(self.light)

    def open(self) -> Reader:
        """Opens the file for reading.

        Raises:
            ReplacedError: Another file has taken its place, or it has shrunk.
            OSError: It cannot be opened.
        """
        return self._place().open()

    @property
    def can_be_sent(self) -> bool:
        """Whether another process can open it."""
        return self.opener is open_reader and isinstance(self.path, Path)

    def _place(self) -> Place:
        return Place(self.path, self.opener, self._identity, self._framing.end, self._head)

    def __reduce__(self) -> tuple[Any, ...]:
        # In another process, its records can be read.
        place = self._place()
        return Place, (place.path, place.opener, place.identity, place.end, place.head)

    @property
    def end(self) -> int:
        """Position behind the last whole record."""
        return self._framing.end

    def records(self) -> Iterator[Record]:
        """All records."""
        return chain(*self.series.values(), self.others)

    def follow(self) -> list[Record] | None:
        """Reads what was appended since the last time.

        Returns:
            The new records; None if nothing at all is new.

        Raises:
            ReplacedError: Another file has taken its place, or it has shrunk.
            OSError: It cannot be opened.
        """
        if self._identity is None:
            with self.opener(self.path) as reader:
                self._identity = reader.identity
        with self.open() as reader:
            if len(self._head) < _HEAD:
                self._head = reader.read(0, _HEAD)
            grown = reader.size > self._size or (
                self.unfinished and self._rest(reader) != self._seen
            )
            if self._closed or not (
                grown or (self._framing.end < self._size and not self.unfinished)
            ):
                return None
            self._size = reader.size
            rest = 0 if grown else self._rest(reader)
            new: list[Record] = []
            ahead = ReadAhead(reader)
            for offset, size in self._framing.records(reader, ahead, growing=grown):
                new.append(self._add(reader, ahead, offset, size))
                if self._closed:
                    break
                new.extend(self._add_known(reader, ahead))
            # What is still there when a second look finds no more is not being written.
            self.unfinished = not grown and self._framing.end < self._size
            self._seen = rest
            return new

    def _rest(self, reader: Reader) -> int:
        """Checksum of the beginning of what is behind the last record."""
        return tfrecord.masked_crc(reader.read(self._framing.end, _REST))

    def hiding(self) -> frozenset[int]:
        """Positions of damaged records in which intact ones lie, as after blocks were moved.

        Raises:
            OSError: The file cannot be opened.
        """
        # Others who read may find further ones meanwhile.
        damaged = dict(self.damaged)
        new = damaged.keys() - self._searched
        self._searched |= new
        if not new:
            return frozenset()
        with self.open() as reader:
            return frozenset(
                offset - tfrecord.HEADER.size
                for offset in new
                if search(reader, offset, offset + damaged[offset].size) is not None
            )

    def all_problems(self) -> list[Problem]:
        """Everything that could not be read, by position."""
        found = [
            *self.problems,
            *(
                Problem(self.path.name, offset, f"{size} bytes are not a record")
                for offset, size in self._framing.gaps
            ),
            *(
                Problem(self.path.name, offset, "a record that does not match its checksum")
                for offset in tuple(self.damaged)
            ),
        ]
        if self.unreadable is not None:
            found.append(Problem(self.path.name, 0, f"cannot be read: {self.unreadable}"))
        if self.unfinished:
            rest = self._size - self._framing.end
            found.append(
                Problem(
                    self.path.name,
                    self._framing.end,
                    f"{rest} bytes at the end are no whole record",
                )
            )
        return sorted(found, key=lambda problem: problem.offset)

    def _add(self, reader: Reader, ahead: ReadAhead, offset: int, size: int) -> Record:
        record = Record(self, offset, size, 0, {})
        if self.light and self.kinds.passed_by(ahead.read(offset, _TAG_WITHIN)):
            return record
        records, wall_time = self.others, 0.0
        try:
            layout = self._skimmer.learn(ahead.read, offset, size)
            record.step, record.tensors = layout.skim.step, layout.skim.tensors
            wall_time = layout.skim.wall_time
            records = self._interpret(reader, record, layout.skim)
            if layout.step_size:
                self._known[layout] = records, record.tensors
        except DecodeError as error:
            # Else each of many refused records would look through all that are like it.
            self._skimmer.forget(size)
            record.intact = matches(reader, offset, size)
            if record.intact:
                self.problems.append(Problem(self.path.name, offset, str(error)))
            else:
                self.damaged[offset] = record
        except DamagedRecordError:
            pass  # The record says so itself.
        if self.began is None and record.intact is not False:
            self.began = wall_time
        records.append(record)
        return record

    def _add_known(self, reader: Reader, ahead: ReadAhead) -> list[Record]:
        """Adds the records that follow as long as they are framed like earlier ones."""
        # Of a remote file, whole blocks are fetched for what may not be there.
        spans = reader.read_spans if isinstance(reader, LocalReader) else None
        found = self._skimmer.known(ahead.read, self._framing.end, reader.size, spans)
        # Behind the others lies a further one.
        if found and not is_whole(reader, found[-1][0], found[-1][2].size):
            found.pop()
        known, distrusted = self._known, self.distrusted
        new: list[Record] = []
        for offset, step, layout in found:
            if layout not in known or offset - tfrecord.HEADER.size in distrusted:
                break
            records, tensors = known[layout]
            record = Record(self, offset, layout.size, step, tensors)
            records.append(record)
            new.append(record)
        if new:
            self._framing.passed(new[-1].offset, new[-1].size)
        return new

    def _interpret(self, reader: Reader, record: Record, skim: decode.Skim) -> list[Record]:
        """Takes in what a record says; returns the list that it belongs to."""
        found = self.kinds.find(skim.tensors)
        if found is None:
            return self.others
        kind, key, record.tensors = found
        if isinstance(kind, Structure):
            self._take(reader, record, kind, key)
            return self.others
        about = self.structures.get((kind.about, key))
        if about is None:
            raise DecodeError(f"{kind.name} before any {kind.about.name}")
        kind.check(record.tensors, about)
        return self.series.setdefault((kind, key), [])

    def _take(self, reader: Reader, record: Record, kind: Structure[Any], key: str) -> None:
        """Reads a record that says what others are about."""
        if record.size > limits.STRUCTURE_BYTES:
            raise DecodeError(
                f"a record of {record.size} bytes that describes the run:"
                f" more than {limits.STRUCTURE_BYTES} are not read"
            )
        record.verify(reader)
        payload = reader.read(record.offset, record.size)
        if kind.opens:
            if self.began is not None:
                raise DecodeError(f"a {kind.name} record that is not the first of its file")
            try:
                self.structures[kind, key] = _read(self.kinds, payload)
            except DecodeError:
                self._closed = True
                raise
            return
        content = _read_shared(self.kinds, _Payload(payload))
        known = self.structures.get((kind, key))
        if known is not None and not kind.same(content, known):
            raise DecodeError(f"a second, other {kind.name} in one session")
        if known is None and sum(other is kind for other, _ in self.structures) >= limits.KEYS:
            raise DecodeError(f"more than {limits.KEYS} records of the kind {kind.name!r}")
        self.structures[kind, key] = content


def _read(kinds: Kinds, payload: bytes) -> Any:
    """What a record says that is read whole."""

    def read(at: int, size: int) -> bytes:
        return payload[at : at + size]

    skim = decode.skim(read, 0, len(payload))
    found = kinds.find(skim.tensors)
    assert found is not None
    kind, _, tensors = found
    assert isinstance(kind, Structure)
    return kind.read(read, replace(skim, tensors=tensors))


class _Payload:
    """What is in a record, told from others by its digest: it is taken once, and not kept.

    Args:
        data: All bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._digest = hashlib.sha256(data).digest()

    def take(self) -> bytes:
        """The bytes."""
        data, self._data = self._data, b""
        return data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Payload) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(self._digest)


# The runs of an experiment mostly have the same model and images: what is read once is shared.
@lru_cache(maxsize=8)
def _read_shared(kinds: Kinds, payload: _Payload) -> Any:
    return _read(kinds, payload.take())
