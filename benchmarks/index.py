"""What looking at a log costs, with a ResNet-50's training on ImageNet as the log.

scripts/bench index [--logdir DIR] [--rounds 100] [--large DIR]

Everything is measured in one run, each figure beside what it is compared with: opening a
log with TensorBoard's own reader of event files, the routes with TensorBoard's scalars
in the same process, mini-sets with the paper's Algorithm 1. Files are in the page cache.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from benchmarks import imagenet_log
from benchmarks.beside import measure_beside
from benchmarks.command import command
from benchmarks.served import measure_routes
from benchmarks.table import row, title
from tensorboard_plugin_deeptracker.events import tfrecord
from tensorboard_plugin_deeptracker.events.schema import LOG_DIRECTORY
from tensorboard_plugin_deeptracker.features.correlation.compute.minisets import mini_sets
from tensorboard_plugin_deeptracker.features.images.records import IMAGE_SETS, VALIDATION
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, MODEL, encode_dump
from tensorboard_plugin_deeptracker.features.validation.compute import history
from tensorboard_plugin_deeptracker.features.validation.records import encode_validation
from tensorboard_plugin_deeptracker.index.run import EAGER_BYTES
from tests.http.client import tab
from tests.logs import open_run
from tests.reference import algorithm_1

_LOG = f"{LOG_DIRECTORY}/standing.deeptracker"
_NEW = 20

# In a process of its own: how long until the first answers, and how much of it is ours.
_OPENING = """
import sys, time
from tests.http.client import tab
start = time.perf_counter()
with tab(sys.argv[1]) as opened:
    (run,) = opened.json("runs")["runs"]
    opened.json("run", run=run["run"])
    print(time.perf_counter() - start)
"""


def main() -> None:
    """Measures and prints the table."""
    parser = command("scripts/bench index", __doc__)
    parser.add_argument("--logdir", type=Path, help="a standing log that is there already")
    parser.add_argument("--rounds", type=int, default=100, help="requests of each (default: 100)")
    parser.add_argument("--large", type=Path, help="also a log written with --scale 10")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        logdir = arguments.logdir or Path(scratch, "standing")
        if not arguments.logdir:
            imagenet_log.write(logdir / "resnet50")
        (run,) = (path.parents[2] for path in logdir.rglob(_LOG))
        opening(logdir, run)
        measure_routes(run, Path(scratch), arguments.rounds)
        measure_beside(run, Path(scratch), arguments.rounds)
        partitions()
        with copied(run, scratch) as copy:
            new_dumps(copy)
        many_runs(run, scratch)
        if arguments.large:
            large(arguments.large, run, Path(scratch))


def opening(logdir: Path, run: Path) -> None:
    """From a cold process to the first answers, against TensorBoard's reader of event files."""
    title("Opening")
    whole, own = median_of(opened, 5, logdir)
    started = time.perf_counter()
    records = sum(1 for _ in EventFileLoader(str(run / _LOG)).Load())
    reading = time.perf_counter() - started
    size = (run / _LOG).stat().st_size
    print(f"{size / 1e6:.0f} MB, {records} records; TensorBoard's reader: {reading:.1f} s\n")
    row("cold process to `runs` and `run`", whole, reading, "TensorBoard's reader", 0.01)
    row("  of which not imports", own, reading, "TensorBoard's reader", None)


