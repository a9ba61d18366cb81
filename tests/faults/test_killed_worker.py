"""The processes that compute for TensorBoard are killed while a crowd asks what needs them."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.served import private_megabytes
from tests.faults.test_faults import digests
from tests.http.client import tab
from tests.logs import (
    SessionLog,
    random_dump,
    small_model,
    small_representations,
    small_validation_set,
)
from tests.tensorboard_process import TensorBoard, tensorboard
from tests.test_soak import children_of, open_tab
from tests.waiting import until

# Short by default, long under scripts/test --full.
LONG = 200
KILLS = [6, pytest.param(LONG, marks=pytest.mark.full)]
CLIENTS = 8
CLASSES, EACH, VALIDATIONS, FRAMES = 10, 20, 100, 20
MODEL = small_model(30, 40)
RUNS = "first", "second"
RULES = {"window": 3, "min_score": 0.05}
RELATING = {**RULES, "top_k": 30, "measure": "change", "min_appearances": 1}


def write_run(run: Path, seed: int) -> None:
    """A run with more of everything than is computed in TensorBoard's own process."""
    rng = np.random.default_rng(seed)
    images = small_validation_set(*[EACH] * CLASSES)
    with SessionLog(run) as log:
        log.model(MODEL)
        log.validation_set(images)
        for step in range(VALIDATIONS):
            log.dump(step, *random_dump(MODEL, seed + step))
            right = rng.random(len(images.labels)) < 0.7
            log.validation(step, np.where(right, images.labels, 0).tolist(), CLASSES)
        for step in range(FRAMES):
            log.representations(step, small_representations(len(images.labels), CLASSES, step))


def questions(seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ever new ones: no answer to one is known from another."""
    rng = np.random.default_rng(seed)
    while True:
        about = {"run": RUNS[rng.integers(len(RUNS))]}
        window, min_score = int(rng.integers(2, 8)), round(rng.uniform(0.05, 0.3), 9)
        yield "anomaly_chance", {**about, "window": window, "min_score": min_score}
        shuffles = int(rng.integers(100, 1000))
        yield "mini_set_surprise", {**about, **RELATING, "shuffles": shuffles}
        cells, step = int(rng.integers(17, 40)), int(rng.integers(FRAMES))
        yield "map_background", {**about, "step": step, "cells": cells}


def answer_of(ask: Callable[..., Any], route: str, query: dict[str, Any], again: list[str]) -> Any:
    """The answer, from whoever asks again when it is ready, or when told to.

    Args:
        ask: Asks a route once.
        route: Which.
        query: Its parameters.
        again: Gets what was said instead.
    """
    while "error" in (answer := ask(route, **query)):
        if "progress" in answer:
            time.sleep(0.1)
            continue
        again.append(answer["error"])
        if "could not be made" in answer["error"]:
            ask("map_quality", run=query["run"], retry=1)
        elif "try again" not in answer["error"]:
            break
    return answer


class Crowd:
    """Clients that ask until they are told to stop, and ask again where they are told to.

    Args:
        board: What they ask.
        undisturbed: Answers the same.

    Attributes:
        answered: How many right answers there were.
        again: What they were told instead, each time.
        failures: What went wrong.
    """

    def __init__(self, board: TensorBoard, undisturbed: Callable[..., Any]) -> None:
        self.answered = 0
        self.again: list[str] = []
        self.failures: list[str] = []
        self._board, self._undisturbed = board, undisturbed
        self._enough = threading.Event()

    def stop(self) -> None:
        self._enough.set()

    def ask(self, seed: int) -> None:
        """One of the clients."""
        for route, query in questions(seed):
            if self._enough.is_set():
                return
            answer = answer_of(self._board.json, route, query, self.again)
            expected = answer_of(self._undisturbed, route, query, [])
            if answer == expected:
                self.answered += 1
            else:
                self.failures.append(f"{route} {query}: {answer}, not {expected}")


def alive(pid: int) -> list[int]:
    """The processes that a process has started and that have not ended."""
    found = []
    for child in children_of(pid):
        with suppress(OSError):
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
            found += [child] * (state != "Z")
    return found


@pytest.mark.parametrize("kills", KILLS)
def test_processes_that_compute_killed_at_any_moment(tmp_path: Path, kills: int) -> None:
    """Whoever asks gets the right answer, or is told to try again; nothing is left of any."""
    moments = random.Random(kills)
    logdir, cache, temporary = (tmp_path / name for name in ("logs", "cache", "temporary"))
    temporary.mkdir()
    for seed, name in enumerate(RUNS):
        write_run(logdir / name, seed)
    before = digests(logdir)
    memory: list[float] = []
    with (
        tensorboard(
            tmp_path / "out",
            f"--logdir={logdir}",
            python=sys.executable,
            DEEPTRACKER_CACHE=str(cache),
            TMPDIR=str(temporary),
        ) as board,
        tab(logdir) as opened,
        ThreadPoolExecutor(CLIENTS) as threads,
    ):
        open_tab(board)

        def undisturbed(route: str, **query: Any) -> Any:
            return opened.get(route, **query).get_json()

        crowd = Crowd(board, undisturbed)
        asking = [threads.submit(crowd.ask, seed) for seed in range(CLIENTS)]
        try:
            while len(memory) < kills:
                time.sleep(moments.uniform(0, 0.5))
                # They start again when somebody asks for what they compute.
                until(lambda: alive(board.pid))
                os.kill(moments.choice(alive(board.pid)), signal.SIGKILL)
                memory.append(private_megabytes(board.pid))
        finally:
            crowd.stop()
        for client in asking:
            client.result()
        assert crowd.failures == []
        route, query = next(questions(CLIENTS))
        assert board.json(route, **query) == undisturbed(route, **query)
        # That for maps is waited for when there is another frame to make.
        assert len(children_of(board.pid)) <= 2
        print(f"{kills} kills, {crowd.answered} right answers, told to try again: {crowd.again}")
    half = kills // 2
    if kills >= LONG:
        print(f"memory: at most {max(memory[:half]):.0f} MB, then {max(memory[half:]):.0f} MB")
        assert max(memory[half:]) < max(memory[:half]) + 20
    assert digests(logdir) == before
    # TensorBoard's own.
    assert [path.name for path in temporary.iterdir()] == [".tensorboard-info"]
    assert not [path for path in cache.rglob("*") if path.is_file() and not path.suffix]
