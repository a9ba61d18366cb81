"""Records to log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tensorboard_plugin_deeptracker.events.session import Session, encode_session
from tensorboard_plugin_deeptracker.features.validation.records import encode_validation
from tensorboard_plugin_deeptracker.summary.log import Log

SESSION = encode_session(Session("tests", 1.0, "tests"))


def record(step: int) -> Callable[[], bytes]:
    return lambda: encode_validation(step, torch.tensor([step % 100]).numpy(), 100)


def begun(path: Path, **options: Any) -> Log:
    log = Log(path, **options)
    log.add(lambda: SESSION)
    return log
