"""Runs trainings in processes of their own, which begin and end as real ones do.

Importing torch takes seconds, so one process imports it and is forked for each training.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Ended:
    """How a training ended: its exit status (negative for a signal) and what it said."""

    status: int
    stderr: str


class Trainings:
    """Starts trainings; a context manager."""

    def __enter__(self) -> Trainings:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "default", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def run(self, code: str, directory: Path) -> Ended:
        """Runs code that knows `model` and the `directory` to log to."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        directory.mkdir(exist_ok=True)
        stderr = directory / "stderr.txt"
        job = {"code": textwrap.dedent(code), "directory": str(directory), "stderr": str(stderr)}
        print(json.dumps(job), file=self._process.stdin, flush=True)
        status = json.loads(self._process.stdout.readline())
        return Ended(status, stderr.read_text())


def main() -> None:
    import torch

    import tensorboard_plugin_deeptracker
    import tensorboard_plugin_deeptracker.writer

    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        # From here on it is a script of its own: it runs, and the interpreter shuts down.
        os.dup2(os.open(job["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        names = {
            "__name__": "__main__",
            "directory": job["directory"],
            "torch": torch,
            "SummaryWriter": tensorboard_plugin_deeptracker.SummaryWriter,
            "model": torch.nn.Linear(2, 3),
        }
        exec(compile(job["code"], "<training>", "exec"), names)
        # What a script's names are when it ends: still there.
        globals().update(kept=names)
        return


if __name__ == "__main__":
    main()
