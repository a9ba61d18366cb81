"""One process for what takes long to compute, so that this one's other threads keep their pace.

TensorBoard answers for all of its tabs in one interpreter, of which a thread that computes holds
the lock: whatever takes longer than some milliseconds in one go belongs into the worker. Nobody
waits for the process itself: until it is ready, and where it cannot be, functions are called here.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import logging
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import IO, Any, TypeVar

T = TypeVar("T")

_LENGTH = struct.Struct("<Q")
_NICENESS = 5
# It has the same modules, wherever these come from.
_MAIN = (
    "import json, sys; sys.path[:], modules = json.loads(sys.argv[1]);"
    f" from {__name__} import serve; serve(modules)"
)

_log = logging.getLogger(__name__)


class Worker:
    """A process that calls functions, one after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = threading.Event()
        self._modules: tuple[str, ...] = ()

    @property
    def pid(self) -> int | None:
        """Of the process; None if there is none."""
        return self._process.pid if self._process else None

    def start(self, *modules: str) -> None:
        """Starts the process, if it is not there, and waits for nothing.

        Args:
            *modules: Those that it imports before it is ready.
        """
        if self._process is not None:
            return  # Before the lock: what is being computed may take long.
        with self._lock:
            self._modules = modules or self._modules
            self._start()

    def ready(self, seconds: float | None = 0) -> bool:
        """Whether the process is ready to call functions.

        Args:
            seconds: How long to wait until it is; None: as long as it takes.
        """
        return self._ready.wait(seconds)

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """What a function returns, or raises; called in the process if that is ready, else here.

        Args:
            function: One of a module, whose name tells it.
            *args: What can be pickled.
        """
        answer = None
        if self.ready():
            request = pickle.dumps((function, args), protocol=5)
            with self._lock:
                answer = self._ask(request)
        if answer is None:
            return function(*args)
        succeeded, result = pickle.loads(answer)  # noqa: S301  # Of our own process.
        if not succeeded:
            raise result
        value: T = result
        return value

    def close(self) -> None:
        """Ends the process, whatever it is computing."""
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _ask(self, request: bytes) -> bytes | None:
        """The answer to a request; None if the process has ended: then another one starts."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        try:
            _send(process.stdin, request)
            answer = _receive(process.stdout)
        except OSError:
            answer = None
        if answer is None:
            self._end()
            self._start()
        return answer

    def _start(self) -> None:
        if self._process is not None:
            return
        command = [sys.executable, "-c", _MAIN, json.dumps([sys.path, self._modules])]
        try:
            process = subprocess.Popen(  # noqa: S603  # This Python, this module.
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except (OSError, ValueError) as error:
            _log.warning("DeepTracker computes in TensorBoard's own process: %s", error)
            return
        self._process = process
        threading.Thread(
            target=self._await, args=(process,), name="deeptracker-worker", daemon=True
        ).start()

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is not None and _receive(process.stdout) is not None:
            with self._lock:
                if self._process is process:
                    self._ready.set()

    def _end(self) -> None:
        self._ready.clear()
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()


def in_worker(function: Callable[..., T], *args: Any, heavy: bool) -> T:
    """Calls a function in the worker if that takes long, else here.

    Args:
        function: One of a module.
        *args: What can be pickled.
        heavy: Whether it takes longer than sending its arguments.
    """
    return WORKER.call(function, *args) if heavy else function(*args)


def serve(modules: Sequence[str]) -> None:
    """What the process does: answers until nobody asks any more.

    Args:
        modules: Those to import first.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for TensorBoard, which ends this.
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a function prints is no answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for module in modules:
        importlib.import_module(module)
    with contextlib.suppress(OSError):
        _send(answers, b"")  # It is ready.
        while (request := _receive(questions)) is not None:
            _send(answers, _answer(request))


def _answer(request: bytes) -> bytes:
    try:
        function, args = pickle.loads(request)  # noqa: S301  # Of the process that started this.
        return pickle.dumps((True, function(*args)), protocol=5)
    except Exception as error:
        return pickle.dumps((False, error), protocol=5)


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    """A message; None at the end, also within one."""
    header = pipe.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(header)
    message = pipe.read(size)
    return message if len(message) == size else None


WORKER = Worker()
atexit.register(WORKER.close)
