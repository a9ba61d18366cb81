"""The background log: nothing lost, nothing left hanging."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest
import torch
from torch import nn

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.index.discover import find_runs

from .processes import run_training
from .reading import read_file, read_log, tensorboard_events
from .records import begun, record


def test_records_are_written_in_order_and_one_by_one(tmp_path: Path) -> None:
    log = begun(tmp_path / "deep" / "log")
    for step in range(50):
        log.add(record(step))
    log.flush()
    assert list(read_file(log.path).predicted) == list(range(50))
    log.close()
    log.close()


def test_encoding_is_not_done_by_the_caller(tmp_path: Path) -> None:
    threads = []

    def encode_slowly() -> bytes:
        threads.append(threading.current_thread())
        return record(1)()

    log = begun(tmp_path / "log")
    log.add(encode_slowly)
    log.close()
    assert threads[0] is not threading.current_thread()
    assert not threads[0].is_alive()


def test_a_full_queue_makes_the_training_wait_and_drops_nothing(tmp_path: Path) -> None:
    log = begun(tmp_path / "log")
    gate = threading.Event()

    def wait() -> bytes:
        gate.wait()
        return record(0)()

    log.add(wait)
    done = threading.Event()

    def train() -> None:
        for step in range(1, 20):
            log.add(record(step))
        done.set()

    thread = threading.Thread(target=train)
    thread.start()
    assert not done.wait(0.2)
    gate.set()
    thread.join()
    log.close()
    assert list(read_file(log.path).predicted) == list(range(20))


def test_a_writer_that_nobody_holds_writes_all_and_ends_its_thread(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)
    writer.add_weights(torch.nn.Linear(2, 2), 0)
    assert writer._log is not None
    thread = writer._log._thread
    assert thread is not None
    del writer
    thread.join(20)
    assert not thread.is_alive()
    assert list(read_log(tmp_path).filters) == [0]


@pytest.mark.parametrize(
    ("end", "status"),
    [("", 0), ("sys.exit(3)", 3), ("raise KeyboardInterrupt", -signal.SIGINT), ("1 / 0", 1)],
)
def test_an_exit_without_close_loses_nothing(tmp_path: Path, end: str, status: int) -> None:
    code = f"""
        import sys
        writer = SummaryWriter(directory)
        writer.add_scalar("loss", 1.0, 0)
        for step in range(30):
            writer.add_weights(model, step)
        {end}
    """
    assert run_training(code, tmp_path).status == status
    assert list(read_log(tmp_path).filters) == list(range(30))
    tags = [value.tag for event in tensorboard_events(tmp_path) for value in event.summary.value]
    assert "deeptracker" in tags


@pytest.mark.parametrize(
    ("end", "status"),
    [("os._exit(0)", 0), ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL)],
)
def test_a_sudden_death_loses_only_what_was_not_flushed(
    tmp_path: Path, end: str, status: int
) -> None:
    code = f"""
        import os, signal
        writer = SummaryWriter(directory)
        for step in range(10):
            writer.add_weights(model, step)
        writer.flush()
        for step in range(10, 40):
            writer.add_weights(model, step)
        {end}
    """
    assert run_training(code, tmp_path).status == status
    steps = list(read_log(tmp_path).filters)
    assert steps[:10] == list(range(10))
    assert steps == list(range(len(steps)))


def test_logging_while_the_interpreter_exits(tmp_path: Path) -> None:
    code = """
        import atexit
        writer = SummaryWriter(directory)
        atexit.register(lambda: writer.add_weights(model, 1))
        writer.add_weights(model, 0)
        atexit.register(lambda: writer.close())
    """
    assert run_training(code, tmp_path).status == 0
    assert list(read_log(tmp_path).filters)[:1] == [0]


def test_a_directory_called_plugins(tmp_path: Path) -> None:
    """It is one like any other, but within a run, where nobody would find what is logged."""
    runs = [tmp_path / "plugins", tmp_path / "plugins" / "a"]
    for run in runs:
        with SummaryWriter(run) as writer:
            writer.add_model(nn.Linear(2, 2))
        assert read_log(run).models
    assert set(find_runs({str(tmp_path): None}).values()) == set(runs)
    for inside in ("plugins", "plugins/b", "plugins/b/c"):
        with pytest.raises(ValueError, match=r"in the plugins directory of the run .*plugins'"):
            SummaryWriter(tmp_path / "plugins" / inside)
