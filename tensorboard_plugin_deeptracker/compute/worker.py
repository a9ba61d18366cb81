"""One process for what takes long to compute, so that this one's other threads keep their pace.

TensorBoard answers for all of its tabs in one interpreter, of which a thread that computes holds
the lock: whatever takes longer than some milliseconds in one go belongs into the worker. Who
asks for what is short does not wait for the process itself: until it is ready, and where it cannot
be, functions are called here.

Nor does anybody wait without end. While it works it says so, and one that says nothing is ended;
what has ended two of them is not tried here, where it would end what the user looks at.
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
import time
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, TypeVar

from .errors import ComputingError

T = TypeVar("T")

_LENGTH = struct.Struct("<Q")
# In place of a length: it works.
_BEAT = 2**64 - 1
_NICENESS = 5
# Seconds without a sign of work after which it is taken to hang, and how often it looks whether it
# has worked meanwhile. What waits for a lock that nobody opens has next to no CPU time.
_SILENCE = 60.0
_LOOKS = 20
_LEAST = 1e-3
# Seconds that it may take to start once more.
_PATIENCE = 20.0
# What has ended so many of them is not asked once more.
_TRIES = 2
# It has the same modules, wherever these come from; and while it imports them, those who answer
# come first: the tab is being opened.
_MAIN = (
    "import json, os, sys; sys.path[:], *asked = json.loads(sys.argv[1]);"
    f" getattr(os, 'nice', abs)({_NICENESS});"
    f" from {__name__} import serve; serve(*asked)"
)

_log = logging.getLogger(__name__)


class Worker:
    """A process that calls functions, one after the other.

    Args:
        silence: Seconds without a sign of work after which it is taken to hang, and ended.
    """

    def __init__(self, silence: float = _SILENCE) -> None:
        self._silence = silence
        self._interval = silence / _LOOKS
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = threading.Event()
        # Whether it is known if there will be one that is ready.
        self._settled = threading.Event()
        self._settled.set()
        # Whether it was killed before it was ready: it starts again when it is asked for.
        self._was_killed = False
        self._heard = 0.0
        self._is_silent = False
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
            seconds: How long to wait until it is, or has ended; None: as long as it takes.
        """
        if self._was_killed:
            self.start()
        self._settled.wait(seconds)
        return self._ready.is_set()

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """What a function returns, or raises; called in the process if that is ready, else here.

        Args:
            function: One of a module, whose name tells it.
            *args: What can be pickled.

        Raises:
            ComputingError: The process hung, or two have ended over it.
        """
        if self.ready():
            request = pickle.dumps((function, args), protocol=5)
            ended = 0
            # What another question ends while this one waits is not asked before it is ready again.
            while self.ready(_PATIENCE):
                with self._lock:
                    process = self._process if self._ready.is_set() else None
                    if process is None:
                        continue
                    answer = self._ask(process, request)
                if answer is not None:
                    succeeded, result = pickle.loads(answer)  # noqa: S301  # Of our own process.
                    if not succeeded:
                        raise result
                    value: T = result
                    return value
                ended += 1
                if ended == _TRIES:
                    raise ComputingError(
                        "the process that computes it has ended twice, the second time"
                        f" {_how(process)}: try again; if that does not help, there may be too"
                        " little memory"
                    )
        return function(*args)

    def close(self) -> None:
        """Ends the process, whatever it is computing."""
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _ask(self, process: subprocess.Popen[bytes], request: bytes) -> bytes | None:
        """The answer to a request; None if the process has ended: then another one starts.

        Raises:
            ComputingError: It hung.
        """
        assert process.stdin is not None
        assert process.stdout is not None
        answer = None
        with self._watched(process), contextlib.suppress(OSError):
            _send(process.stdin, request)
            answer = _receive(process.stdout, self._hear)
        if answer is None:
            self._end()
            self._start()
            if self._is_silent:
                raise ComputingError(
                    f"the process that computes it (pid {process.pid}) did nothing for"
                    f" {self._silence:g} seconds and was ended: it had been stopped, or hung; try"
                    " again"
                )
        return answer

    @contextlib.contextmanager
    def _watched(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Ends the process if it says nothing for too long: whoever waits for it hears of that."""
        done = threading.Event()
        self._is_silent = False
        self._hear()

        def watch() -> None:
            while not done.wait(self._interval):
                if time.monotonic() - self._heard > self._silence:
                    self._is_silent = True
                    process.kill()
                    return

        watching = threading.Thread(target=watch, name="deeptracker-watch", daemon=True)
        watching.start()
        try:
            yield
        finally:
            done.set()
            watching.join()

    def _hear(self) -> None:
        self._heard = time.monotonic()

    def _start(self) -> None:
        if self._process is not None:
            return
        self._was_killed = False
        asked = json.dumps([sys.path, self._modules, self._interval])
        command = [sys.executable, "-c", _MAIN, asked]
        try:
            process = subprocess.Popen(  # noqa: S603  # This Python, this module.
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except (OSError, ValueError) as error:
            _log.warning("DeepTracker computes in TensorBoard's own process: %s", error)
            return
        self._process = process
        self._settled.clear()
        threading.Thread(
            target=self._await, args=(process,), name="deeptracker-worker", daemon=True
        ).start()

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        is_there = process.stdout is not None and _receive(process.stdout) is not None
        with self._lock:
            if self._process is not process:
                return
            if is_there:
                self._ready.set()
                self._settled.set()
            else:
                self._end()
                self._was_killed = process.returncode < 0

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
        self._settled.set()


def _how(process: subprocess.Popen[bytes]) -> str:
    """How a process has ended."""
    code = process.returncode
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"


def in_worker(function: Callable[..., T], *args: Any, heavy: bool) -> T:
    """Calls a function in the worker if that takes long, else here.

    Args:
        function: One of a module.
        *args: What can be pickled.
        heavy: Whether it takes longer than sending its arguments.
    """
    return WORKER.call(function, *args) if heavy else function(*args)


def serve(modules: Sequence[str], interval: float) -> None:
    """What the process does: answers until nobody asks any more.

    Args:
        modules: Those to import first.
        interval: Seconds after which it says that it works.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for TensorBoard, which ends this.
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a function prints is no answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for module in modules:
        importlib.import_module(module)
    writing = threading.Lock()
    threading.Thread(target=_beat, args=(answers, writing, interval), daemon=True).start()
    with contextlib.suppress(OSError):
        with writing:
            _send(answers, b"")  # It is ready.
        while (request := _receive(questions)) is not None:
            answer = _answer(request)
            with writing:
                _send(answers, answer)


def _beat(answers: IO[bytes], writing: threading.Lock, interval: float) -> None:
    """Says every so often that the process works, if it does."""
    with contextlib.suppress(OSError, ValueError):  # Nobody listens any more.
        while True:
            before = time.process_time()
            time.sleep(interval)
            if time.process_time() - before > _LEAST:
                with writing:
                    answers.write(_LENGTH.pack(_BEAT))
                    answers.flush()


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


def _receive(pipe: IO[bytes], beat: Callable[[], None] = lambda: None) -> bytes | None:
    """A message; None at the end, also within one.

    Args:
        pipe: Where it comes from.
        beat: Called for each sign of work before it.
    """
    while True:
        header = pipe.read(_LENGTH.size)
        if len(header) < _LENGTH.size:
            return None
        (size,) = _LENGTH.unpack(header)
        beat()
        if size != _BEAT:
            message = pipe.read(size)
            return message if len(message) == size else None


WORKER = Worker()
atexit.register(WORKER.close)
