"""Examples of the documents, run as a user runs them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..forks import server


def run_example(
    directory: Path, code: str, start: Sequence[str | Path] = (), **variables: str
) -> None:
    """Runs a script in a directory, and says what it printed if it fails.

    Args:
        directory: Where it is written to, and runs.
        code: The script.
        start: The command that starts it, without its name; empty: it is forked from a process
            that has imported what it imports.
        **variables: Of the environment.
    """
    (directory / "example.py").write_text(code)
    env = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    if start:
        command = [*start, "example.py"]
        done = subprocess.run(command, cwd=directory, env=env, capture_output=True, text=True)
    else:
        done = server("tests").run(["example.py"], cwd=directory, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
