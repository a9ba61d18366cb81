"""What the server's side does to the file system, as Python's own audit tells."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Beside opening files: all that changes something, or reaches out of the process.
_ACTS = ("os.", "shutil.", "tempfile.", "subprocess.", "socket.", "urllib.", "ctypes.")
_LOOKS = {"os.scandir", "os.listdir", "os.walk", "os.fwalk"}
_THREADS = {"deeptracker-scanner", "deeptracker-answers"}

_local = threading.local()


class Watch:
    """What was done while the server served, and by its own threads.

    Attributes:
        read: Files and directories that were opened for reading.
        other: All else.
        open: Whether it goes on.
    """

    def __init__(self) -> None:
        self.open = True
        self.read: set[Path] = set()
        self.other: list[str] = []

    def note(self, event: str, args: tuple[Any, ...]) -> None:
        """Takes in an event."""
        if event == "open":
            path, mode, flags = args
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
            if writes or set(mode or "") & set("wax+"):
                self.other.append(f"{event}{args}")
            elif not isinstance(path, int):
                self.read.add(Path(os.fsdecode(path)).absolute())
        elif event in _LOOKS:
            self.read.add(Path(os.fsdecode(args[0])).absolute())
        elif event.startswith(_ACTS):
            self.other.append(f"{event}{args}")

    def outside(self, *directories: Path) -> set[Path]:
        """What was read neither below these directories nor as Python's code."""
        return {
            path
            for path in self.read
            if path.suffix not in {".py", ".pyc", ".so"}
            and not any(path.is_relative_to(directory) for directory in directories)
        }


@contextmanager
def watching() -> Iterator[Watch]:
    """Watches until the end."""
    watch = Watch()

    def hear(event: str, args: tuple[Any, ...]) -> None:
        ours = getattr(_local, "serving", False)
        if watch.open and (ours or threading.current_thread().name in _THREADS):
            watch.note(event, args)

    sys.addaudithook(hear)  # It cannot be taken away again.
    try:
        yield watch
    finally:
        watch.open = False


@contextmanager
def serving() -> Iterator[None]:
    """What this thread does until the end is the server's doing."""
    _local.serving = True
    try:
        yield
    finally:
        _local.serving = False
