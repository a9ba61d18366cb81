"""Modules run as by `python -m`, but in processes forked from one that has imported what is large.

A test run starts some fifty TensorBoards, and each would take a second to import the same.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


class Server:
    """Has imported some modules, and is forked.

    Args:
        *modules: These.
    """

    def __init__(self, *modules: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def run(
        self, module: str, arguments: Sequence[str], output: Path, environment: Mapping[str, str]
    ) -> Forked:
        """Runs a module, with what it prints in a file, where this process runs."""
        job = {
            "module": module,
            "arguments": list(arguments),
            "output": str(output),
            "environment": dict(environment),
            "directory": str(Path.cwd()),
        }
        return Forked(self, self.ask(job))

    def ask(self, question: Mapping[str, Any]) -> Any:
        """What it answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(question), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Ends it; what it has started goes on."""
        self._process.communicate()


@lru_cache
def server(*modules: str) -> Server:
    """One that has imported these; it ends with this process."""
    started = Server(*modules)
    atexit.register(started.close)
    return started


class Forked:
    """A process; of `subprocess.Popen` what tests need."""

    def __init__(self, server: Server, pid: int) -> None:
        self.pid = pid
        self._server = server
        self._status: int | None = None

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        if self._status is None:
            self._status = self._server.ask({"poll": self.pid})
        return self._status

    def terminate(self) -> None:
        """Asks it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it."""
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def main() -> None:
    for module in sys.argv[1:]:
        import_module(module)
    for line in sys.stdin:
        job = json.loads(line)
        if "poll" in job:
            pid, status = os.waitpid(job["poll"], os.WNOHANG)
            print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), flush=True)
            continue
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        # From here on it is a process of its own, which ends as others do.
        for target, name in enumerate((os.devnull, job["output"], job["output"])):
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND), target)
        os.chdir(job["directory"])
        os.environ.clear()
        os.environ.update(job["environment"])
        sys.argv = [job["module"], *job["arguments"]]
        runpy.run_module(job["module"], run_name="__main__", alter_sys=True)
        return


if __name__ == "__main__":
    main()
