"""What signs cost: processor time of looking for them, beside that of the dumps themselves."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker
from tensorboard_plugin_deeptracker.features.signs.compute import Follower
from tensorboard_plugin_deeptracker.summary.log import Log

from .networks import resnet

_DUMPS, _IMAGES, _CLASSES = 60, 2000, 10


def measure_cost() -> str:
    """A sentence with the figures."""
    spent = {"dump": 0.0, "look": 0.0}

    def timed(call: Callable[..., Any], what: str) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            begin = time.thread_time()
            try:
                return call(*arguments, **options)
            finally:
                spent[what] += time.thread_time() - begin

        return called

    def appended(log: Log, record: bytes) -> None:
        begin = time.thread_time()
        append(log, record)
        spent["dump"] += time.thread_time() - begin

    append = Log._append
    torch.manual_seed(0)
    inputs, labels = torch.randn(_IMAGES, 3, 32, 32), torch.arange(_IMAGES) % _CLASSES
    model = resnet(3, _CLASSES)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    loader = DataLoader(TensorDataset(inputs, labels), 250)
    add = Log.add

    def added(log: Log, record: Callable[[], bytes]) -> None:
        add(log, timed(record, "dump"))

    with (
        tempfile.TemporaryDirectory() as directory,
        mock.patch.object(Log, "_append", appended),
        mock.patch.object(Log, "add", added),
        mock.patch.object(Follower, "look", timed(Follower.look, "look")),
        mock.patch.object(Tracker, "_evaluate_and_log", timed(Tracker._evaluate_and_log, "dump")),
        SummaryWriter(Path(directory)) as writer,
    ):
        tracker = Tracker(writer, model, loader, 1, representations=True)
        for step in range(_DUMPS):
            optimizer.zero_grad()
            functional.cross_entropy(model(inputs[:64]), labels[:64]).backward()
            optimizer.step()
            tracker.step(step)
    dump, look = (1e3 * spent[what] / _DUMPS for what in ("dump", "look"))
    return (
        f"{_DUMPS} dumps of a small residual network with {_IMAGES:,} validation images and"
        f" representations: {dump:.1f} ms of processor time a dump, {look:.1f} ms of looking for"
        f" signs: {look / dump:.1%}"
    )
