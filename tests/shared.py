"""What is costly to make and then only read is made once, for all processes of a test run."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest


def common(factory: pytest.TempPathFactory) -> Path:
    """The directory of all processes of a test run."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """While this lasts, other processes wait to lock the same file."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A directory that the first who needs it makes, while others who need it wait.

    Args:
        factory: Knows the directory of this test run.
        name: Tells it from others.
        make: Fills it; it exists already.
    """
    base = common(factory)
    directory = base / name
    with locked(base / f"{name}.lock"):
        if not directory.exists():
            # Half of it is nothing: another who needs it tries again.
            whole = Path(mkdtemp(dir=base))
            make(whole)
            whole.rename(directory)
    return directory
