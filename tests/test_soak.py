"""Ten minutes of a training that is watched by eight clients: no error, and flat memory."""

from __future__ import annotations

import http.client
import itertools
import shutil
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.served import private_megabytes
from tests.index.test_live import QUESTIONS
from tests.logs import PNG, SessionLog, random_dump, small_model, small_validation_set
from tests.tensorboard_process import tensorboard

DURATION = 600.0
DUMPS_A_SECOND = 10
# A run is as long as a training, then the next one begins.
DUMPS_A_RUN = 1500
KEPT_RUNS = 2
MODEL = small_model(3, 200)


def log_for(directory: Path, deadline: float) -> Iterator[str]:
    """Logs runs one after the other; old ones are deleted. Yields the run at every dump."""
    for number in itertools.count():
        name = f"run {number}"
        shutil.rmtree(directory / f"run {number - KEPT_RUNS}", ignore_errors=True)
        with SessionLog(directory / name, started=float(number)) as log:
            log.model(MODEL)
            log.validation_set(small_validation_set(20, 20))
            log.images(range(40), [PNG + bytes([row]) for row in range(40)])
            rng = np.random.default_rng(number)
            for step in range(DUMPS_A_RUN):
                log.dump(step, *random_dump(MODEL, step))
                log.validation(step, rng.integers(0, 2, 40).tolist(), 2)
                yield name
                if time.monotonic() > deadline:
                    return
                time.sleep(1 / DUMPS_A_SECOND)


@pytest.mark.full
def test_a_long_training_under_many_eyes(tmp_path: Path) -> None:
    logdir = tmp_path / "logs"
    logdir.mkdir()
    with tensorboard(tmp_path / "out", f"--logdir={logdir}") as board:
        address = urllib.parse.urlsplit(board.url).netloc
        current = ""
        finished = threading.Event()
        failures: list[str] = []

        def client(first: int) -> None:
            connection = http.client.HTTPConnection(address)
            for route, query in itertools.islice(itertools.cycle(QUESTIONS), first, None):
                if finished.is_set():
                    return
                names = {name.rstrip("_"): value for name, value in query.items()}
                args = urllib.parse.urlencode({"run": current, **names})
                connection.request("GET", f"/data/plugin/deeptracker/{route}?{args}")
                response = connection.getresponse()
                body = response.read()
                # A run that has just begun is not known yet; the next question is about another.
                if response.status != 200 and b"unknown" not in body and b"yet" not in body:
                    failures.append(f"{route}: {response.status} {body[:300]!r}")

        clients = [threading.Thread(target=client, args=(i,)) for i in range(8)]
        memory: list[tuple[float, float]] = []
        start = time.monotonic()
        for name in log_for(logdir, start + DURATION):
            current = name
            if clients[0].ident is None and board.json("runs")["runs"]:
                for thread in clients:
                    thread.start()
            if not memory or time.monotonic() - start > memory[-1][0] + 5:
                memory.append((time.monotonic() - start, private_megabytes(board.pid)))
        finished.set()
        for thread in clients:
            thread.join()
    assert failures == []
    # By then two runs are there beside each other, and will be from then on.
    early = max(used for at, used in memory if at < DURATION * 2 / 3)
    late = max(used for at, used in memory if at > DURATION * 2 / 3)
    print(f"private memory: at most {early:.0f} MB, and {late:.0f} MB in the last third")
    assert late < early + 20
