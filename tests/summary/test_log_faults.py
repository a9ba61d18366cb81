"""A disk that fails: one warning, and the training goes on."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.events import tfrecord
from tensorboard_plugin_deeptracker.summary.log import Log

from .processes import run_training
from .reading import log_files, read_file, read_log
from .records import SESSION, begun, record


def test_a_full_disk_stops_the_logging_and_not_the_training(tmp_path: Path) -> None:
    code = """
        import resource, signal, sys
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        writer = SummaryWriter(directory)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        for step in range(200):
            writer.add_weights(model, step)
            if step % 50 == 0:
                writer.flush()
        writer.close()
        print("trained to the end", file=sys.stderr)
    """
    said = run_training(code, tmp_path).stderr
    assert "trained to the end" in said
    assert said.count("DeepTracker stopped logging") == 1
    assert "File too large. The training goes on" in said
    assert "<training>:" in said, "the warning is about the user's line"
    (path,) = log_files(tmp_path)
    steps = list(read_file(path).filters)
    assert len(steps) > 2
    assert steps == list(range(len(steps)))
    # No half of a record, which a reader would wait to be continued.
    data, at = path.read_bytes(), 0
    while at < len(data):
        length = tfrecord.payload_length(data[at : at + tfrecord.HEADER.size])
        assert length is not None
        at += tfrecord.OVERHEAD + length
    assert at == len(data)


LOG_WEIGHTS = """
        for step in range(20):
            writer.add_weights(model, step)
"""
LOG_WEIGHTS_ON_ANOTHER_RANK = """
        import torch.distributed
        from torch.testing._internal.distributed.fake_pg import FakeStore
        torch.distributed.init_process_group("fake", FakeStore(), rank=1, world_size=2)
        writer.add_weights(model, 0)
"""


@pytest.mark.parametrize(
    ("flushed", "logs", "says"),
    [
        (True, LOG_WEIGHTS, "DeepTracker stopped logging"),
        (False, "", "The event file in"),
        (False, LOG_WEIGHTS_ON_ANOTHER_RANK, "The event file in"),
    ],
)
def test_a_disk_that_is_full_for_the_event_file(
    tmp_path: Path, flushed: bool, logs: str, says: str
) -> None:
    code = f"""
        import resource, signal, sys
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        writer = SummaryWriter(directory)
        writer.add_text("notes", 20_000 * "x")
        if {flushed}:
            writer.flush()
        # What is said here goes to a file too; the writer's own may grow no more.
        resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, resource.RLIM_INFINITY))
        {logs}
        for _ in range(3):
            writer.flush()
        writer.close()
        print("trained to the end", file=sys.stderr)
    """
    done = run_training(code, tmp_path)
    assert done.status == 0
    assert "trained to the end" in done.stderr
    assert done.stderr.count(f"RuntimeWarning: {says}") == 1
    assert done.stderr.count("RuntimeWarning") == 1


def test_a_file_system_that_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "plugins").write_text("a file where the directory should be")
    model = torch.nn.Linear(2, 2)

    def train() -> None:
        with SummaryWriter(tmp_path) as writer:
            for step in range(20):
                writer.add_weights(model, step)
            writer.flush()
            writer.add_scalar("loss", 1.0, 0)

    with pytest.warns(RuntimeWarning, match="DeepTracker stopped logging") as caught:
        train()
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_a_deleted_file_is_noticed(tmp_path: Path) -> None:
    log = begun(tmp_path / "log")
    log.flush()
    log.path.unlink()
    log.add(record(1))
    with pytest.warns(RuntimeWarning, match="the file was deleted"):
        log.flush()
    log.close()
    assert not log.path.exists()


def test_a_file_deleted_while_closed_is_not_begun_in_the_middle(tmp_path: Path) -> None:
    log = begun(tmp_path / "log")
    log.close()
    log.path.unlink()
    log.add(record(1))
    with pytest.warns(RuntimeWarning, match="FileNotFoundError"):
        log.close()
    assert not log.path.exists()


def test_warnings_that_are_errors_do_not_stop_the_thread(tmp_path: Path) -> None:
    log = begun(tmp_path)  # A directory: it cannot be created as a file.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning):
            log.flush()
        log.add(record(1))
        log.flush()
    log.close()


def test_a_mount_that_hangs_costs_one_wait(tmp_path: Path) -> None:
    gate = threading.Event()

    def hang() -> bytes:
        gate.wait()
        return SESSION

    log = Log(tmp_path / "log", stall_seconds=0.2)
    log.add(hang)

    def train() -> None:
        for step in range(10):
            log.add(record(step))
        log.flush()
        log.close()

    with pytest.warns(RuntimeWarning, match="no record could be written for") as caught:
        train()
    assert len(caught) == 1
    gate.set()


def test_a_mount_that_hangs_does_not_hold_up_who_waits_for_it(tmp_path: Path) -> None:
    gate = threading.Event()
    log = begun(tmp_path / "log", stall_seconds=0.2)
    log.add(lambda: bytes(gate.wait()))
    with pytest.warns(RuntimeWarning, match="no record could be written for"):
        log.flush()
    gate.set()


def test_a_slow_but_moving_log_is_waited_for(tmp_path: Path) -> None:
    log = begun(tmp_path / "log", stall_seconds=1.5)

    def slow(step: int) -> Callable[[], bytes]:
        def encoded() -> bytes:
            time.sleep(0.1)
            return record(step)()

        return encoded

    for step in range(20):
        log.add(slow(step))
    log.flush()
    log.close()
    assert list(read_file(log.path).predicted) == list(range(20))


def test_what_fails_before_a_close_ends_neither_the_training_nor_the_log(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)
    writer.add_validation_set([0], ["one"])
    writer.add_predictions([0], 3)
    done: list[str] = []

    def fail() -> None:
        raise KeyError("gone")

    writer.before_close += [lambda: done.append("the other"), fail]
    with pytest.warns(RuntimeWarning, match="when the writer was closed: KeyError: 'gone'"):
        writer.close()
    assert done == ["the other"]
    assert sorted(read_log(tmp_path).predicted) == [3]
