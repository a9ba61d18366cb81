"""Processes forked from a training: they neither write nor hang."""

from __future__ import annotations

import os
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tensorboard_plugin_deeptracker import SummaryWriter

from ..waiting import PATIENCE
from .processes import run_training
from .reading import read_log


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
    deadline = time.monotonic() + PATIENCE
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
def test_data_loaders_are_unharmed(tmp_path: Path, method: str) -> None:
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
    ended = run_training(code, tmp_path)
    assert ended.status == 0, ended.stderr
    assert list(read_log(tmp_path).filters) == list(range(9))
