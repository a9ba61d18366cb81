"""Which runs there are below a directory or an address."""

from __future__ import annotations

from pathlib import Path

from .. import features
from ..index import discover
from ..index.run import Counts, Run
from ..index.source import AnyPath
from .errors import LogError


def find_runs(logdir: str) -> dict[str, AnyPath]:
    """The runs below a directory or an address of fsspec's, by TensorBoard's name of each.

    Raises:
        LogError: There is no such directory, or it cannot be listed.
    """
    if discover.is_address(logdir):
        from ..index import remote

        try:
            return dict(remote.find_runs(logdir))
        except (ImportError, OSError, ValueError) as error:
            raise LogError(f"{logdir}: {error}") from error
    directory = Path(logdir).expanduser()
    if not directory.is_dir():
        what = "is a file, not a directory" if directory.exists() else "there is no such directory"
        raise LogError(f"{logdir}: {what}")
    return discover.find_runs({str(directory): None})


def count_runs(logdir: str) -> list[Counts]:
    """How much there is in every run below a directory or an address, by name.

    Raises:
        LogError: There is no such directory, or it cannot be listed.
    """
    counts = []
    for name, path in sorted(find_runs(logdir).items()):
        run = Run(name, path, features.kinds(), light=True)
        run.refresh()
        counts.append(run.counts)
    return counts
