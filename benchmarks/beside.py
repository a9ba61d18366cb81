"""What TensorBoard's own tabs notice of the plugin: nothing, it should be."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.served import Client, logdir, settle
from benchmarks.table import row, title
from tests.logs import SessionLog, random_dump, small_model
from tests.tensorboard_process import TensorBoard, tensorboard

_BOTH = "tensorboard.main", "benchmarks.without_plugin"
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
    report("start, no data of ours", _STARTS, [partial(_start, scratch, empty, m) for m in _BOTH])
    with (
        logdir(run, scratch) as directory,
        _board(scratch, directory, _BOTH[0]) as ours,
        _board(scratch, directory, _BOTH[1]) as theirs,
        _watched(ours),
        _growing(directory),
    ):
        for board in (ours, theirs):
            settle(board.pid)
        clients = Client(ours.url), Client(theirs.url)
        for name, question in _QUESTIONS.items():
            asks = [partial(client.get, *question) for client in clients]
            report(f"{name}, a run of ours growing", rounds, asks)


def report(name: str, rounds: int, measures: Sequence[Callable[[], float]]) -> None:
    """Prints the medians of two measures that take turns."""
    ours, theirs = np.median([[measure() for measure in measures] for _ in range(rounds)], axis=0)
    row(name, float(ours), float(theirs), "without", 1.1)


@contextmanager
def _board(scratch: Path, directory: Path, module: str) -> Iterator[TensorBoard]:
    arguments = f"--logdir={directory}", "--load_fast=false"
    output = scratch / f"output-{module}"
    with tensorboard(output, *arguments, python=sys.executable, module=module) as board:
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
