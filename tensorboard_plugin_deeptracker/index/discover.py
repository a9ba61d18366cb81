"""Finds the runs under TensorBoard's log directories, and names them as TensorBoard does."""

# Paths are text here, as in TensorBoard, whose names of runs keep what `Path` would drop.
# ruff: noqa: PTH111, PTH116, PTH118

from __future__ import annotations

import itertools
import logging
import os
import re
from collections.abc import Container, Iterator, Mapping
from functools import cache
from pathlib import Path

from ..events.schema import LOG_DIRECTORY, LOG_SUFFIX
from .source import AnyPath, RemotePath

_log = logging.getLogger(__name__)
_URI = re.compile(r"[a-zA-Z][0-9a-zA-Z.]*://.*")


def roots(logdir: str | None, logdir_spec: str | None) -> dict[str, str | None]:
    """Directories to look into, with the group name of their runs if they have one.

    Args:
        logdir: TensorBoard's `--logdir`: one directory.
        logdir_spec: TensorBoard's `--logdir_spec`: `name:directory` or `directory`,
            several separated by commas. Only used without `logdir`.
    """
    if logdir:
        return {os.path.expanduser(logdir): None}
    answer: dict[str, str | None] = {}
    for specification in filter(None, (logdir_spec or "").split(",")):
        name, path = None, specification
        # A drive letter and a scheme have a colon as well, but name no group.
        if (
            ":" in specification
            and not specification.startswith("/")
            and not _URI.match(specification)
            and not os.path.splitdrive(specification)[0]
        ):
            name, _, path = specification.partition(":")
        if not _URI.match(path):
            path = os.path.realpath(os.path.expanduser(path))
        answer[path] = name
    return answer


def is_address(root: str) -> bool:
    """Whether a directory is reached through fsspec."""
    return _URI.match(root) is not None


def find_runs(roots: Mapping[str, str | None]) -> dict[str, AnyPath]:
    """The directories that hold a log of ours, by TensorBoard's name of the run.

    Of several with one name, TensorBoard shows the last one under it; the others' names here end
    in the directory that they are below.
    """
    runs: dict[str, AnyPath] = {}
    below: dict[str, str] = {}
    for root, group in roots.items():
        for name, path in _remote_runs(root) if is_address(root) else _local_runs(root):
            full = _text(os.path.join(group, name) if group else name)
            if full in runs:
                runs[_unused(f"{full} ({_text(below[full])})", runs)] = runs[full]
            runs[full], below[full] = path, root
    return runs


def _text(name: str) -> str:
    """A file's name, which need not be text, for JSON, where it must be."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def _unused(name: str, used: Container[str]) -> str:
    numbers = itertools.count(2)
    own = name
    while own in used:
        own = f"{name} ({next(numbers)})"
    return own


def log_files(run: AnyPath) -> dict[AnyPath, object]:
    """The files of a run's log, each with what changes when it does; none if it is gone."""
    if isinstance(run, RemotePath):
        from . import remote

        return dict(remote.log_files(run))
    try:
        with os.scandir(run / LOG_DIRECTORY) as entries:
            found = sorted(
                (Path(entry.path), entry.stat())
                for entry in entries
                if entry.name.endswith(LOG_SUFFIX) and entry.is_file()
            )
    except OSError:
        return {}
    return {path: (stat.st_ino, stat.st_size, stat.st_mtime_ns) for path, stat in found}


def _remote_runs(root: str) -> Iterator[tuple[str, AnyPath]]:
    try:
        from . import remote

        yield from remote.find_runs(root)
    except (ImportError, OSError, ValueError) as error:
        _complain(root, str(error))


@cache
def _complain(root: str, reason: str) -> None:
    """Once, not every second."""
    _log.warning("DeepTracker cannot look for runs in %s: %s", root, reason)


def _local_runs(root: str) -> Iterator[tuple[str, AnyPath]]:
    for directory in _walk(root):
        yield os.path.relpath(directory, root), Path(directory)


def _walk(root: str) -> Iterator[str]:
    """Yields the directories with a log; follows links, as TensorBoard does, but not in circles.

    What is in the `plugins` directory of a run belongs to the run; any other of that name is a
    directory like all others.
    """
    # A stack of its own: directories may be nested deeper than functions.
    stack: list[tuple[str, tuple[tuple[int, int], ...]]] = [(root, ())]
    while stack:
        directory, above = stack.pop()
        try:
            stat = os.stat(directory)
            with os.scandir(directory) as entries:
                names = sorted(entry.name for entry in entries if entry.is_dir())
        except OSError:
            continue  # Gone meanwhile, or not ours to read.
        identity = (stat.st_dev, stat.st_ino)
        if identity in above:
            continue
        if "plugins" in names and log_files(Path(directory)):
            names.remove("plugins")
            yield directory
        below = (*above, identity)
        stack.extend((os.path.join(directory, name), below) for name in reversed(names))
