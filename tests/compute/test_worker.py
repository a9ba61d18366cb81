"""What takes long is computed in another process, which nobody notices but by its pace."""

from __future__ import annotations

import logging
import operator
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import numpy as np
import pytest

from tensorboard_plugin_deeptracker.compute.errors import ComputingError
from tensorboard_plugin_deeptracker.compute.worker import Worker
from tests.compute.called import busy, end, talkative, unsendable, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def worker() -> Iterator[Worker]:
    one = Worker()
    one.start()
    one.ready(None)
    yield one
    one.close()


def test_one_process_for_several_calls(worker: Worker) -> None:
    pids = {worker.call(os.getpid) for _ in range(3)}
    assert pids == {worker.pid}
    assert worker.pid != os.getpid()


def test_arrays_come_back_as_they_were(worker: Worker) -> None:
    values = np.random.default_rng(0).random((1000, 300), np.float32)
    np.testing.assert_array_equal(worker.call(np.ascontiguousarray, values), values)


def test_what_a_function_raises_is_raised_here(worker: Worker) -> None:
    with pytest.raises(ZeroDivisionError):
        worker.call(operator.truediv, 1, 0)
    with pytest.raises(AttributeError, match="local"):
        worker.call(unsendable)
    assert worker.call(os.getpid) == worker.pid


def test_what_a_function_prints_is_no_answer(worker: Worker) -> None:
    assert worker.call(talkative, "\0" * 100) == "\0" * 100
    assert worker.call(os.getpid) == worker.pid


def test_many_threads_may_call(worker: Worker) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda i: worker.call(operator.add, i, i), range(100)))
    assert answers == [2 * i for i in range(100)]


def test_nobody_waits_for_the_process() -> None:
    worker = Worker()
    assert worker.call(os.getpid) == os.getpid()
    assert worker.pid is None
    worker.start()
    assert worker.call(os.getpid) in {os.getpid(), worker.pid}
    worker.close()


def test_a_process_that_was_killed_is_replaced(worker: Worker) -> None:
    before = worker.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert worker.call(os.getpid) == worker.pid != before


def test_a_process_that_is_killed_while_it_starts_is_replaced() -> None:
    worker = Worker()
    worker.start()
    before = worker.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    for thread in threading.enumerate():
        if thread.name == "deeptracker-worker":
            thread.join()
    assert worker.pid is None
    assert worker.ready(None)
    assert worker.call(os.getpid) == worker.pid
    worker.close()


def running(path: Path) -> int:
    """The process in which `until` waits for a file."""
    while True:
        for other in path.parent.glob(f"{path.stem}.*"):
            return int(other.suffix[1:])
        sleep(0.01)


def test_a_process_that_is_killed_meanwhile_costs_no_answer(worker: Worker, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(worker.call, until, tmp_path / "file")
        pid = running(tmp_path / "file")
        assert pid == worker.pid
        os.kill(pid, signal.SIGKILL)
        (tmp_path / "file").touch()
        assert answer.result() == worker.pid != pid


def test_who_waits_meanwhile_asks_the_next_process_when_it_is_ready(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    awaited = worker._await

    def late(process: subprocess.Popen[bytes]) -> None:
        sleep(0.2)  # So that what it waits for, the first word, may be taken by others.
        awaited(process)

    monkeypatch.setattr(worker, "_await", late)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(worker.call, until, tmp_path / "file")
        pid = running(tmp_path / "file")
        second = threads.submit(worker.call, os.getpid)
        os.kill(pid, signal.SIGKILL)
        (tmp_path / "file").touch()
        assert first.result() == second.result() == worker.pid != pid


def test_what_ends_the_process_twice_is_not_tried_here(worker: Worker) -> None:
    with pytest.raises(ComputingError, match=r"has ended twice, the second time with exit code 3"):
        worker.call(end, 3)
    assert worker.ready(None)
    assert worker.call(os.getpid) == worker.pid


def test_a_process_that_does_not_start_is_not_waited_for() -> None:
    worker = Worker()
    worker.start("no_such_module")
    assert not worker.ready(None)
    assert worker.call(os.getpid) == os.getpid()


@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_process_that_hangs_is_ended_and_replaced(is_stopped: bool) -> None:
    worker = Worker(silence=1)
    worker.start()
    assert worker.ready(None)
    before = worker.pid
    assert before is not None
    if is_stopped:
        os.kill(before, signal.SIGSTOP)
    with pytest.raises(ComputingError, match=rf"\(pid {before}\) did nothing for 1 seconds"):
        worker.call(sleep, 3600)
    assert worker.ready(None)
    assert worker.pid not in (None, before)
    worker.close()


def test_a_process_that_works_says_so(tmp_path: Path) -> None:
    worker = Worker(silence=10)
    worker.start()
    assert worker.ready(None)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(worker.call, busy, tmp_path / "file")
        running(tmp_path / "file")
        for _ in range(2):
            heard = worker._heard
            while worker._heard == heard:
                sleep(0.01)
        (tmp_path / "file").touch()
        assert answer.result() == worker.pid
    worker.close()


def test_what_is_being_computed_holds_up_neither_a_start_nor_the_end(
    worker: Worker, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(worker.call, until, tmp_path / "file")
        running(tmp_path / "file")
        worker.start()
        worker.close()
        assert worker.pid is None
        (tmp_path / "file").touch()
        assert answer.result() == os.getpid()


def test_where_no_process_can_be_started_it_is_computed_here(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    worker = Worker()
    with caplog.at_level(logging.WARNING):
        worker.start()
    assert "computes in TensorBoard's own process" in caplog.text
    assert worker.call(os.getpid) == os.getpid()
    worker.close()


def test_modules_are_imported_before_it_is_ready() -> None:
    worker = Worker()
    worker.start("tests.compute.called")
    worker.ready(None)
    assert worker.call(eval, "'tests.compute.called' in __import__('sys').modules")
    worker.close()


def test_it_ends_with_the_process_that_started_it() -> None:
    # Its errors go where its parent's do: that pipe closes when both have ended.
    code = (
        "import os, signal\n"
        "from tensorboard_plugin_deeptracker.compute.worker import Worker\n"
        "worker = Worker()\n"
        "worker.start()\n"
        "worker.ready(None)\n"
        "print(worker.call(os.getpid) == worker.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", -signal.SIGKILL)


def test_interrupting_tensorboard_does_not_interrupt_it(worker: Worker) -> None:
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGINT)
    assert worker.call(os.getpid) == worker.pid


def test_threads_that_wait_for_it_are_few(worker: Worker) -> None:
    worker.call(os.getpid)
    assert not [one for one in threading.enumerate() if one.name.startswith("deeptracker-w")]
