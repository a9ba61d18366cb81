"""The session's file, appended to by a thread beside the training."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path

from ..events import tfrecord

# Records waiting to be encoded; more make the training wait. A dump in waiting holds the
# samples of its weights, so this bounds memory.
_WAITING = 4


@dataclass(frozen=True)
class _After:
    """What is no record, and is called when those before it are written."""

    call: Callable[[], object]


class Log:
    """A log file that is written in the background and never fails its caller.

    The file and its directory are made with the first record. If anything about writing
    fails, one warning says so, at the next call; from then on records are dropped, and
    those written before stay readable.

    A process forked from the one that made the log has no part in it: there, all calls
    do nothing.
    """

    def __init__(self, path: Path, *, muted: bool = False, stall_seconds: float = 60.0) -> None:
        """Makes a log.

        Args:
            path: The file; it must not exist yet.
            muted: Take no part in it, as a forked process: another process logs.
            stall_seconds: A file system that takes no record for so long is given up.
        """
        self.path = path
        self._muted = muted
        self._stall_seconds = stall_seconds
        self._pid = os.getpid()
        self._file: FileIO | None = None
        self._created = False
        # Unbounded and safe to put to from a finalizer; `_room` is what bounds it.
        self._jobs: queue.SimpleQueue[Callable[[], bytes] | threading.Event | _After | None]
        self._jobs = queue.SimpleQueue()
        self._room = threading.Semaphore(_WAITING)
        self._thread: threading.Thread | None = None
        self._added = 0
        self._written = 0
        self._failure: str | None = None
        self._warned = False

    @property
    def failed(self) -> bool:
        """Whether it gave up after a failure, of which the next call warns."""
        return self._failure is not None

    @property
    def dead(self) -> bool:
        """Whether records are dropped: after a failure, if muted, and in forked processes."""
        return self.failed or self._muted or self._pid != os.getpid()

    @property
    def waiting(self) -> int:
        """Records that are not written yet."""
        return self._added - self._written

    def has_room(self, seconds: float) -> bool:
        """Whether another record can be added without waiting.

        Args:
            seconds: How long to wait until it can.
        """
        if self.dead or self._thread is None:
            return True
        found = self._room.acquire(timeout=seconds)
        if found:
            self._room.release()
        return found

    def add(self, record: Callable[[], bytes]) -> None:
        """Appends what `record` returns; it is called in the background.

        Blocks while too many records wait.
        """
        if not self.dead:
            self._start()
            if self._room.acquire(timeout=self._stall_seconds):
                self._added += 1
                self._jobs.put(record)
            else:
                self._stall()
        self._warn()

    def after(self, call: Callable[[], object]) -> None:
        """Calls something in the background, when the records before it are written.

        Args:
            call: It must raise nothing.
        """
        if not self.dead and self._thread is not None:
            self._jobs.put(_After(call))

    def flush(self) -> None:
        """Waits until all records are written."""
        if not self.dead and self._thread is not None:
            done = threading.Event()
            self._jobs.put(done)
            self._await(done.wait)
        self._warn()

    def close(self) -> None:
        """Writes what waits and closes the file; the next record opens it again."""
        thread = self._thread
        if self._pid == os.getpid() and thread is not None:
            self._thread = None
            self._jobs.put(None)
            # A garbage collector may call this from the thread itself.
            if thread is not threading.current_thread():
                self._await(partial(_join, thread))
        self._warn()

    def _start(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="deeptracker-log", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # The interpreter is shutting down.
                self.fail(error)
            else:
                self._thread = thread

    def _await(self, done: Callable[[float], object]) -> None:
        """Waits for the thread as long as it gets on."""
        written = -1
        while written != self._written and not self.failed:
            written = self._written
            if done(self._stall_seconds):
                return
        if not self.failed:
            self._stall()

    def fail(self, error: Exception) -> None:
        """Gives up: the next call says why, and everything is dropped."""
        self._failure = self._failure or f"{type(error).__name__}: {error}"

    def _stall(self) -> None:
        waited = f"{self._stall_seconds:.0f} seconds"
        self.fail(TimeoutError(f"no record could be written for {waited}"))

    def _warn(self) -> None:
        if not self.failed or self._warned:
            return
        self._warned = True
        warnings.warn(
            f"DeepTracker stopped logging to {self.path}: {self._failure}. The training goes on,"
            " and what was logged so far stays readable.",
            RuntimeWarning,
            stacklevel=users_frame(),
        )

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if isinstance(job, threading.Event):
                job.set()
                continue
            if isinstance(job, _After):
                job.call()
                continue
            try:
                if not self.failed:
                    self._append(tfrecord.frame(job()))
            except Exception as error:
                self.fail(error)
            finally:
                self._written += 1
                self._room.release()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, record: bytes) -> None:
        if self._file is None:
            if self._created:
                self._file = self.path.open("r+b", buffering=0)
            else:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("xb", buffering=0)
                self._created = True
        end = self._file.seek(0, os.SEEK_END)
        rest = memoryview(record)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            # A reader would take half a record for one that is still being written.
            with contextlib.suppress(OSError):
                self._file.truncate(end)
            raise
        if os.fstat(self._file.fileno()).st_nlink == 0:
            raise FileNotFoundError("the file was deleted")


def _join(thread: threading.Thread, seconds: float) -> bool:
    thread.join(seconds)
    return not thread.is_alive()


def users_frame() -> int:
    """The `stacklevel` at which a warning is about the user's code, seen from our caller."""
    frame, level = sys._getframe(1), 1
    ours = ("tensorboard_plugin_deeptracker.", "torch.utils.tensorboard.")
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(ours):
        frame, level = frame.f_back, level + 1
    return level
