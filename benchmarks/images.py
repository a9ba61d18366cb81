"""What opening the Images view takes: a million images, 1,000 classes, 100 validations with scores.

scripts/bench images [--logdir DIR] [--rounds 3]

What the view asks first, by the clock and in CPU time of a process that has answered nothing about
the run; and how long it is in Chromium until the list has its rows, which depends on the load.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.command import command
from benchmarks.frontend.opened import first_paint
from benchmarks.table import row, title
from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tensorboard_plugin_deeptracker.features.validation.records import Choices, encode_validation
from tests.browser.tab import launch
from tests.http.client import tab
from tests.logs import SessionLog
from tests.tensorboard_process import tensorboard

_IMAGES, _CLASSES, _VALIDATIONS = 1_000_000, 1000, 100
_RUN = "million"
_ABOUT: dict[str, Any] = {"run": _RUN, "image_set": "validation"}
_LIST = {**_ABOUT, "sort": "suspicion", "order": "down", "rows": "0:200", "history": "yes"}


def main() -> None:
    """Measures and prints the table."""
    parser = command("scripts/bench images", __doc__)
    parser.add_argument("--logdir", type=Path, help="keeps the log here, or finds it")
    parser.add_argument("--rounds", type=int, default=3, help="times of each (default: 3)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        logdir = arguments.logdir or Path(scratch, "logs")
        if not (logdir / _RUN).exists():
            write(logdir / _RUN)
        title(f"The Images view: {_IMAGES:,} images, {_VALIDATIONS} validations with scores")
        asked(logdir, arguments.rounds)
        on_screen(logdir, arguments.rounds)


def write(run: Path) -> None:
    """Images that are learned one after the other, each from the class that it is taken for."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(_CLASSES, dtype=np.int32), _IMAGES // _CLASSES)
    difficulty = rng.random(_IMAGES, np.float32)
    taken_for = (labels + rng.integers(1, 4, _IMAGES)) % _CLASSES
    names = tuple(f"class {label:04d}" for label in range(_CLASSES))
    with SessionLog(run) as log:
        log.validation_set(ImageSet(names, labels, np.arange(_IMAGES)))
        for at in range(_VALIDATIONS):
            learned = 0.9 * (1 - np.exp(-3 * at / _VALIDATIONS))
            margin = 8 * (learned - difficulty + 0.03 * rng.standard_normal(_IMAGES, np.float32))
            first, second = (
                np.where(margin > 0, *each) for each in ((labels, taken_for), (taken_for, labels))
            )
            probability = 0.98 / (1 + np.exp(-margin))
            choices = Choices(
                first, margin.astype(np.float16), probability.astype(np.float16), second
            )
            log.append(encode_validation(100 * (at + 1), first, _CLASSES, choices=choices))


def asked(logdir: Path, rounds: int) -> None:
    """The view's first questions at once, as it asks them, then a page and another order."""
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        with tab(logdir) as opened, ThreadPoolExecutor(2) as clients:

            def ask(route: str, query: dict[str, Any]) -> None:
                response = opened.get(route, {"Accept-Encoding": "gzip"}, **query)
                assert response.status_code == 200, response.get_data()

            def note(name: str, took: float) -> None:
                found.setdefault(name, []).append(took)

            opened.json("run", run=_RUN)
            started, busy = time.perf_counter(), time.process_time()
            list(clients.map(ask, ("cartography", "image_scores"), (_ABOUT, _LIST)))
            note("plot and list", time.perf_counter() - started)
            note("  CPU time of the process", time.process_time() - busy)
            for name, change in (
                ("another page", {"rows": "200:400"}),
                ("another order", {"sort": "margin"}),
                ("an identifier", {"find": "999999", "rows": "0:1"}),
            ):
                started = time.perf_counter()
                ask("image_scores", {**_LIST, **change})
                note(name, time.perf_counter() - started)
    budgets = {"plot and list": 2.0, "an identifier": 0.2}
    for name, times in found.items():
        budget = budgets.get(name, 1.0)
        promised = 1.0 if name in budgets else None
        row(name, statistics.median(times), budget, f"{budget} s", promised)


def on_screen(logdir: Path, rounds: int) -> None:
    """Until the list has rows: by a TensorBoard that has answered nothing, and after that."""
    state = f"2!screen.run*{_RUN}!screen.view*images"
    first: list[float] = []
    again: list[float] = []
    with sync_playwright() as playwright, ExitStack() as stack:
        browser = launch(playwright)
        stack.callback(browser.close)
        for _ in range(rounds):
            with (
                tempfile.TemporaryDirectory() as output,
                tensorboard(
                    Path(output, "out"), f"--logdir={logdir}", python=sys.executable
                ) as board,
            ):
                board.until(lambda: len(board.json("runs")["runs"]) == 1)
                for times in (first, again):
                    times.append(first_paint(browser, board.url, state, "[data-at] .strip") / 1e3)
    row("in Chromium, the first time", statistics.median(first), 2.0, "2.0 s", 1.0)
    row("after that", statistics.median(again), 1.0, "1.0 s", None)


if __name__ == "__main__":
    main()
