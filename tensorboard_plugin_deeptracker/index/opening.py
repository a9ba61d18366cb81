"""Opens the files of a log, wherever they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from .source import AnyPath, Reader, RemotePath

Opener: TypeAlias = Callable[[AnyPath], Reader]


def open_reader(path: AnyPath) -> Reader:
    """Opens a file.

    Raises:
        OSError: It cannot be opened.
    """
    if isinstance(path, RemotePath):
        from .remote import RemoteReader

        return RemoteReader(path)
    return LocalReader(path)


class LocalReader:
    """A file on a mounted file system."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        descriptor = self._file.fileno()
        # Called hundreds of thousands of times when many logs are opened.
        self._read = (
            self._seek_and_read if sys.platform == "win32" else partial(os.pread, descriptor)
        )
        stat = os.fstat(descriptor)
        self.identity: object = (stat.st_dev, stat.st_ino)
        self.size = stat.st_size

    def read(self, offset: int, size: int) -> bytes:
        """See `Reader`."""
        if offset + size > self.size:
            # Never ask for more than there is: a damaged length must not reserve memory.
            size = max(0, self.size - offset)
        data = self._read(size, offset)
        while len(data) < size and (more := self._read(size - len(data), offset + len(data))):
            data += more
        return data

    def read_spans(self, spans: Iterable[tuple[int, int]]) -> bytes:
        """Bytes of many offsets and sizes, one behind the other; fewer where the file ends."""
        return b"".join([self._read(size, offset) for offset, size in spans])

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """See `Reader`."""
        self._file.seek(offset)
        filled = self._file.readinto(buffer)
        while filled < len(buffer) and (more := self._file.readinto(buffer[filled:])):
            filled += more
        return filled

    def prefetch(self, spans: Iterable[tuple[int, int]]) -> None:
        """See `Reader`; the operating system does it."""

    def _seek_and_read(self, size: int, offset: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)

    def __enter__(self) -> LocalReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
