"""Logging to an address such as `s3://bucket/run`: into a local directory that a thread uploads.

Stores of objects cannot append to one, so that every upload of a file that has grown is of all of
it. The pauses between them grow with the time that they take: most of the time nothing is sent.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import re
import shutil
import tempfile
import threading
import time
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from .log import users_frame

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# What `Path` makes of an address.
_COLLAPSED = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/(?!/)")
_PART = 1 << 20
# Uploading takes at most a tenth of the time.
_REST = 9
# Seconds; a file is looked at more rarely than it is written.
_MIN_PAUSE = 1.0
# Parts of an object that is uploaded in parts.
_BLOCK = 8 << 20


def is_address(directory: str | os.PathLike[str] | None) -> bool:
    """Whether a log directory is reached through fsspec.

    Raises:
        ValueError: It was one before it was made a `Path`.
    """
    text = "" if directory is None else os.fspath(directory)
    if isinstance(directory, os.PathLike) and _COLLAPSED.match(text):
        raise ValueError(
            f"log_dir {text!r} is an address that was made a Path: pass it as text, with ://"
        )
    return _ADDRESS.match(text) is not None


def local_directory(address: str) -> str | None:
    """The directory that an address such as `file:///tmp/run` is; None if it is elsewhere.

    Raises:
        ValueError: There is no such kind of address, or what it needs is not installed.
    """
    fs, path = _file_system(address)
    return path if isinstance(fs, LocalFileSystem) else None


class Spool:
    """A local directory that is kept in step with an address, and never fails its caller.

    Attributes:
        directory: Where to write. It is removed in the end if all of it is uploaded.
        failure: Why the last upload failed, if it did.
    """

    def __init__(self, address: str, pause: float, *, stall_seconds: float = 60.0) -> None:
        """Makes an empty directory.

        Args:
            address: Where its files go.
            pause: Seconds between uploads, at least.
            stall_seconds: How long `finish` waits while nothing gets on.

        Raises:
            ValueError: There is no such kind of address, or what it needs is not installed.
        """
        self._address = address.rstrip("/")
        self._fs, top = _file_system(address)
        self._top = top.rstrip("/")
        self._pause = pause
        self._stall_seconds = stall_seconds
        self.directory = Path(tempfile.mkdtemp(prefix="deeptracker-"))
        self._pid = os.getpid()
        # By file: size and time of change of what was uploaded.
        self._uploaded: dict[Path, tuple[int, int]] = {}
        self._wanted = 0  # How often somebody asked for an upload,
        self._served = 0  # and how many of these are done.
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._progress = 0
        self._leaving = False
        self._left = False
        self._closing: list[Callable[[], None]] = []
        self.failure: str | None = None
        self._warned = False
        _all.add(self)

    def first(self, close: Callable[[], None]) -> None:
        """Has something called before the last upload, which writes what is not in a file yet."""
        self._closing.append(close)

    def soon(self) -> None:
        """Has everything uploaded as soon as the last upload is done."""
        if self._pid == os.getpid():
            self._start()
            with self._changed:
                self._wanted += 1
                self._changed.notify_all()
        self._warn()

    def check(self) -> None:
        """Uploads what there is.

        Raises:
            ValueError: That is not possible.
        """
        if self._ask() and self.failure is not None:
            failure, self._warned = self.failure, True
            self.leave()
            shutil.rmtree(self.directory, ignore_errors=True)
            raise ValueError(
                f"cannot log to {self._address}: {failure}. Log to an address that this"
                " process may write to, or to a local directory"
            )
        self._warn()

    def finish(self) -> bool:
        """Waits until everything is uploaded, as long as that gets on; says whether it is."""
        done = self._ask() and self.failure is None
        self._warn()
        return done

    def leave(self) -> None:
        """Has what is left uploaded and then the directory removed, unless something is only there.

        Does not wait: a garbage collector may call this from any thread.
        """
        if self._pid == os.getpid():
            with self._changed:
                self._leaving = True
                self._changed.notify_all()
            self._start()

    def remove(self) -> None:
        """Leaves, and waits for it as long as it gets on."""
        if self._pid == os.getpid():
            self.leave()
            self._wait(lambda: self._left)
            self._warn()

    def _ask(self) -> bool:
        """Asks for an upload and waits until it is done; says whether it is."""
        if self._pid != os.getpid():
            return False
        self._start()
        with self._changed:
            self._wanted += 1
            self._changed.notify_all()
            wanted = self._wanted
        return self._wait(lambda: self._left or self._served >= wanted)

    def _wait(self, done: Callable[[], bool]) -> bool:
        progress = -1
        with self._changed:
            while not done() and self._progress != progress:
                progress = self._progress
                self._changed.wait_for(done, self._stall_seconds)
            if done():
                return True
        self.failure = self.failure or f"no answer for {self._stall_seconds:.0f} seconds"
        return False

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="deeptracker-upload", daemon=True
            )
            try:
                self._thread.start()
            except RuntimeError as error:  # The interpreter is shutting down.
                self._thread = None
                self.failure = str(error)

    def _warn(self) -> None:
        if self.failure is None or self._warned:
            return
        self._warned = True
        warnings.warn(
            f"DeepTracker could not upload to {self._address}: {self.failure}. The training goes"
            f" on, uploading is tried again, and everything is in {self.directory} until it is"
            " uploaded.",
            RuntimeWarning,
            stacklevel=users_frame(),
        )

    def _run(self) -> None:
        took = 0.0
        while not self._left:
            with self._changed:
                pause = max(_MIN_PAUSE, self._pause, _REST * took)
                self._changed.wait_for(lambda: self._leaving or self._served < self._wanted, pause)
                wanted, leaving = self._wanted, self._leaving
            begin = time.monotonic()
            try:
                if leaving:
                    self._close()
                self._upload()
                self.failure = None
            except Exception as error:  # Each file system has its own.
                self.failure = f"{type(error).__name__}: {error}"
            took = time.monotonic() - begin
            if leaving and self.failure is None:
                shutil.rmtree(self.directory, ignore_errors=True)
            with self._changed:
                self._served, self._left = wanted, leaving
                self._changed.notify_all()
        with contextlib.suppress(RuntimeWarning):  # Where warnings are errors.
            self._warn()

    def _close(self) -> None:
        """Writes what is not in a file yet."""
        for close in self._closing:
            with contextlib.suppress(Exception):  # A file that cannot be written costs no other.
                close()

    def _upload(self) -> None:
        """Uploads what has changed; if some of it cannot be, tries the rest all the same."""
        failure = None
        for path in sorted(path for path in self.directory.rglob("*") if path.is_file()):
            stat = path.stat()
            version = stat.st_size, stat.st_mtime_ns
            if self._uploaded.get(path) != version:
                try:
                    self._put(path, stat.st_size)
                    self._uploaded[path] = version
                except Exception as error:
                    failure = failure or error
        if failure is not None:
            raise failure

    def _put(self, path: Path, size: int) -> None:
        target = f"{self._top}/{path.relative_to(self.directory).as_posix()}"

        def open_target() -> Any:
            return self._fs.open(target, "wb", block_size=_BLOCK)

        with path.open("rb") as source, _with_parents(self._fs, target, open_target) as out:
            while size > 0 and (part := source.read(min(size, _PART))):
                out.write(part)
                size -= len(part)
                self._progress += 1
        self._progress += 1


_all: weakref.WeakSet[Spool] = weakref.WeakSet()


def _remove_all() -> None:
    for spool in list(_all):
        spool.remove()


# At the exit of the interpreter, while asyncio, by which many stores are reached, still works: its
# executors end before what `atexit` calls. What is registered last is called first.
importlib.import_module("concurrent.futures.thread")
vars(threading).get("_register_atexit", atexit.register)(_remove_all)


def _with_parents(fs: Any, target: str, open_target: Callable[[], Any]) -> Any:
    """Opens a file; makes its directory where a file system has such."""
    try:
        return open_target()
    except FileNotFoundError:
        fs.makedirs(target.rpartition("/")[0], exist_ok=True)
        return open_target()


def _file_system(address: str) -> tuple[Any, str]:
    try:
        fs, path = fsspec.url_to_fs(address)
    except Exception as error:
        raise ValueError(
            f"cannot log to {address}: {error}. Log to a local directory, or to an address that"
            " fsspec can open: s3:// needs s3fs, gs:// needs gcsfs"
        ) from error
    return fs, path
