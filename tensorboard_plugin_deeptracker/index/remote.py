"""Logs that are reached through fsspec: listed, and read in ranges through a bounded cache."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import fsspec

from ..events.schema import LOG_DIRECTORY, LOG_SUFFIX
from .source import AnyPath, RemotePath

_HEAD = 256


def find_runs(root: str) -> Iterator[tuple[str, AnyPath]]:
    """Names and directories of the runs below an address."""
    fs, top = _file_system(root)
    with _os_errors():
        paths = fs.find(top)
    found = set()
    for path in paths:
        inside = f"/{path.removeprefix(top).strip('/')}"
        directory, there, name = inside.rpartition(f"/{LOG_DIRECTORY}/")
        if there and name.endswith(LOG_SUFFIX) and "/" not in name:
            found.add(directory)
    runs = {}
    for directory in found:
        # As in local directories, what is in the `plugins` directory of a run is no run.
        parts = directory.split("/")
        above = ("/".join(parts[:i]) for i, part in enumerate(parts) if part == "plugins")
        if not any(each in found for each in above):
            name = directory.strip("/") or "."
            runs[name] = RemotePath(root.rstrip("/") + ("" if name == "." else f"/{name}"))
    yield from sorted(runs.items())


def log_files(run: RemotePath) -> Iterator[tuple[AnyPath, object]]:
    """The files of a run's log, each with what changes when it does."""
    yield from files(f"{run.url}/{LOG_DIRECTORY}", lambda name: name.endswith(LOG_SUFFIX))


def files(url: str, ours: Callable[[str], bool]) -> Iterator[tuple[AnyPath, object]]:
    """Some of a directory's files by name, each with what changes when it does."""
    fs, top = _file_system(url)
    try:
        with _os_errors():
            entries = fs.ls(top, detail=True)
    except FileNotFoundError:
        return
    for entry in sorted(entries, key=lambda entry: str(entry["name"])):
        name = entry["name"].rpartition("/")[2]
        if ours(name) and entry["type"] == "file":
            yield RemotePath(f"{url}/{name}"), _version(entry)


class BlockCache:
    """The blocks that were used last, of all files.

    Args:
        block: Bytes of a block: what is asked of a store at least.
        capacity: Bytes to be kept; what was used longest ago is dropped first.

    Attributes:
        block: Bytes of a block.
    """

    def __init__(self, block: int = 64 << 10, capacity: int = 64 << 20) -> None:
        self.block = block
        self._capacity = capacity
        self._lock = threading.Lock()
        self._blocks: OrderedDict[object, bytes] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        return self._size

    def get(self, key: object) -> bytes | None:
        """A block; None if it is not there."""
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
            return self._blocks.get(key)

    def put(self, key: object, block: bytes) -> None:
        """Keeps a block."""
        with self._lock:
            self._size += len(block) - len(self._blocks.pop(key, b""))
            self._blocks[key] = block
            while self._size > self._capacity:
                _, dropped = self._blocks.popitem(last=False)
                self._size -= len(dropped)

    def numbers(self, offset: int, size: int) -> range:
        """The blocks of a file that hold any of these bytes."""
        return range(offset // self.block, -(-(offset + size) // self.block))


_CACHE = BlockCache()


class RemoteReader:
    """A file that is read in ranges; see `Reader`.

    Args:
        path: The file.
        cache: Where blocks of it are kept, for all who read it.
    """

    def __init__(self, path: RemotePath, cache: BlockCache = _CACHE) -> None:
        self._cache = cache
        self._fs, self._path = _file_system(path.url)
        with _os_errors():
            info = self._fs.info(self._path)
        self.size: int = info["size"]
        self.identity: object = path, _generations.of(path, _version(info), self._head, self.size)
        # The last block if it is not whole: the file may grow, so that no other reader may use it.
        self._tail: bytes | None = None

    def read(self, offset: int, size: int) -> bytes:
        """See `Reader`."""
        size = max(0, min(size, self.size - offset))
        if not size:
            return b""
        numbers = self._cache.numbers(offset, size)
        begin = offset - numbers.start * self._cache.block
        return b"".join(self._fetch(numbers))[begin : begin + size]

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """See `Reader`."""
        data = self.read(offset, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def prefetch(self, spans: Iterable[tuple[int, int]]) -> None:
        """See `Reader`."""
        wanted = {block for offset, size in spans for block in self._cache.numbers(offset, size)}
        self._fetch(sorted(block for block in wanted if block * self._cache.block < self.size))

    def __enter__(self) -> RemoteReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """See `Reader`; nothing was opened."""

    def _head(self) -> bytes:
        with _os_errors():
            return bytes(self._fs.cat_file(self._path, start=0, end=min(_HEAD, self.size)))

    def _fetch(self, numbers: Iterable[int]) -> list[bytes]:
        """The blocks of these numbers; those that are missing are asked for together."""
        width = self._cache.block
        found = {number: self._cached(number) for number in numbers}
        ranges: list[range] = []
        for number in [number for number, block in found.items() if block is None]:
            if ranges and ranges[-1].stop == number:
                ranges[-1] = range(ranges[-1].start, number + 1)
            else:
                ranges.append(range(number, number + 1))
        if ranges:
            starts = [blocks.start * width for blocks in ranges]
            ends = [min(blocks.stop * width, self.size) for blocks in ranges]
            paths = [self._path] * len(ranges)
            with _os_errors():
                pieces = self._fs.cat_ranges(paths, starts, ends, on_error="raise")
            for blocks, piece in zip(ranges, pieces, strict=True):
                for i, number in enumerate(blocks):
                    block = found[number] = bytes(piece[i * width : (i + 1) * width])
                    if len(block) == width:
                        self._cache.put((self.identity, number), block)
                    else:
                        self._tail = block
        return [block for block in found.values() if block is not None]

    def _cached(self, number: int) -> bytes | None:
        is_tail = number == self.size // self._cache.block
        return self._tail if is_tail else self._cache.get((self.identity, number))


class _Generations:
    """Tells a file that has grown, whose blocks still hold, from one that took its place."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[RemotePath, tuple[int, object, bytes, int]] = {}

    def of(self, path: RemotePath, version: object, head: Callable[[], bytes], size: int) -> int:
        """A number that changes when another file takes the place of this one.

        Args:
            path: The file.
            version: What changes with every change of it.
            head: Reads its first bytes.
            size: Its present size.
        """
        with self._lock:
            known = self._known.get(path)
        if known is not None and known[1] == version:
            return known[0]
        now = head()
        with self._lock:
            generation, _, before, length = self._known.get(path, (0, None, b"", 0))
            if not now.startswith(before) or size < length:
                generation += 1
            self._known[path] = generation, version, now, size
        return generation


_generations = _Generations()


@contextmanager
def _os_errors() -> Iterator[None]:
    """What a file system raises that is no OSError, as one; each has its own."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(str(error)) from error


def _file_system(url: str) -> tuple[Any, str]:
    """The file system of an address, which never answers from lists that it has kept."""
    fs, path = fsspec.url_to_fs(url, use_listings_cache=False)
    return fs, path


def _version(info: Mapping[str, Any]) -> object:
    keys = (
        "size",
        "ETag",
        "etag",
        "generation",
        "LastModified",
        "last_modified",
        "mtime",
        "created",
    )
    return tuple(str(info.get(key)) for key in keys)
