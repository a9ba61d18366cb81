"""What docs/reliability.md promises when something fails from outside."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.events import tfrecord
from tensorboard_plugin_deeptracker.events.kinds import Series
from tensorboard_plugin_deeptracker.features.causes.records import EXPERIMENTS
from tensorboard_plugin_deeptracker.features.layers.compute import dump_filters
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, MODEL, encode_dump
from tensorboard_plugin_deeptracker.features.map.records import REPRESENTATIONS
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tensorboard_plugin_deeptracker.index.run import Snapshot
from tests.logs import (
    SessionLog,
    open_run,
    random_dump,
    small_model,
    small_validation_set,
    write_small_run,
)
from tests.summary.processes import run_training
from tests.tensorboard_process import tensorboard

NETWORK = small_model(3, 2)
# Short by default, long under scripts/test --full.
KILLS = [8, pytest.param(200, marks=pytest.mark.full)]
STARTS = [2, pytest.param(20, marks=pytest.mark.full)]


def read(directory: Path) -> Snapshot:
    run = open_run(directory)
    run.refresh()
    return run.snapshot


def steps(snapshot: Snapshot) -> list[int]:
    return [dump.step for dump in snapshot.of(DUMPS)]


def changes(snapshot: Snapshot) -> NDArray[np.float32]:
    """float32[dumps, filters]"""
    model = snapshot.of(MODEL)
    assert model is not None
    position = model.measures.index("change")
    return np.stack([dump_filters(dump, model, position) for dump in snapshot.of(DUMPS)])


def digests(directory: Path) -> dict[str, str]:
    """Every file below a directory with what it holds."""
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


# Of every kind of which there is a record at each step.
_OF_EACH_STEP: list[tuple[Series[Any], str | None]] = [
    (DUMPS, None),
    (VALIDATIONS, "validation"),
    (VALIDATIONS, "train"),
    (REPRESENTATIONS, None),
    (EXPERIMENTS, None),
]


@pytest.mark.parametrize("kills", KILLS)
def test_a_writer_killed_at_any_moment(tmp_path: Path, kills: int) -> None:
    """All that was flushed is read, in order, without a gap, and nothing else is said to be."""
    moments = random.Random(kills)
    code = """
        import os, signal, threading
        from tests.logs import small_experiments
        effects = small_experiments().effects
        threading.Timer({moment}, os.kill, (os.getpid(), signal.SIGKILL)).start()
        writer = SummaryWriter(directory)
        writer.add_validation_set([0, 1, 2], ["a", "b", "c"])
        writer.add_image_set("train", [2, 2], ["a", "b", "c"])
        for step in range(1_000_000):
            writer.add_predictions([0, 1, 1], step, torch.rand(3, 3))
            writer.add_predictions([2, 1], step, image_set="train")
            writer.add_representations(torch.rand(3, 2), step)
            writer.add_effects(effects, step, since=step)
            writer.add_weights(model, step)
            if step % 5 == 0:
                writer.flush()
                with open(directory + "/flushed", "w") as note:
                    note.write(str(step))
    """
    for kill in range(kills):
        directory = tmp_path / str(kill)
        ended = run_training(code.format(moment=moments.uniform(0.001, 0.4)), directory)
        assert ended.status == -signal.SIGKILL, ended.stderr
        note = directory / "flushed"
        flushed = int(note.read_text() or -1) if note.exists() else -1
        snapshot = read(directory)
        for kind, key in _OF_EACH_STEP:
            logged = snapshot.steps(kind, key).tolist()
            assert logged == list(range(len(logged)))
            assert len(logged) > flushed
        assert len(snapshot.problems) <= 1  # The record that was cut off.


@pytest.mark.parametrize("starts", STARTS)
def test_a_tensorboard_killed_at_any_moment(tmp_path: Path, starts: int) -> None:
    """It leaves nothing behind in the log directory, and the next one answers as if nothing was."""
    moments = random.Random(starts)
    write_small_run(tmp_path / "logs" / "run")
    before = digests(tmp_path / "logs")
    for start in range(starts):
        with tensorboard(tmp_path / f"out-{start}", f"--logdir={tmp_path / 'logs'}") as board:
            for _ in range(moments.randrange(1, 6)):
                assert board.json("run", run="run")["problems"] == []
                assert board.json("clusters", run="run", k=2)["k"] == 2
            os.kill(board.pid, signal.SIGKILL)
    assert digests(tmp_path / "logs") == before


def test_a_clock_that_goes_backwards(tmp_path: Path) -> None:
    """A training that is resumed continues the log, whatever the clock says by then."""
    code = """
        import time
        time.time = lambda: {now}
        with SummaryWriter(directory, purge_step={first}) as writer:
            for step in range({first}, {first} + 4):
                writer.add_weights(model, step)
    """
    for now, first in ((2_000_000_000.0, 0), (1_000_000_000.0, 2), (1_500_000_000.0, 5)):
        assert run_training(code.format(now=now, first=first), tmp_path).status == 0
    snapshot = read(tmp_path)
    assert steps(snapshot) == list(range(9))
    # A session begins with a dump that has nothing to be compared with: here each at its first.
    assert np.flatnonzero(np.isnan(changes(snapshot)).all(1)).tolist() == [0, 2, 5]


def test_a_log_copied_while_it_grows(tmp_path: Path) -> None:
    """As rsync copies: to a file beside it that takes its place, or in place, piece by piece."""
    source = tmp_path / "source"
    directory = tmp_path / "copy" / "plugins" / "deeptracker"
    directory.mkdir(parents=True)
    run = open_run(tmp_path / "copy", "copy")
    with SessionLog(source) as log:
        log.model(NETWORK)
        for step in range(6):
            log.dump(step, *random_dump(NETWORK, step))
            data = log.path.read_bytes()
            aside = directory / f".{log.path.name}.Xy12ab"
            aside.write_bytes(data[: len(data) // 2])
            run.refresh()
            aside.write_bytes(data)
            aside.rename(directory / log.path.name)
            run.refresh()
            assert steps(run.snapshot) == list(range(step + 1))
        log.dump(6, *random_dump(NETWORK, 6))
        data = log.path.read_bytes()
    with (directory / log.path.name).open("r+b") as file:
        for start in range(0, len(data), 300):
            file.seek(start)
            file.write(data[start : start + 300])
            file.flush()
            run.refresh()
            assert steps(run.snapshot) in (list(range(6)), list(range(7)))
    assert steps(run.snapshot) == list(range(7))
    assert run.snapshot.problems == ()


def test_a_size_that_shows_before_the_bytes(tmp_path: Path) -> None:
    """As on network file systems: where a file has grown, there are zeros for a while."""
    run = open_run(tmp_path)
    with SessionLog(tmp_path) as log:
        log.model(NETWORK)
        log.dump(0, *random_dump(NETWORK, 0))
        run.refresh()
        record = tfrecord.frame(encode_dump(1, *random_dump(NETWORK, 1)))
        size = log.path.stat().st_size
        os.truncate(log.path, size + len(record))
        for shown in (0, 6, 40, len(record) - 2, len(record)):
            with log.path.open("r+b") as file:
                file.seek(size)
                file.write(record[:shown])
            run.refresh()
            assert steps(run.snapshot) in ([0], [0, 1])
        run.refresh()
    assert steps(run.snapshot) == [0, 1]
    assert run.snapshot.problems == ()


def test_a_clock_that_stands_still_in_the_files(tmp_path: Path) -> None:
    """Nothing depends on the times of files: some copies and file systems do not keep them."""
    run = open_run(tmp_path)
    with SessionLog(tmp_path) as log:
        log.model(NETWORK)
        for step in range(3):
            log.dump(step, *random_dump(NETWORK, step))
            os.utime(log.path, (0, 0))
            run.refresh()
            assert steps(run.snapshot) == list(range(step + 1))


def test_two_writers_on_one_run(tmp_path: Path) -> None:
    """The one that began later counts from its first dump on; the log says the same every time."""
    with (
        SessionLog(tmp_path, "first", started=1.0) as one,
        SessionLog(tmp_path, "second", started=2.0) as other,
    ):
        one.model(NETWORK)
        other.model(NETWORK)
        images = small_validation_set(2, 2)
        one.validation_set(images)
        for step in range(8):
            one.dump(step, *random_dump(NETWORK, step))
            if step >= 3:
                other.dump(step, *random_dump(NETWORK, 100 + step))
            one.validation(step, [0, 0, 1, 1], 2)
    snapshot = read(tmp_path)
    assert steps(snapshot) == list(range(8))
    expected = [random_dump(NETWORK, step if step < 3 else 100 + step)[0][0] for step in range(8)]
    assert np.array_equal(changes(snapshot), expected)
    assert len(snapshot.of(VALIDATIONS)) == 8


def test_time_passes_while_nothing_does(tmp_path: Path) -> None:
    """A log that nobody touches is not read again."""
    write_small_run(tmp_path)
    run = open_run(tmp_path)
    run.refresh()
    snapshot = run.snapshot
    time.sleep(0.1)
    run.refresh()
    assert run.snapshot is snapshot
