"""What comparing runs costs: two standing logs, and fifty smaller runs.

scripts/bench compare [--logdir DIR]

All but the first paint, which is of wall time in a browser and depends on the load of the machine:
every figure is of a process of its own that has opened nothing before, with the files in the page
cache; it is CPU time of all its threads, from the first question on: opening the logs is in it.
What is compared with its checksums while nobody waits for an answer is not.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks import imagenet_log
from benchmarks.frontend.opened import first_paint
from benchmarks.table import row, title
from tensorboard_plugin_deeptracker.index.pace import Pace
from tests.browser.tab import launch
from tests.http.client import tab
from tests.logs import SessionLog, small_validation_set
from tests.tensorboard_process import tensorboard

_STANDING = ("resnet50", "resnet50-seed-1")
# A class's row, with its colours.
_ROWS = "[aria-label='Compare view'] [role=treeitem] canvas"
_ROUNDS = 5
_RUNS, _IMAGES, _VALIDATIONS, _CLASSES = 50, 10_000, 100, 10


def main() -> None:
    """Command line; see the module's text."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--logdir", type=Path, help="keep the logs there, and use those there are")
    parser.add_argument("--ask", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.ask:
        print(json.dumps(_asked(args.logdir, json.loads(args.ask))))
        return
    with tempfile.TemporaryDirectory() as scratch:
        logdir = args.logdir or Path(scratch)
        two_standing_logs(logdir / "standing")
        on_screen(logdir / "standing")
        fifty_runs(logdir / "fifty")


def two_standing_logs(logdir: Path) -> None:
    """Two trainings of a ResNet-50 on ImageNet: 1,000 classes, 50,000 images, 750 validations."""
    for seed, name in enumerate(_STANDING):
        if not (logdir / name).exists():
            imagenet_log.write(logdir / name, seed=seed)
    title("Two standing logs, CPU time")
    a, b = _STANDING
    found = _measured(
        logdir,
        ["compare", {"runs": [a, b]}],
        ["compare", {"runs": [a, b], "level": 0.5}],
        ["compare_classes", {"runs": [a, b]}],
    )
    row("`compare`, opening both logs", found[0]["seconds"], 0.5, "0.5 s", 1.0)
    row("`compare` again, otherwise", found[1]["seconds"], 0.5, "0.5 s", None)
    row("`compare_classes` then", found[2]["seconds"], 0.5, "0.5 s", None)
    title("Memory of the second run")
    asked = ["compare", "compare_classes"]
    one, two = (
        _measured(logdir, *([route, {"runs": runs}] for route in asked))[-1]
        for runs in ([a, a], [a, b])
    )
    # Half of what is left is the answers' own: both processes have made as many.
    first = one["grown"]
    row("private memory that it adds", two["grown"] - first, first, "the first run's", 1.2, "MB")


def on_screen(logdir: Path) -> None:
    """The Compare view of the two: by a TensorBoard that has answered nothing, and after that."""
    title("First paint of the Compare view, two standing logs")
    state = f"2!screen.runs*{'*'.join(_STANDING)}!screen.run*{_STANDING[0]}!screen.view*compare"
    with ExitStack() as stack:
        output = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        board = stack.enter_context(
            tensorboard(output / "out", f"--logdir={logdir}", python=sys.executable)
        )
        board.until(lambda: len(board.json("runs")["runs"]) == len(_STANDING))
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        times = [first_paint(browser, board.url, state, _ROWS) / 1e3 for _ in range(_ROUNDS)]
    row("the first time", times[0], 1.5, "1.5 s", None)
    row("after that, median", statistics.median(times[1:]), 1.5, "1.5 s", 1.0)


def fifty_runs(logdir: Path) -> None:
    """Seeds of one recipe: 10,000 images, 100 validations each."""
    names = [f"seed {i}" for i in range(_RUNS)]
    for i, name in enumerate(names):
        if not (logdir / name).exists():
            _write(logdir / name, i)
    title(f"{_RUNS} runs of {_IMAGES:,} images x {_VALIDATIONS} validations, CPU time")
    whole, half = (
        _measured(logdir, ["compare_runs", {"runs": some}])[0]["seconds"]
        for some in (names, names[: _RUNS // 2])
    )
    row("`compare_runs`, opening all logs", whole, 3, "3 s", 1.0)
    row("twice the runs", whole, half, "half of them", 2.0)


def _write(run: Path, seed: int) -> None:
    images = small_validation_set(*[_IMAGES // _CLASSES] * _CLASSES)
    hard = np.random.default_rng(0).random(_IMAGES)
    rng = np.random.default_rng((1, seed))
    with SessionLog(run) as log:
        log.validation_set(images)
        for i in range(_VALIDATIONS):
            wrong = rng.random(_IMAGES) < 0.7 * hard + 0.3 * np.exp(-i / 20)
            others = (images.labels + rng.integers(1, _CLASSES, _IMAGES)) % _CLASSES
            log.validation(10 * i, np.where(wrong, others, images.labels).tolist(), _CLASSES)


def _measured(logdir: Path, *questions: Any) -> list[dict[str, float]]:
    """What a fresh process needs for some questions, one after the other."""
    command = [sys.executable, "-m", "benchmarks.compare", f"--logdir={logdir}"]
    command.append(f"--ask={json.dumps(questions)}")
    output = subprocess.run(command, check=True, capture_output=True, text=True)
    found: list[dict[str, float]] = json.loads(output.stdout.splitlines()[-1])
    return found


def _asked(logdir: Path, questions: list[tuple[str, dict[str, Any]]]) -> list[dict[str, float]]:
    """CPU seconds of each question, and private megabytes that were there afterwards, more."""
    found = []
    with tab(logdir, pace=Pace(background_bytes=0)) as opened:
        opened.json("runs")
        before = _private()
        for route, query in questions:
            start = time.process_time()
            response = opened.get(route, {"Accept-Encoding": "gzip"}, **query)
            assert response.status_code == 200, response.get_data()
            seconds = time.process_time() - start
            found.append({"seconds": seconds, "grown": _private() - before})
    return found


def _private() -> float:
    """Megabytes of memory that are this process's own; those of mapped files are not."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("RssAnon:"))
    return int(line.split()[1]) / 1e3


if __name__ == "__main__":
    main()
