"""Finds the records in a file that grows and may be damaged; see docs/log_format.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ..events import tfrecord
from .source import ReadAhead, Reader

_SEARCH_CHUNK = 4 << 20
# Of an `Event`, the first field is the wall time, the second the step or the summary;
# before it lie the checksum and, of a sane length, three zero bytes.
_PLAUSIBLE = re.compile(rb"(?<=\0\0\0.{4})\x09(?=.{8}[\x10\x2a])", re.DOTALL)
_BEHIND_PLAUSIBLE = 10
# So that a record of any size costs little memory.
_COMPARED_AT_ONCE = 16 << 20
# A search ends when it has compared so many times the bytes that it is about: lengths may lie.
_PATIENCE = 16


def matches(
    reader: Reader,
    offset: int,
    size: int,
    at_once: int = _COMPARED_AT_ONCE,
    known: tuple[int, NDArray[np.uint8]] | None = None,
) -> bool:
    """Whether the payload at `offset` is there and matches the checksum behind it.

    Args:
        reader: The file.
        offset: Position of the payload.
        size: Bytes of the payload.
        at_once: Bytes that are read together.
        known: A position in the payload, and what was read there.
    """

    def pieces(first: int, last: int) -> Iterator[bytes]:
        for at in range(first, last, at_once):
            yield reader.read(offset + at, min(at_once, last - at))

    at, data = known or (size, np.empty(0, np.uint8))
    crc = tfrecord.masked_crc_of(chain(pieces(0, at), [data], pieces(at + len(data), size)))
    footer = reader.read(offset + size, tfrecord.FOOTER.size)
    return len(footer) == tfrecord.FOOTER.size and tfrecord.FOOTER.unpack(footer)[0] == crc


def is_whole(reader: Reader, offset: int, size: int) -> bool:
    """Whether all bytes of the payload at `offset` are there.

    A network file system may show zeros where the file has just grown. So the last record
    counts as whole only when it matches its checksum; it is read again soon.
    """
    end = offset + size + tfrecord.FOOTER.size
    return end < reader.size or (end == reader.size and matches(reader, offset, size))


class Framing:
    """Where the records of a file are.

    Args:
        distrusted: Positions of records that are searched for others instead of passed.

    Attributes:
        end: Position behind the last record.
        gaps: Offsets and sizes of what lies between records and is none.
    """

    def __init__(self, distrusted: frozenset[int] = frozenset()) -> None:
        self.distrusted = distrusted
        self.end = 0
        self.gaps: list[tuple[int, int]] = []
        self._last: tuple[int, int] | None = None

    def records(
        self, reader: Reader, ahead: ReadAhead, *, growing: bool
    ) -> Iterator[tuple[int, int]]:
        """Yields offset and size of the payloads of further records, but those `passed`.

        Payloads are not read, but where a length is damaged: then reading goes on at the
        next position where a whole record with valid checksums lies.

        Args:
            reader: The file.
            ahead: What reads small pieces of it.
            growing: Whether a record that is cut off is being written; if not,
                what it hides is searched too.
        """
        while True:
            header = ahead.read(self.end, tfrecord.HEADER.size)
            if len(header) < tfrecord.HEADER.size:
                return
            start = self.end + tfrecord.HEADER.size
            length = tfrecord.payload_length(header) if self.end not in self.distrusted else None
            if length is not None and is_whole(reader, start, length):
                self.passed(start, length)
                yield start, length
                continue
            if length is not None and growing:
                return
            found = self._next(reader)
            if found is None:
                return  # Also what a file system may show of a record that is being written.
            if found > self.end:
                self.gaps.append((self.end, found - self.end))
            self.end = found

    def passed(self, offset: int, size: int) -> None:
        """Takes note of a record: reading goes on behind it."""
        self._last = offset, size
        self.end = offset + size + tfrecord.FOOTER.size

    def _next(self, reader: Reader) -> int | None:
        """Position of the next record with valid checksums."""
        at = self.end
        if self._last is not None and not matches(reader, *self._last):
            # If the last record lacks some bytes, the next one begins before its end.
            at = self._last[0]
        return search(reader, at, reader.size)


def search(
    reader: Reader,
    start: int,
    end: int,
    chunk: int = _SEARCH_CHUNK,
    at_once: int = _COMPARED_AT_ONCE,
) -> int | None:
    """Position in [start, end) of the first record with valid checksums.

    Args:
        reader: The file.
        start: Where to begin.
        end: Where to give up.
        chunk: Bytes that are looked through together.
        at_once: See `matches`.
    """
    patience = _PATIENCE * (reader.size - start) + chunk
    for at in range(start, end, chunk):
        part = reader.read(at, chunk + tfrecord.HEADER.size + _BEHIND_PLAUSIBLE)
        for match in _PLAUSIBLE.finditer(part):
            begin = match.start() - tfrecord.HEADER.size
            if begin < 0 or at + begin >= end:
                continue
            length = tfrecord.payload_length(part[begin : match.start()])
            if length is None or at + match.start() + length > reader.size:
                continue
            patience -= length
            if patience < 0:
                return None
            if matches(reader, at + match.start(), length, at_once):
                return at + begin
    return None
