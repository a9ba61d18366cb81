"""Records to log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from tensorboard_plugin_deeptracker.events import encode, schema
from tensorboard_plugin_deeptracker.summary.log import Log

SESSION = encode.session(schema.Session("tests", 1.0, "tests"))


def record(step: int) -> Callable[[], bytes]:
    return lambda: encode.validation(step, torch.tensor([step % 100]).numpy(), 100)


def begun(path: Path) -> Log:
    log = Log(path)
    log.add(lambda: SESSION)
    return log
