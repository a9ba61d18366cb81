"""Follows one file of a log: finds its records, and where their tensors lie, as it grows.

Nothing but the framing of the records is read here; see docs/log_format.md for what
a damaged file is to be read as.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

import numpy as np

from ..events import decode, limits, schema, tfrecord
from ..events.decode import DecodeError, Tensor
from .framing import Framing, is_whole, matches, search
from .record import DamagedRecordError, Problem, Record
from .skimming import Layout, Skimmer
from .source import AnyPath, ReadAhead, Reader, ReplacedError, open_reader

# What distinguishes a file from another that took its place under a reused inode: the
# beginning holds the session's start and identifier.
_HEAD = 256
# A record of images begins with their rows.
_IMAGES = schema.IMAGE_ROWS_TAG.encode()
# Tags of the records that are read whole.
_STRUCTURE = {schema.SESSION_TAG, schema.MODEL_TAG, schema.LABELS_TAG}
_TAG_WITHIN = 64
# How much of a file's unfinished end is looked at for a change within it.
_REST = 4 << 20


@dataclass(eq=False)
class LogFile:
    """One session's file.

    Attributes:
        path: Where it is.
        light: Whether only what is counted is wanted: images are passed by.
        distrusted: Positions of damaged records that hide intact ones.
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

    path: AnyPath
    light: bool = False
    distrusted: frozenset[int] = frozenset()
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
    _framing: Framing = field(init=False)
    _searched: set[int] = field(default_factory=set)
    _skimmer: Skimmer = field(init=False)
    _places: dict[Layout, list[Record]] = field(default_factory=dict)
    _dump_shapes: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
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
        with ExitStack() as stack:
            reader = stack.enter_context(open_reader(self.path))
            if (
                reader.identity != self._identity
                or reader.size < self._framing.end
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
            with open_reader(self.path) as reader:
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
                new.extend(self._add_known(reader))
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
        damaged = {r.offset: r for r in self.records() if r.intact is False}
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

    def trouble(self) -> list[Problem]:
        """Everything that could not be read, by position."""
        found = [
            *self.problems,
            *(
                Problem(self.path.name, offset, f"{size} bytes are not a record")
                for offset, size in self._framing.gaps
            ),
            *(
                Problem(self.path.name, record.offset, "a record that does not match its checksum")
                for record in self.records()
                if record.intact is False
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
        if self.light and _IMAGES in ahead.read(offset, _TAG_WITHIN):
            return record
        place, wall_time = self.others, 0.0
        try:
            layout = self._skimmer.learn(ahead.read, offset, size)
            record.step, record.tensors = layout.skim.step, layout.skim.tensors
            wall_time = layout.skim.wall_time
            place = self._interpret(reader, record, layout.skim)
            if layout.step_size:
                self._places[layout] = place
        except DecodeError as error:
            # Else each of many refused records would look through all that are like it.
            self._skimmer.forget(size)
            record.intact = matches(reader, offset, size)
            if record.intact:
                self._complain(offset, str(error))
        except DamagedRecordError:
            pass  # The record says so itself.
        if self.session is None and record.intact is not False:
            # Its session record is damaged or missing; the rest is still of use, and tells
            # when it was.
            self.session = schema.Session(self.path.name, wall_time, "unknown")
        place.append(record)
        return record

    def _add_known(self, reader: Reader) -> list[Record]:
        """Adds the records that follow as long as they are framed like earlier ones."""
        found = self._skimmer.known(reader.read, self._framing.end, reader.size)
        # Behind the others lies a further one.
        if found and not is_whole(reader, found[-1][0], found[-1][2].size):
            found.pop()
        new: list[Record] = []
        for offset, step, layout in found:
            place = self._places.get(layout)
            if place is None or offset - tfrecord.HEADER.size in self.distrusted:
                break
            self._framing.passed(offset, layout.size)
            record = Record(self, offset, layout.size, step, layout.skim.tensors)
            place.append(record)
            new.append(record)
        return new

    def _interpret(self, reader: Reader, record: Record, skim: decode.Skim) -> list[Record]:
        """Takes in what a record says; returns the list that it belongs to."""
        tensors = skim.tensors
        if schema.FILTERS_TAG in tensors:
            self._check_dump(tensors)
            return self.dumps
        if schema.PREDICTED_TAG in tensors:
            self._check_validation(tensors)
            return self.validations
        if schema.IMAGES_TAG in tensors:
            self._check_images(tensors)
            return self.images
        if not tensors.keys() & _STRUCTURE:
            return self.others
        if record.size > limits.STRUCTURE_BYTES:
            raise DecodeError(
                f"a record of {record.size} bytes that describes the run:"
                f" more than {limits.STRUCTURE_BYTES} are not read"
            )
        record.verify(reader)
        payload = reader.read(record.offset, record.size)
        if schema.SESSION_TAG in tensors:
            if self.session is not None:
                raise DecodeError("a session record that is not the first of its file")
            try:
                self.session = decode.session(_within(payload), skim)
            except DecodeError:
                self._closed = True
                raise
        elif schema.MODEL_TAG in tensors:
            model = _model(payload)
            if self.model is not None and not same_columns(model, self.model):
                raise DecodeError("a second, other model in one session")
            self.model = model
            nodes = sum(1 for _ in model.root.walk())
            self._dump_shapes = (
                (len(model.measures), model.filters),
                (len(model.statistics), nodes),
            )
        elif schema.LABELS_TAG in tensors:
            images = _validation_set(payload)
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
        if schema.KERNELS_TAG in tensors:
            layer = self.model.kernels
            shape = () if layer is None else self.model.layers[layer].weight_shape
            _check(tensors, schema.KERNELS_TAG, "f", shape)

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
        if len(blobs.shape) != 1:
            raise DecodeError(f"{schema.IMAGES_TAG!r} has shape {blobs.shape}, not one axis")
        _check(tensors, schema.IMAGE_ROWS_TAG, "i", blobs.shape)

    def _complain(self, offset: int, reason: str) -> None:
        self.problems.append(Problem(self.path.name, offset, reason))


# The runs of an experiment mostly have the same model and validation set: what is read once
# is shared.
@lru_cache(maxsize=4)
def _model(payload: bytes) -> schema.Model:
    read = _within(payload)
    return decode.model(read, decode.skim(read, 0, len(payload)))


@lru_cache(maxsize=4)
def _validation_set(payload: bytes) -> schema.ValidationSet:
    read = _within(payload)
    return decode.validation_set(read, decode.skim(read, 0, len(payload)))


def _within(payload: bytes) -> decode.Read:
    return lambda at, size: payload[at : at + size]


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


def _check(tensors: Mapping[str, Tensor], tag: str, kind: str, shape: tuple[int, ...]) -> None:
    tensor = tensors.get(tag)
    if tensor is None or tensor.dtype is None or tensor.dtype.kind != kind or tensor.shape != shape:
        raise DecodeError(f"{tag!r} is {tensor and (tensor.dtype, tensor.shape)}, not {shape}")
