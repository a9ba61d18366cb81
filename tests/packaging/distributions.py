"""Building the wheel and the sdist that a release would have."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    ).stdout


def build(kind: str, source: Path, output: Path, **environment: str) -> Path:
    """Builds with what is in this environment, so that it needs no network."""
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir"]
    run(*command, output, source, cwd=output.parent, **environment)
    (built,) = output.iterdir()
    return built
