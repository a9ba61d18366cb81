"""Parquet files, read by a library that may end its process over a damaged one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import TableError

# Characters of what a library says of a file: some of them print the file.
_SHOWN = 200
# It has the same modules, wherever these come from.
_TRIAL = (
    "import json, sys; path, sys.path[:] = json.loads(sys.argv[1]);"
    " from arro3.io import read_parquet; read_parquet(path).read_all()"
)
# How Python ends a program that has raised something.
_RAISED = 1


def read_parquet(path: Path) -> dict[str, list[Any]]:
    """The columns of a Parquet file by their names.

    It is read twice, first by a process of its own: what is no exception ends only that.

    Args:
        path: The file.

    Raises:
        TableError: It is damaged, or none.
        OSError: It cannot be read.
        ImportError: What reads it is not installed.
    """
    try:
        from arro3.io import read_parquet as read
    except ModuleNotFoundError as error:
        raise ImportError(
            'Parquet needs arro3: pip install "tensorboard-plugin-deeptracker[arrow]"'
        ) from error
    with path.open("rb"):  # In the words of the system, if it is not there.
        pass
    trial = [sys.executable, "-c", _TRIAL, json.dumps([str(path), sys.path])]
    code = subprocess.run(trial, capture_output=True, check=False).returncode  # noqa: S603  # Our own.
    if code not in (0, _RAISED):
        how = f"signal {-code}" if code < 0 else f"code {code}"
        raise TableError(
            f"{path} cannot be read: it is damaged, or larger than the memory; what reads Parquet"
            f" ended over it with {how}"
        )
    try:
        table = read(str(path)).read_all()
    except (OSError, KeyboardInterrupt, SystemExit):
        raise
    # What it panics of is no `Exception`.
    except BaseException as error:
        raise TableError(f"{path} cannot be read: {str(error)[:_SHOWN]}") from error
    columns: dict[str, Any] = {name: table[name].to_pylist() for name in table.column_names}
    return columns
