"""Reading a file of the log in pieces while somebody else appends to it.

Plain positioned reads, not a memory map: as fast for slices of records, harmless when
the file is cut short meanwhile, and the same shape as ranged reads of a remote file.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

_AHEAD = 512


class ReplacedError(OSError):
    """The file under this path is no longer the one that was read before."""


@dataclass(frozen=True)
class RemotePath:
    """A directory or a file that is reached through fsspec.

    Attributes:
        url: Its address, e.g. `s3://bucket/run`.
    """

    url: str

    @property
    def name(self) -> str:
        """The last part of it."""
        return self.url.rpartition("/")[2]


AnyPath: TypeAlias = Path | RemotePath


class Reader(AbstractContextManager["Reader"], Protocol):
    """One opened file, for one thread.

    Attributes:
        identity: Differs between a file and another one that takes its place.
        size: Number of bytes when it was opened.
    """

    identity: object
    size: int

    def read(self, offset: int, size: int) -> bytes:
        """Reads `size` bytes at `offset`, fewer only at the end of the file."""
        ...

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fills `buffer` from `offset` on; returns how many bytes there were."""
        ...

    def prefetch(self, spans: Iterable[tuple[int, int]]) -> None:
        """Tells which offsets and sizes will be read soon, so that they can come together."""
        ...


class ReadAhead:
    """Reads a little more than is asked for, so that many small reads cost few.

    Args:
        reader: The file.
        ahead: Bytes that are read at least.
    """

    def __init__(self, reader: Reader, ahead: int = _AHEAD) -> None:
        self._reader = reader
        self._ahead = ahead
        self._start = 0
        self._data = b""

    def read(self, offset: int, size: int) -> bytes:
        """Reads `size` bytes at `offset`, fewer only at the end of the file."""
        begin = offset - self._start
        if begin < 0 or begin + size > len(self._data):
            self._start, self._data = offset, self._reader.read(offset, max(size, self._ahead))
            begin = 0
        return self._data[begin : begin + size]