def opened(logdir: Path) -> tuple[float, float]:
    """Seconds of a process that opens a log, and of what it does after its imports."""
    started = time.perf_counter()
    command = [sys.executable, "-c", _OPENING, str(logdir)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return time.perf_counter() - started, float(output)


def partitions() -> None:
    """Mini-sets of 750 sets of 100 filters, against Algorithm 1 written plainly."""
    title("Mini-sets of 750 sets of 100 filters")
    rng = np.random.default_rng(0)
    # Filters that move often and filters that hardly ever do, as in a training.
    weights = rng.pareto(1.0, 2048) + 1e-3
    sets = [rng.choice(2048, 100, replace=False, p=weights / weights.sum()) for _ in range(750)]
    started = time.perf_counter()
    expected = algorithm_1([set(one.tolist()) for one in sets])
    plain = time.perf_counter() - started
    ours = statistics.median(seconds(lambda: mini_sets(dict(enumerate(sets)))) for _ in range(9))
    found = [set(one.filters.tolist()) for one in mini_sets(dict(enumerate(sets)))]
    if sorted(map(sorted, found)) != sorted(map(sorted, expected)):
        raise AssertionError("the two partitions differ")
    print(f"{len(found)} mini-sets, the same of both\n")
    row("mini-sets", ours, plain, "Algorithm 1", 1 / 50)


def new_dumps(run: Path) -> None:
    """What taking in a new dump costs when the log is long, against when it is short."""
    title("A new dump and validation")
    short = run.parent / "short"
    imagenet_log.write(short, dumps=100)
    long_log, short_log = (statistics.median(taking_in(path)) for path in (run, short))
    row("taken in and made into error rates, after 750", long_log, short_log, "after 100", None)


def taking_in(run: Path) -> Iterator[float]:
    """CPU seconds of each new dump and validation: following, verifying, the routes' sums."""
    followed = open_run(run)
    followed.refresh(float("inf"))
    snapshot = followed.snapshot
    model, images = snapshot.of(MODEL), snapshot.of(IMAGE_SETS)
    assert model is not None
    assert images is not None
    history(snapshot, VALIDATION, images)
    filters = np.zeros((len(model.measures), model.filters), np.float32)
    statistics_of = np.zeros((len(model.statistics), sum(1 for _ in model.root.walk())), np.float32)
    step = int(snapshot.steps(DUMPS)[-1])
    with (run / _LOG).open("ab") as log:
        for _ in range(_NEW):
            step += 1
            log.write(tfrecord.frame(encode_dump(step, filters, statistics_of)))
            log.write(tfrecord.frame(encode_validation(step, images.labels, 1000)))
            log.flush()
            started = time.process_time()
            followed.refresh(EAGER_BYTES)
            history(followed.snapshot, VALIDATION, images)
            yield time.process_time() - started


def many_runs(run: Path, scratch: str) -> None:
    """A hundred runs of full length under one log directory."""
    title("100 runs of 1,603 records each")
    logdir = Path(scratch, "hundred")
    for i in range(100):
        directory = logdir / f"run {i}" / LOG_DIRECTORY
        directory.mkdir(parents=True)
        os.link(os.path.realpath(run / _LOG), directory / Path(_LOG).name)
    with tab(logdir) as opened:
        before = time.process_time()
        first = seconds(lambda: opened.json("runs"))
        busy = time.process_time() - before
        again = seconds(lambda: opened.json("runs"))
    row("first `runs`", first, 1.0, "a second", 1.0)
    row("  CPU time of the process meanwhile", busy, 1.0, "a second", None)
    row("`runs` again", again, 1.0, "a second", None)
    shutil.rmtree(logdir)


def large(logdir: Path, small: Path, scratch: Path) -> None:
    """A log of as many dumps and validations, each about ten times as large."""
    title("--scale 10")
    (run,) = (path.parents[2] for path in logdir.rglob(_LOG))
    size, small_size = ((path / _LOG).stat().st_size / 1e6 for path in (run, small))
    (whole, own), (small_whole, small_own) = (
        median_of(opened, 5, path.parent) for path in (run, small)
    )
    row("size of the log", size, small_size, "--scale 1", None, "MB")
    row("cold process to `runs` and `run`", whole, small_whole, "--scale 1", None)
    row("  of which not imports", own, small_own, "--scale 1", None)
    measure_routes(run, scratch, 20)


@contextmanager
def copied(run: Path, scratch: str) -> Iterator[Path]:
    """A copy that may be appended to."""
    copy = Path(scratch, "copy")
    shutil.copytree(run, copy / "run")
    yield copy / "run"
    shutil.rmtree(copy)


def seconds(action: Callable[[], object]) -> float:
    """How long something takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def median_of(
    measure: Callable[[Path], tuple[float, float]], rounds: int, path: Path
) -> tuple[float, float]:
    """Medians of several measurements of two figures."""
    first, second = zip(*(measure(path) for _ in range(rounds)), strict=True)
    return statistics.median(first), statistics.median(second)


if __name__ == "__main__":
    main()
