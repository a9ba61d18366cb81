"""Files and directories that nobody sees half of."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file, in place of an earlier one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_directory(directory: Path) -> Iterator[Path]:
    """A directory to be filled, which is then put in the place of an earlier one.

    If the block raises, or the new one cannot be put there, the earlier one stays.
    """
    # Of a link, what it leads to; and "." has a name.
    directory = Path(os.path.realpath(directory))
    beside = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    away = beside.with_name(f"{beside.name}.old")
    try:
        beside.chmod(0o755)
        yield beside
        if directory.exists():
            directory.rename(away)
        beside.rename(directory)
    except BaseException:
        if away.exists() and not directory.exists():
            away.rename(directory)
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if directory.exists():
            shutil.rmtree(away, ignore_errors=True)
