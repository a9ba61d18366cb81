"""The routes in a running TensorBoard, against its own scalars route in the same process."""

from __future__ import annotations

import http.client
import os
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from benchmarks.table import row, title
from tensorboard_plugin_deeptracker.features.layers.records import FILTER_MEASURES
from tensorboard_plugin_deeptracker.http.answers import LIMIT
from tests.logs import SessionLog, random_dump, small_model, small_validation_set
from tests.tensorboard_process import TensorBoard, tensorboard

_POINTS = 1000
_OURS = "data/plugin/deeptracker"
_HEADERS = {
    "Accept": "application/vnd.safetensors, application/json;q=0.5",
    "Accept-Encoding": "gzip",
}
_FINDING = {"window": 5, "min_score": 0.3}
_RELATING = {**_FINDING, "top_k": 100, "measure": "change", "min_appearances": 1}
_MOVES = (
    {"window": 6},
    {"window": 12},
    {"min_score": 0.2},
    {"min_score": 0.5},
    {"top_k": 50},
    {"top_k": 200},
)

Query = dict[str, Any]


def measure_routes(run: Path, scratch: Path, rounds: int) -> None:
    """Serves a run and measures its routes.

    Args:
        run: Directory of a standing log.
        scratch: Where to put the log directory.
        rounds: How many requests of each kind a measurement takes.
    """
    python = sys.executable
    with (
        logdir(run, scratch) as directory,
        tensorboard(
            scratch / "output", f"--logdir={directory}", "--load_fast=false", python=python
        ) as board,
    ):
        board.until(lambda: sorted(board.get("data/runs")) == ["scalars", "standing"])
        idle = private_megabytes(board.pid)
        structure = board.json("run", run="standing")
        first_questions(board)
        routes(board, structure, rounds, 1)
        visited = private_megabytes(board.pid)
        routes(board, structure, rounds, 8)
        pressed = private_megabytes(board.pid)
        title("Private memory over the idle plugin")
        row("after every route was visited", visited - idle, 250, "250 MB", 1.0, "MB")
        row("after eight clients at once", pressed - idle, 250, "250 MB", None, "MB")
        freshness(board, directory)


