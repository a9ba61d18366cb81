"""Ten minutes of a training that is watched by many clients: no error, and flat memory."""

from __future__ import annotations

import http.client
import itertools
import shutil
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import imagenet_log
from benchmarks.planted import STEP_INTERVAL
from benchmarks.served import private_megabytes
from tensorboard_plugin_deeptracker.features.causes.records import encode_experiments
from tests.index.test_live import QUESTIONS
from tests.logs import (
    SessionLog,
    png,
    random_dump,
    small_experiments,
    small_model,
    small_representations,
    small_validation_set,
)
from tests.tensorboard_process import TensorBoard, tensorboard

DURATION = 600.0
DUMPS_A_SECOND = 10
# A run is as long as a training, then the next one begins.
DUMPS_A_RUN = 1500
KEPT_RUNS = 2
MODEL = small_model(3, 200)
ARRAYS = "application/vnd.safetensors, application/json;q=0.5"
FILTERS = {"measure": "change", "normalize": "filter"}
FINDING = {"window": 5, "min_score": 0.3}
RELATING = {**FINDING, "top_k": 100, "measure": "change", "min_appearances": 1}
# What the tab asks of the standing log.
STANDING: list[tuple[str, dict[str, Any]]] = [
    ("run", {}),
    ("error_rates", {}),
    ("layer_stats", {"stat": "weight_sd"}),
    ("layer_stat", {"layer": "layer3", "stat": "gradient_sd"}),
    ("layer_filter", {"layer": "conv1", **FILTERS}),
    ("layer_filter", {"layer": "layer4.2.conv3", **FILTERS, "max_rows": 500, "max_columns": 500}),
    ("kernels", {"max_columns": 60}),
    ("iteration_filter", {"step": 1600, "measure": "update_ratio", "top_k": 100}),
    ("class_stat", {"class_": "mushroom", "window": 5}),
    ("class_image", {"class_": "mushroom"}),
    ("iteration_image", {"step": 1600}),
    ("clusters", {"k": 4}),
    ("anomalies", FINDING),
    ("correlation", RELATING),
    ("mini_set_filters", {**RELATING, "columns": 500}),
    ("findings", {}),
    ("image", {"id": 7}),
    ("signs", {}),
    ("story", {}),
    ("suggested", {}),
    ("image_sets", {}),
    ("image_scores", {"top_k": 50, "history": "yes"}),
    ("confusion", {"step": 1600}),
]
# And of its second image set, of which there is a map.
SECOND: list[tuple[str, dict[str, Any]]] = [
    ("run", {}),
    ("error_rates", {}),
    ("image_scores", {"top_k": 50, "history": "yes"}),
    ("cartography", {"cells": 20}),
    ("map", {"step": 1600}),
    ("map_background", {"step": 1600, "cells": 40}),
    ("map_quality", {}),
    ("map_neighbours", {"step": 1600, "id": 7}),
    ("effects", {}),
    ("story", {}),
]


