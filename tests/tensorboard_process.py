"""A real TensorBoard in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.forks import Forked, server
from tests.shared import locked
from tests.waiting import until

_MODULE = "tensorboard.main"
_ADDRESS = "--host=127.0.0.1", "--port=0"
_STARTED = re.compile(r"^TensorBoard \S+ at (http://\S+)", re.MULTILINE)
# A failure within a request, and what TensorBoard's own check of every response finds.
_COMPLAINT = re.compile(r"^Traceback|security_validator", re.MULTILINE)
# What it says after this is said by threads whose sockets have been closed under them.
_ENDS = "TensorBoard caught SIGTERM"


class TensorBoard:
    """A running TensorBoard.

    Attributes:
        url: Its address, with the path prefix and a slash at the end.
        output: The file that gets what it prints.
        pid: Of its process.
    """

    def __init__(self, url: str, output: Path, pid: int) -> None:
        self.url = url
        self.output = output
        self.pid = pid

    def json(self, route: str, **query: Any) -> Any:
        """The JSON answer of one of the plugin's routes, whatever the status."""
        return self.get(f"data/plugin/deeptracker/{route}", **query)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at a path of TensorBoard; `class_` stands for the parameter `class`."""
        args = urllib.parse.urlencode({name.rstrip("_"): value for name, value in query.items()})
        try:
            with urllib.request.urlopen(f"{self.url}{path}?{args}") as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def text(self, path: str) -> str:
        """The text at a path of TensorBoard."""
        with urllib.request.urlopen(f"{self.url}{path}") as response:
            body: bytes = response.read()
        return body.decode()

    def until(self, holds: Callable[[], bool]) -> None:
        """Waits for something that has to happen soon."""
        until(holds, lambda: f"waited in vain; TensorBoard says:\n{self.output.read_text()}")


@contextmanager
def tensorboard(
    output: Path,
    *arguments: str,
    cwd: Path | None = None,
    python: Path | str | None = None,
    module: str = _MODULE,
    **environment: str,
) -> Iterator[TensorBoard]:
    """Starts a TensorBoard on a free port and stops it at the end; it must have had no complaints.

    Args:
        output: A file for what it prints.
        *arguments: Its command line, without host and port.
        cwd: Where it runs.
        python: The Python that starts it; None: it is forked from one that has imported it, whose
            memory it shares.
        module: What of it is run.
        **environment: Changes to the environment.
    """
    command = ["-m", module, *_ADDRESS, *arguments]
    env = {**os.environ, **environment}
    process: subprocess.Popen[bytes] | Forked
    if (python, module) == (None, _MODULE):
        process = _forked(output, command, env, cwd)
    else:
        command = [str(python or sys.executable), *command]
        with output.open("wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=cwd, env=env
            )
    try:
        yield TensorBoard(_address(process, output), output, process.pid)
    finally:
        _stop(process, output)


@contextmanager
def shared_tensorboard(directory: Path, *arguments: str) -> Iterator[TensorBoard]:
    """One for all processes of a test run: who needs it first starts it, the last stops it.

    Args:
        directory: Of it alone; all processes name the same.
        *arguments: Its command line, without host and port.
    """
    directory.mkdir(exist_ok=True)
    output, state, lock = directory / "out", directory / "state", directory / "lock"
    with locked(lock):
        if state.exists():
            url, pid, users = json.loads(state.read_text())
        else:
            process = _forked(output, ["-m", _MODULE, *_ADDRESS, *arguments], os.environ)
            url, pid, users = _address(process, output), process.pid, 0
        state.write_text(json.dumps([url, pid, users + 1]))
    try:
        yield TensorBoard(url, output, pid)
    finally:
        with locked(lock):
            *_, users = json.loads(state.read_text())
            state.write_text(json.dumps([url, pid, users - 1]))
            if users == 1:
                state.unlink()
                _stop(_Elsewhere(pid), output)


class _Elsewhere:
    """A process that another one has started."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def poll(self) -> int | None:
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def terminate(self) -> None:
        os.kill(self._pid, signal.SIGTERM)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)


def _forked(
    output: Path, command: Sequence[str], env: Mapping[str, str], cwd: Path | None = None
) -> Forked:
    with output.open("wb") as log, Path(os.devnull).open() as nothing:
        files = nothing.fileno(), log.fileno(), log.fileno()
        return server("tensorboard").start(command, *files, cwd=cwd, env=env)


def _stop(process: subprocess.Popen[bytes] | Forked | _Elsewhere, output: Path) -> None:
    """Ends a TensorBoard, which must have had no complaints."""
    try:
        process.terminate()
        until(lambda: process.poll() is not None, lambda: "TensorBoard does not end")
    finally:
        process.kill()
        until(lambda: process.poll() is not None, lambda: "TensorBoard cannot be ended")
    said = output.read_text()
    assert not _COMPLAINT.search(said.partition(_ENDS)[0]), said


def _address(process: subprocess.Popen[bytes] | Forked, output: Path) -> str:
    def started() -> bool:
        if process.poll() is not None:
            raise AssertionError(f"TensorBoard ended:\n{output.read_text()}")
        return _STARTED.search(output.read_text()) is not None

    until(started, lambda: f"TensorBoard did not start:\n{output.read_text()}")
    match = _STARTED.search(output.read_text())
    assert match
    return match[1].rstrip("/") + "/"
