"""What the tests of the worker have it call."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def until(path: Path) -> int:
    """Waits for a file; the process that this ran in."""
    path.with_suffix(f".{os.getpid()}").touch()
    while not path.exists():
        time.sleep(0.01)
    return os.getpid()


def busy(path: Path) -> int:
    """Likewise, without a rest."""
    path.with_suffix(f".{os.getpid()}").touch()
    while not path.exists():
        pass
    return os.getpid()


def talkative(text: str) -> str:
    """Prints."""
    print(text)
    sys.stdout.flush()
    return text


def unsendable() -> object:
    """Something that cannot be pickled."""
    return lambda: None
