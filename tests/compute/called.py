"""What the tests of the worker have it call."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, FILTERS_TAG
from tensorboard_plugin_deeptracker.index.reading import columns
from tensorboard_plugin_deeptracker.index.run import Snapshot


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


def end(code: int) -> None:
    """Ends the process that this runs in."""
    os._exit(code)


def unsendable() -> object:
    """Something that cannot be pickled."""
    return lambda: None


def process(snapshot: Snapshot) -> int:
    """The process that this ran in, where it has read all dumps."""
    steps(snapshot)
    return os.getpid()


def steps(snapshot: Snapshot) -> list[int]:
    """The iterations of all dumps, which it reads."""
    records = snapshot.of(DUMPS)
    columns(records, FILTERS_TAG, 0, 1)
    return [record.step for record in records]
