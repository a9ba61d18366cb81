"""Making answers: few at the same time, and each once for all who ask for it meanwhile.

A few threads of their own make them; a connection's thread only waits and sends. For every
thread that ever needed much memory, the allocator keeps some: with TensorBoard's thread for
each connection, a crowd would have it keep several times what the answers need. What is free
after one that took long is given back to the system, where the allocator knows how.
"""

from __future__ import annotations

import contextlib
import ctypes
import threading
import time
import weakref
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from functools import partial
from queue import SimpleQueue
from typing import TypeAlias

from .answers import Representation

# More than a browser has connections: one that asks for much does not hold up all others.
MAX_THREADS = 8
# Seconds after which an answer may have needed much.
_LONG = 0.05
_Work: TypeAlias = SimpleQueue[Callable[[], None] | None]


def _trimming() -> Callable[[int], object] | None:
    """What gives free memory back to the system: glibc's allocator does so when it is asked."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
        return trim
    return None


_trim = _trimming()


class Answering:
    """The answers that are being made.

    Args:
        threads: How many make them at most.
        patience: After so many seconds in the queue, the threads are taken to be stuck, on a mount
            that hangs, say: then there is one more.
    """

    def __init__(self, threads: int = MAX_THREADS, patience: float = 10.0) -> None:
        self._max_threads = threads
        self._patience = patience
        self._lock = threading.Lock()
        self._making: dict[Hashable, Future[Representation]] = {}
        self._work: _Work = SimpleQueue()
        self._threads = 0
        weakref.finalize(self, self._work.put, None)

    def answer(self, question: Hashable, make: Callable[[], Representation]) -> Representation:
        """The answer to a question; whoever asks it meanwhile gets the same one.

        Args:
            question: Tells the answer from all others.
            make: Makes it; what it raises is raised here.
        """
        with self._lock:
            making = self._making.get(question)
            is_first = making is None
            if making is None:
                if self._threads < min(len(self._making) + 1, self._max_threads):
                    self._start()
                making = self._making[question] = Future()
                self._work.put(partial(self._make, question, making, make))
        try:
            while is_first and not wait([making], self._patience).done:
                with self._lock:
                    if not making.running():
                        self._start()
            return making.result()
        finally:
            # What is raised knows this frame: it would keep itself, and arrays further down.
            del making

    def _start(self) -> None:
        # No executor's: TensorBoard would not end before what it has begun, like a slow read.
        threading.Thread(
            target=_do, args=(self._work,), name="deeptracker-answers", daemon=True
        ).start()
        self._threads += 1

    def _make(
        self, question: Hashable, making: Future[Representation], make: Callable[[], Representation]
    ) -> None:
        making.set_running_or_notify_cancel()
        try:
            try:
                made = make()
            finally:
                # First of all: who asks from now on is not to hear of what is over.
                with self._lock:
                    del self._making[question]
            making.set_result(made)
        except BaseException as error:
            making.set_exception(error)
        finally:
            del making  # As above.


def _do(work: _Work) -> None:
    while (task := work.get()) is not None:
        began = time.monotonic()
        task()
        del task  # Or the last answer would be kept until the next question.
        if time.monotonic() - began > _LONG and _trim is not None:
            _trim(0)
    work.put(None)  # The other threads end, too.
