"""Follows one file of a log: finds its records, and where their tensors lie, as it grows.

Nothing but the framing of the records is read here; see docs/log_format.md for what
a damaged file is to be read as.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from ..events import decode, schema, tfrecord
from ..events.decode import DecodeError, Tensor
from .source import LocalReader, Reader, ReplacedError

_AHEAD = 4096
_SEARCH_CHUNK = 4 << 20
# What distinguishes a file from another that took its place under a reused inode: the
# beginning holds the session's start and identifier.
_HEAD = 256
# Of an `Event`, the first field is the wall time, the second the step or the summary;
# before it lie the checksum and, of a sane length, three zero bytes.
_PLAUSIBLE = re.compile(rb"(?<=\0\0\0.{4})\x09(?=.{8}[\x10\x2a])", re.DOTALL)


class DamagedRecordError(Exception):
    """A record turned out not to match its checksum, or is no longer there."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a log that could not be read.

    Attributes:
        file: Path relative to the run's log directory.
        offset: Position in the file, in bytes.
        reason: What is wrong.
    """

    file: str
    offset: int
    reason: str


@dataclass(slots=True, eq=False)
class Record:
    """A record whose tensors can be read.

    Attributes:
        file: Where it is.
        offset: Position of its payload.
        size: Bytes of its payload.
        step: Training iteration.
        tensors: By tag.
        intact: Whether the payload matches its checksum; None if nobody has looked.
    """

    file: LogFile
    offset: int
    size: int
    step: int
    tensors: Mapping[str, Tensor]
    intact: bool | None = None

    def verify(self, reader: Reader) -> None:
        """Makes sure that no byte of the payload is damaged.

        Raises:
            DamagedRecordError: One is.
        """
        if self.intact is None:
            self.intact = _matches(reader, self.offset, self.size)
        if not self.intact:
            raise DamagedRecordError(f"{self.file.path} at byte {self.offset}")


@dataclass(eq=False)
class LogFile:
    """One session's file.

    Attributes:
        path: Where it is.
        session: Its session; None as long as there is no record.
        model: The session's model, if one was logged.
        validation_set: The session's validation set, if one was logged.
        dumps, validations, images: Records, in the order of the file.
        others: Records that are of no use but may turn out damaged.
        problems: What could not be read, but for payloads that do not match their
            checksum: those records say so themselves.
        unfinished: Whether the file ends within a record that nobody goes on writing.
        unreadable: Why the file could not be opened the last time, if it could not.
    """

    path: Path
    session: schema.Session | None = None
    model: schema.Model | None = None
    validation_set: schema.ValidationSet | None = None
    dumps: list[Record] = field(default_factory=list)
    validations: list[Record] = field(default_factory=list)
    images: list[Record] = field(default_factory=list)
    others: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unfinished: bool = False
    unreadable: str | None = None
    _dump_shapes: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    _identity: object = None
    _head: bytes = b""
    _last: Record | None = None
    _size: int = 0
    _end: int = 0
    _closed: bool = False

    def open(self) -> Reader:
        """Opens the file for reading.

        Raises:
            ReplacedError: Another file has taken its place, or it has shrunk.
            OSError: It cannot be opened.
        """
        with ExitStack() as stack:
            reader = stack.enter_context(LocalReader(self.path))
            if (
                reader.identity != self._identity
                or reader.size < self._end
                or reader.read(0, len(self._head)) != self._head
            ):
                raise ReplacedError(f"{self.path} was replaced")
            stack.pop_all()
            return reader

    def records(self) -> Iterator[Record]:
        """All records."""
        return chain(self.dumps, self.validations, self.images, self.others)

    def follow(self) -> list[Record] | None:
        """Reads what was appended since the last time.

        Returns:
            The new records; None if nothing at all is new.

        Raises:
            ReplacedError: Another file has taken its place, or it has shrunk.
            OSError: It cannot be opened.
        """
        if self._identity is None:
            with LocalReader(self.path) as reader:
                self._identity = reader.identity
        with self.open() as reader:
            if len(self._head) < _HEAD:
                self._head = reader.read(0, _HEAD)
            grown = reader.size > self._size
            if self._closed or not (grown or (self._end < self._size and not self.unfinished)):
                return None
            self._size = reader.size
            new: list[Record] = []
            self._read_records(reader, new, growing=grown)
            # What is still there when a second look finds no more is not being written.
            self.unfinished = not grown and self._end < self._size
            return new

    def trouble(self) -> list[Problem]:
        """Everything that could not be read, by position."""
        found = [
            *self.problems,
            *(
                Problem(self.path.name, record.offset, "a record that does not match its checksum")
                for record in self.records()
                if record.intact is False
            ),
        ]
        if self.unreadable is not None:
            found.append(Problem(self.path.name, 0, f"cannot be read: {self.unreadable}"))
        if self.unfinished:
            rest = self._size - self._end
            found.append(
                Problem(self.path.name, self._end, f"{rest} bytes at the end are no whole record")
            )
        return sorted(found, key=lambda problem: problem.offset)

    def _read_records(self, reader: Reader, new: list[Record], *, growing: bool) -> None:
        ahead = _Ahead(reader)
        while not self._closed:
            header = ahead.read(self._end, tfrecord.HEADER.size)
            if len(header) < tfrecord.HEADER.size:
                return
            length = tfrecord.payload_length(header)
            after = self._end + tfrecord.OVERHEAD + (length or 0)
            if length is not None and after <= reader.size:
                self._last = self._add(reader, ahead, self._end + tfrecord.HEADER.size, length)
                new.append(self._last)
                self._end = after
                continue
            if length is not None and growing:
                return  # Its rest is being written.
            start = self._next_record(reader)
            if start is None:
                return  # Also what a file system may show of a record that is being written.
            if start > self._end:
                self._complain(self._end, f"{start - self._end} bytes are not a record")
            self._end = start

    def _next_record(self, reader: Reader) -> int | None:
        """Position of the next record with valid checksums."""
        at = self._end
        if self._last is not None:
            try:
                self._last.verify(reader)
            except DamagedRecordError:
                # If it lacks some bytes, the next record begins before its end.
                at = self._last.offset
        overlap = tfrecord.HEADER.size + 10
        while at < reader.size:
            chunk = reader.read(at, _SEARCH_CHUNK + overlap)
            for match in _PLAUSIBLE.finditer(chunk):
                begin = match.start() - tfrecord.HEADER.size
                if begin < 0:
                    continue
                length = tfrecord.payload_length(chunk[begin : match.start()])
                payload = at + match.start()
                if length is not None and _matches(reader, payload, length):
                    return at + begin
            at += _SEARCH_CHUNK
        return None

    def _add(self, reader: Reader, ahead: _Ahead, offset: int, size: int) -> Record:
        record = Record(self, offset, size, 0, {})
        place, wall_time = self.others, 0.0
        try:
            skim = decode.skim(ahead.read, offset, offset + size)
            wall_time = skim.wall_time
            record.step, record.tensors = skim.step, skim.tensors
            place = self._interpret(reader, record, skim)
        except DecodeError as error:
            record.intact = _matches(reader, offset, size)
            if record.intact:
                self._complain(offset, str(error))
        except DamagedRecordError:
            pass  # The record says so itself.
        if self.session is None:
            # Its session record is damaged or missing; the rest is still of use.
            self.session = schema.Session(self.path.name, wall_time, "unknown")
        place.append(record)
        return record

    def _interpret(self, reader: Reader, record: Record, skim: decode.Skim) -> list[Record]:
        """Takes in what a record says; returns the list that it belongs to."""
        tags = skim.tensors.keys()
        if schema.FILTERS_TAG in tags:
            self._check_dump(skim.tensors)
            return self.dumps
        if schema.PREDICTED_TAG in tags:
            self._check_validation(skim.tensors)
            return self.validations
        if schema.IMAGES_TAG in tags:
            self._check_images(skim.tensors)
            return self.images
        record.verify(reader)
        if schema.SESSION_TAG in tags:
            if self.session is not None:
                raise DecodeError("a session record that is not the first of its file")
            try:
                self.session = decode.session(reader.read, skim)
            except DecodeError:
                self._closed = True
                raise
        elif schema.MODEL_TAG in tags:
            model = decode.model(reader.read, skim)
            if self.model is not None and not same_columns(model, self.model):
                raise DecodeError("a second, other model in one session")
            self.model = model
            nodes = sum(1 for _ in model.root.walk())
            self._dump_shapes = (
                (len(model.measures), model.filters),
                (len(model.statistics), nodes),
            )
        elif schema.LABELS_TAG in tags:
            images = decode.validation_set(reader.read, skim)
            if self.validation_set is not None and not same_rows(images, self.validation_set):
                raise DecodeError("a second, other validation set in one session")
            self.validation_set = images
        return self.others

    def _check_dump(self, tensors: Mapping[str, Tensor]) -> None:
        if self.model is None:
            raise DecodeError("a dump without a model before it")
        filters, statistics = self._dump_shapes
        _check(tensors, schema.FILTERS_TAG, "f", filters)
        _check(tensors, schema.STATISTICS_TAG, "f", statistics)

    def _check_validation(self, tensors: Mapping[str, Tensor]) -> None:
        if self.validation_set is None:
            raise DecodeError("a validation without a validation set before it")
        _check(tensors, schema.PREDICTED_TAG, "i", self.validation_set.labels.shape)

    def _check_images(self, tensors: Mapping[str, Tensor]) -> None:
        if self.validation_set is None:
            raise DecodeError("images without a validation set before them")
        blobs = tensors[schema.IMAGES_TAG]
        if blobs.dtype is not None:
            raise DecodeError("expected strings, found numbers")
        _check(tensors, schema.IMAGE_ROWS_TAG, "i", blobs.shape)

    def _complain(self, offset: int, reason: str) -> None:
        self.problems.append(Problem(self.path.name, offset, reason))


def same_columns(a: schema.Model, b: schema.Model) -> bool:
    """Whether the dumps of two models mean the same, value by value."""
    return a is b or (
        a.layers == b.layers
        and [node.name for node in a.root.walk()] == [node.name for node in b.root.walk()]
        and (a.measures, a.statistics) == (b.measures, b.statistics)
    )


def same_rows(a: schema.ValidationSet, b: schema.ValidationSet) -> bool:
    """Whether the validations of two validation sets mean the same, value by value."""
    return a is b or (
        a.class_names == b.class_names
        and np.array_equal(a.labels, b.labels)
        and np.array_equal(a.ids, b.ids)
    )


class _Ahead:
    """Reads ahead, so that a record's frame and its first fields cost one read."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._start = 0
        self._data = b""

    def read(self, offset: int, size: int) -> bytes:
        begin = offset - self._start
        if begin < 0 or begin + size > len(self._data):
            self._start, self._data = offset, self._reader.read(offset, max(size, _AHEAD))
            begin = 0
        return self._data[begin : begin + size]


def _check(tensors: Mapping[str, Tensor], tag: str, kind: str, shape: tuple[int, ...]) -> None:
    tensor = tensors.get(tag)
    if tensor is None or tensor.dtype is None or tensor.dtype.kind != kind or tensor.shape != shape:
        raise DecodeError(f"{tag!r} is {tensor and (tensor.dtype, tensor.shape)}, not {shape}")


def _matches(reader: Reader, offset: int, size: int) -> bool:
    payload = reader.read(offset, size)
    footer = reader.read(offset + size, tfrecord.FOOTER.size)
    return (
        len(payload) == size
        and len(footer) == tfrecord.FOOTER.size
        and tfrecord.FOOTER.unpack(footer)[0] == tfrecord.masked_crc(payload)
    )
