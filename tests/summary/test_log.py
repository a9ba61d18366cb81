"""The background log: nothing lost, nothing raised, nothing left hanging."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.events import encode, schema, tfrecord
from tensorboard_plugin_deeptracker.summary import log as log_module
from tensorboard_plugin_deeptracker.summary.log import Log

from .processes import Trainings
from .reading import log_files, read_file, read_log, tensorboard_events

SESSION = encode.session(schema.Session("tests", 1.0, "tests"))


def record(step: int) -> Callable[[], bytes]:
    return lambda: encode.validation(step, torch.tensor([step % 100]).numpy(), 100)


def begun(path: Path) -> Log:
    log = Log(path)
    log.add(lambda: SESSION)
    return log


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
def test_an_exit_without_close_loses_nothing(
    tmp_path: Path, trainings: Trainings, end: str, status: int
) -> None:
    code = f"""
        import sys
        writer = SummaryWriter(directory)
        writer.add_scalar("loss", 1.0, 0)
        for step in range(30):
            writer.add_weights(model, step)
        {end}
    """
    assert trainings.run(code, tmp_path).status == status
    assert list(read_log(tmp_path).filters) == list(range(30))
    tags = [value.tag for event in tensorboard_events(tmp_path) for value in event.summary.value]
    assert "deeptracker" in tags


@pytest.mark.parametrize(
    ("end", "status"),
    [("os._exit(0)", 0), ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL)],
)
def test_a_sudden_death_loses_only_what_was_not_flushed(
    tmp_path: Path, trainings: Trainings, end: str, status: int
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
    assert trainings.run(code, tmp_path).status == status
    steps = list(read_log(tmp_path).filters)
    assert steps[:10] == list(range(10))
    assert steps == list(range(len(steps)))


def test_logging_while_the_interpreter_exits(tmp_path: Path, trainings: Trainings) -> None:
    code = """
        import atexit
        writer = SummaryWriter(directory)
        atexit.register(lambda: writer.add_weights(model, 1))
        writer.add_weights(model, 0)
        atexit.register(lambda: writer.close())
    """
    assert trainings.run(code, tmp_path).status == 0
    assert list(read_log(tmp_path).filters)[:1] == [0]


def test_a_full_disk_stops_the_logging_and_not_the_training(
    tmp_path: Path, trainings: Trainings
) -> None:
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
    said = trainings.run(code, tmp_path).stderr
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
    tmp_path: Path, trainings: Trainings, flushed: bool, logs: str, says: str
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
    done = trainings.run(code, tmp_path)
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


def test_a_mount_that_hangs_costs_one_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "_STALL_SECONDS", 0.2)
    gate = threading.Event()

    def hang() -> bytes:
        gate.wait()
        return SESSION

    log = Log(tmp_path / "log")
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


def test_a_mount_that_hangs_does_not_hold_up_who_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "_STALL_SECONDS", 0.2)
    gate = threading.Event()
    log = begun(tmp_path / "log")
    log.add(lambda: bytes(gate.wait()))
    with pytest.warns(RuntimeWarning, match="no record could be written for"):
        log.flush()
    gate.set()


def test_a_slow_but_moving_log_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "_STALL_SECONDS", 0.4)
    log = begun(tmp_path / "log")

    def slow(step: int) -> Callable[[], bytes]:
        def encoded() -> bytes:
            time.sleep(0.2)
            return record(step)()

        return encoded

    for step in range(4):
        log.add(slow(step))
    log.flush()
    log.close()
    assert list(read_file(log.path).predicted) == [0, 1, 2, 3]


def in_child(action: Callable[[], None]) -> int:
    """Runs an action in a fork; returns its exit status, or kills it after a while."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            action()
            os._exit(0)
        except BaseException:
            os._exit(1)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the forked process hangs")


def test_a_forked_process_neither_writes_nor_hangs(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 2)
    writer = SummaryWriter(tmp_path)
    writer.add_validation_set([0], ["a"])
    for step in range(3):
        writer.add_weights(model, step)

    def use() -> None:
        writer.add_weights(model, 100)
        writer.add_predictions([0], 100)
        assert writer._log is not None
        writer._log.flush()
        writer._log.close()

    for _ in range(5):
        assert in_child(use) == 0
    writer.add_weights(model, 3)
    writer.close()
    assert list(read_log(tmp_path).filters) == [0, 1, 2, 3]


def test_a_process_forked_before_the_first_record_has_a_log_of_its_own(tmp_path: Path) -> None:
    def train() -> None:
        with SummaryWriter(tmp_path) as writer:
            writer.add_weights(torch.nn.Linear(2, 2), 0)

    assert in_child(train) == 0
    assert list(read_log(tmp_path).filters) == [0]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_data_loaders_are_unharmed(tmp_path: Path, trainings: Trainings, method: str) -> None:
    code = f"""
        writer = SummaryWriter(directory)
        data = torch.utils.data.TensorDataset(torch.randn(40, 2))
        loader = torch.utils.data.DataLoader(
            data, batch_size=5, num_workers=1, multiprocessing_context="{method}"
        )
        writer.add_weights(model, 0)
        for step, (x,) in enumerate(loader, start=1):
            model(x).sum().backward()
            writer.add_weights(model, step)
    """
    ended = trainings.run(code, tmp_path)
    assert ended.status == 0, ended.stderr
    assert list(read_log(tmp_path).filters) == list(range(9))
