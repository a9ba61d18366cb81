"""Work that two threads share while the training waits for it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch

from .measures import Reducer

Task = Callable[[Reducer], None]

# Tasks that wait for the other thread; more are done by the one that has them.
_WAITING = 1


class Pair:
    """The calling thread and one beside it; each has a reducer.

    A task is some calls of numpy on many numbers each, in which the interpreter is free for
    the other thread.

    Attributes:
        reducer: The calling thread's.
    """

    def __init__(self) -> None:
        self.reducer, self._other = Reducer(), Reducer()
        self._tasks: queue.Queue[Task | None] = queue.Queue(_WAITING)
        self._beside = False
        self._error: BaseException | None = None

    @contextmanager
    def working(self) -> Iterator[None]:
        """Both threads work within; the end is when all is done.

        Raises:
            BaseException: What a task raised.
        """
        # Who has one thread for PyTorch has no second core for us.
        if torch.get_num_threads() == 1:
            yield
            return
        thread = threading.Thread(target=self._run, name="deeptracker-beside", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # There can be no more threads.
            yield
            return
        self._beside, self._error = True, None
        try:
            yield
        finally:
            self._beside = False
            self._tasks.put(None)
            thread.join()
        if self._error is not None:
            raise self._error

    def do(self, task: Task) -> None:
        """Does a task, now or until the end of `working`, in one of the threads."""
        if self._beside:
            try:
                self._tasks.put_nowait(task)
            except queue.Full:
                pass
            else:
                return
        task(self.reducer)

    @torch.inference_mode(False)
    @torch.no_grad()
    def _run(self) -> None:
        with np.errstate(all="ignore"):
            while (task := self._tasks.get()) is not None:
                self._try(task)

    def _try(self, task: Task) -> None:
        try:
            task(self._other)
        except BaseException as error:
            self._error = self._error or error