def add_second_set(run: Path, images: int = 2000) -> None:
    """A second image set of the standing log, with a map and experiments."""
    of_set = small_validation_set(*[images // 100] * 100)
    rng = np.random.default_rng(0)
    tried = small_experiments()
    effect = replace(tried.effects[0], filters={"conv1": np.array([0, 2])})
    with SessionLog(run, "second", started=2e9) as log:
        log.validation_set(of_set, "train")
        for t in range(750):
            step = (t + 1) * STEP_INTERVAL
            right = rng.random(images) < t / 750
            log.validation(step, np.where(right, of_set.labels, 0).tolist(), 100, "train")
            if t % 30 == 0:
                log.representations(step, small_representations(images, 100, t), "train")
                log.append(encode_experiments(step, replace(tried, effects=(effect,)), "train"))


def log_for(directory: Path, deadline: float) -> Iterator[str]:
    """Logs runs one after the other; old ones are deleted. Yields the run at every dump."""
    for number in itertools.count():
        name = f"run {number}"
        shutil.rmtree(directory / f"run {number - KEPT_RUNS}", ignore_errors=True)
        with SessionLog(directory / name, started=float(number)) as log:
            log.model(MODEL)
            log.validation_set(small_validation_set(20, 20))
            log.images(range(40), [png(row) for row in range(40)])
            rng = np.random.default_rng(number)
            for step in range(DUMPS_A_RUN):
                log.dump(step, *random_dump(MODEL, step))
                log.validation(step, rng.integers(0, 2, 40).tolist(), 2)
                yield name
                if time.monotonic() > deadline:
                    return
                time.sleep(1 / DUMPS_A_SECOND)


class Watchers:
    """Clients that ask one question after the other.

    Args:
        board: What they ask.
        count: How many there are.
        questions: Routes with queries; without a run they are about the one that grows.

    Attributes:
        growing: Name of the run that grows.
        failures: What went wrong.
    """

    def __init__(
        self, board: TensorBoard, count: int, questions: Sequence[tuple[str, dict[str, Any]]]
    ) -> None:
        self.growing = ""
        self.failures: list[str] = []
        self._address = urllib.parse.urlsplit(board.url).netloc
        self._questions = questions
        self._finished = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(count)]

    @contextmanager
    def watching(self) -> Iterator[None]:
        """They ask within."""
        for thread in self._threads:
            thread.start()
        yield
        self._finished.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, first: int) -> None:
        connection = http.client.HTTPConnection(self._address)
        for route, query in itertools.islice(itertools.cycle(self._questions), first, None):
            if self._finished.is_set():
                return
            names = {name.rstrip("_"): value for name, value in query.items()}
            args = urllib.parse.urlencode({"run": self.growing, **names})
            connection.request(
                "GET", f"/data/plugin/deeptracker/{route}?{args}", headers={"Accept": ARRAYS}
            )
            response = connection.getresponse()
            body = response.read()
            # A run that has just begun is not known yet; the next question is about another.
            if response.status != 200 and b"unknown" not in body and b"yet" not in body:
                self.failures.append(f"{route}: {response.status} {body[:300]!r}")


def open_tab(board: TensorBoard) -> None:
    """Asks for the tab, which starts the process that computes for it, and waits for that."""
    before = set(children_of(board.pid))
    board.text("data/plugin/deeptracker/index.js")
    board.until(lambda: set(children_of(board.pid)) != before)


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        # Threads end meanwhile.
        with suppress(OSError):
            found += [int(child) for child in path.read_text().split()]
    return found


def memory_of(pid: int) -> float:
    """Private memory of TensorBoard and of the process that computes for it, in MB."""
    used = private_megabytes(pid)
    for child in children_of(pid):
        with suppress(OSError):
            used += private_megabytes(child)
    return used


def watch(
    board: TensorBoard,
    logdir: Path,
    clients: int,
    questions: Sequence[tuple[str, dict[str, Any]]],
) -> None:
    """Has a growing run watched for the whole duration, and looks at the memory meanwhile."""
    open_tab(board)
    watchers = Watchers(board, clients, questions)
    memory: list[tuple[float, float]] = []
    start = time.monotonic()
    names = log_for(logdir, start + DURATION)
    watchers.growing = next(names)
    board.until(lambda: watchers.growing in str(board.json("runs")))
    with watchers.watching():
        for watchers.growing in names:
            if not memory or time.monotonic() - start > memory[-1][0] + 5:
                memory.append((time.monotonic() - start, memory_of(board.pid)))
    assert watchers.failures == []
    # By then two runs that grew are there beside each other, and will be from then on.
    early = max(used for at, used in memory if at < DURATION * 2 / 3)
    late = max(used for at, used in memory if at > DURATION * 2 / 3)
    print(f"private memory: at most {early:.0f} MB, and {late:.0f} MB in the last third")
    assert late < early + 20


@pytest.mark.full
def test_a_long_training_under_many_eyes(tmp_path: Path) -> None:
    logdir = tmp_path / "logs"
    logdir.mkdir()
    with tensorboard(tmp_path / "out", f"--logdir={logdir}", python=sys.executable) as board:
        watch(board, logdir, 8, QUESTIONS)


@pytest.mark.full
def test_a_crowd_before_a_large_log(tmp_path: Path) -> None:
    logdir = tmp_path / "logs"
    imagenet_log.write(logdir / "standing")
    add_second_set(logdir / "standing")
    about_standing = [(route, {"run": "standing", **query}) for route, query in STANDING]
    about_second = [
        (route, {"run": "standing", "image_set": "train", **query}) for route, query in SECOND
    ]
    with tensorboard(tmp_path / "out", f"--logdir={logdir}", python=sys.executable) as board:
        made = {"run": "standing", "image_set": "train"}
        board.until(lambda: len(board.json("map_quality", **made).get("steps", [])) == 25)
        assert board.json("run", run="standing")["problems"] == []
        watch(board, logdir, 32, [*about_standing, *about_second, *QUESTIONS])