@contextmanager
def logdir(run: Path, scratch: Path) -> Iterator[Path]:
    """A log directory with the run and a run of a thousand scalars beside it."""
    directory = scratch / "served"
    directory.mkdir()
    (directory / "standing").symlink_to(run.resolve(), target_is_directory=True)
    writer = EventFileWriter(str(directory / "scalars"))
    for step in range(_POINTS):
        value = Summary.Value(tag="loss", simple_value=1 / (step + 1))
        writer.add_event(Event(wall_time=1e9 + step, step=step, summary=Summary(value=[value])))
    writer.close()
    yield directory
    (directory / "standing").unlink()
    for path in sorted(directory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    directory.rmdir()


def first_questions(board: TensorBoard) -> None:
    """What is computed at the first question, and what a moved slider costs then."""
    title("First questions and moved sliders")
    client = Client(board.url)

    def ask(route: str, **query: Any) -> tuple[float, float]:
        before = cpu_seconds(board.pid)
        wall = client.get(f"{_OURS}/{route}", {"run": "standing", **query})
        return wall, cpu_seconds(board.pid) - before

    def report(
        name: str, times: tuple[float, float], budget: float, promised: float | None
    ) -> None:
        row(name, times[0], budget, f"{budget} s", promised)
        row("  CPU time of the process meanwhile", times[1], budget, f"{budget} s", None)

    settle(board.pid)
    report("first `anomalies` of all classes", ask("anomalies", **_FINDING), 0.5, 1.0)
    report("first `correlation`", ask("correlation", **_RELATING), 0.5, 1.0)
    for route, base in (("anomalies", _FINDING), ("correlation", _RELATING)):
        moves = [ask(route, **{**base, **move}) for move in _MOVES if base.keys() >= move.keys()]
        report(f"slowest moved slider of `{route}`", max(moves), 0.1, 1.0)
    report("first `expected_filters`", ask("expected_filters", **_RELATING), 1.0, None)
    report("first `clusters`", ask("clusters", k=4), 1.5, None)
    report("first `suggested`", ask("suggested"), 1.5, None)


def routes(board: TensorBoard, structure: Any, rounds: int, clients: int) -> None:
    """The routes one by one."""
    layers = sorted(structure["layers"], key=lambda layer: layer["filters"])
    middle, largest = layers[len(layers) // 2], layers[-1]
    steps = structure["steps"]["dumps"]
    name = structure["classes"][0]["name"]
    pixels = {"measure": "change", "normalize": "none"}
    queries: list[tuple[str, str, Query, float | None]] = [
        ("layer_stat", "layer_stat", {"layer": "conv1", "stat": "weight_mean"}, 5),
        (
            "iteration_filter",
            "iteration_filter",
            {"step": steps[len(steps) // 2], "measure": "change", "top_k": 100},
            5,
        ),
        ("class_stat", "class_stat", {"class": name, "window": 5}, 5),
        ("class_image", "class_image", {"class": name}, 5),
        ("image", "image", {"id": 7}, 5),
        (
            f"layer_filter, {middle['filters']} filters",
            "layer_filter",
            {"layer": middle["name"], **pixels},
            5,
        ),
        (
            f"layer_filter, 500 x 500 of {largest['filters']} filters",
            "layer_filter",
            {"layer": largest["name"], **pixels, "max_rows": 500, "max_columns": 500},
            None,
        ),
        ("error_rates", "error_rates", {}, None),
        ("layer_stats", "layer_stats", {"stat": "weight_sd"}, None),
    ]
    if largest["filters"] * len(steps) * 4 <= LIMIT:
        name = f"layer_filter, {largest['filters']} filters"
        queries.append((name, "layer_filter", {"layer": largest["name"], **pixels}, None))
    title(f"Routes with {clients} client{'s' if clients > 1 else ''}, p50 and p95")
    theirs = "data/plugin/scalars/scalars", {"run": "scalars", "tag": "loss"}
    scalars = measured(board.url, clients, rounds, *theirs)
    for label, route, query, promised in queries:
        own = f"{_OURS}/{route}", {"run": "standing", **query}
        times = measured(board.url, clients, rounds, *own)
        for percent, limit in ((50, None), (95, promised)):
            values = np.percentile(times, percent), np.percentile(scalars, percent)
            row(f"{label}, p{percent}", float(values[0]), float(values[1]), "scalars", limit)


def measured(url: str, clients: int, rounds: int, path: str, query: Query) -> list[float]:
    """Seconds of every request, of several clients at once."""
    times: list[float] = []

    def work() -> None:
        client = Client(url)
        client.get(path, query)
        own = [client.get(path, query) for _ in range(-(-rounds // clients))]
        times.extend(own)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def freshness(board: TensorBoard, directory: Path) -> None:
    """How long after its flush a dump is in the answers, at ten dumps a second."""
    title("A live run")
    model = small_model(64, 256)
    delays = []
    client = Client(board.url)
    with SessionLog(directory / "live") as log:
        log.model(model)
        log.validation_set(small_validation_set(10, 10))
        query = {"run": "live", "layer": "stem", "measure": FILTER_MEASURES[0], "normalize": "none"}
        board.until(lambda: "error" not in board.json("layer_filter", **query))
        for step in range(100):
            log.dump(step, *random_dump(model, step))
            flushed = time.perf_counter()
            if step % 10 == 0:
                while board.json("layer_filter", **query)["steps"][-1:] != [step]:
                    client.get(f"{_OURS}/runs", {})
                delays.append(time.perf_counter() - flushed)
            time.sleep(max(0, 0.1 - (time.perf_counter() - flushed)))
    row("longest time from flush to answer", max(delays), 2.0, "2 s", 1.0)


def private_megabytes(pid: int) -> float:
    """Memory that only this process has."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def settle(pid: int) -> None:
    """Waits until TensorBoard has read the logs: a second with little to do."""
    while True:
        before = cpu_seconds(pid)
        time.sleep(1)
        if cpu_seconds(pid) - before < 0.1:
            return


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, in the hundredths that the system counts."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Client:
    """One connection to a TensorBoard, opened again where it closes it."""

    def __init__(self, url: str) -> None:
        self._parts = urllib.parse.urlsplit(url)
        assert self._parts.hostname is not None
        self._connection = http.client.HTTPConnection(self._parts.hostname, self._parts.port)

    def get(self, path: str, query: Query) -> float:
        """Asks and reads the answer; returns the seconds that this took."""
        target = f"{self._parts.path}{path}?{urllib.parse.urlencode(query)}"
        started = time.perf_counter()
        self._connection.request("GET", target, headers=_HEADERS)
        response = self._connection.getresponse()
        body = response.read()
        took = time.perf_counter() - started
        if response.status != 200:
            raise RuntimeError(f"{target}: {response.status} {body[:500]!r}")
        return took
