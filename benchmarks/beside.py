"""What TensorBoard's own tabs notice of the plugin: nothing, it should be."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.served import Client, logdir
from benchmarks.table import row, title
from tests.logs import SessionLog, random_dump, small_model
from tests.tensorboard_process import TensorBoard, tensorboard

_BOTH = "tensorboard.main", "benchmarks.without_plugins"
_STARTS = 7
_POLL = 2.0
_QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "runs": ("data/runs", {}),
    "tags of scalars": ("data/plugin/scalars/tags", {}),
    "scalars": ("data/plugin/scalars/scalars", {"run": "scalars", "tag": "loss"}),
}


def measure_beside(run: Path, scratch: Path, rounds: int) -> None:
    """Two TensorBoards side by side, with the plugin and without.

    Args:
        run: Directory of a standing log.
        scratch: For the log directory.
        rounds: How many requests of each kind.
    """
    title("TensorBoard with the plugin and without")
    empty = scratch / "empty"
    empty.mkdir()
    starts = np.array(
        [[_start(scratch, empty, module) for module in _BOTH] for _ in range(_STARTS)]
    )
    row("start, no data of ours", *np.median(starts, axis=0), "without", 1.1)
    with (
        logdir(run, scratch) as directory,
        _board(scratch, directory, _BOTH[0]) as ours,
        _board(scratch, directory, _BOTH[1]) as theirs,
        _watched(ours),
        _growing(directory),
    ):
        boards = ours, theirs
        for board in boards:
            board.until(lambda board=board: "scalars" in board.get("data/runs"))
        clients = [Client(board.url) for board in boards]
        for name, (path, query) in _QUESTIONS.items():
            times = np.array([[c.get(path, query) for c in clients] for _ in range(rounds)])
            row(f"{name}, a run of ours growing", *np.median(times, axis=0), "without", 1.1)


@contextmanager
def _board(scratch: Path, directory: Path, module: str) -> Iterator[TensorBoard]:
    arguments = f"--logdir={directory}", "--load_fast=false"
    with tensorboard(scratch / f"output-{module}", *arguments, module=module) as board:
        yield board


def _start(scratch: Path, directory: Path, module: str) -> float:
    """Seconds until it says its address."""
    before = time.perf_counter()
    with _board(scratch, directory, module):
        return time.perf_counter() - before


@contextmanager
def _watched(board: TensorBoard) -> Iterator[None]:
    """The tab is open: it asks for the runs again and again."""
    with _repeatedly(lambda: board.json("runs"), _POLL):
        yield


@contextmanager
def _growing(directory: Path) -> Iterator[None]:
    """A run that logs ten dumps a second."""
    model = small_model(64, 256)
    steps = itertools.count()
    with SessionLog(directory / "live") as log:
        log.model(model)

        def dump() -> None:
            step = next(steps)
            log.dump(step, *random_dump(model, step))

        with _repeatedly(dump, 0.1):
            yield


@contextmanager
def _repeatedly(act: Callable[[], object], pause: float) -> Iterator[None]:
    finished = threading.Event()

    def work() -> None:
        while not finished.wait(pause):
            act()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    finished.set()
    thread.join()
