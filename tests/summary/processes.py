"""Runs trainings in processes of their own, which begin and end as real ones do."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

from ..forks import server

_TRAINING = """
import warnings
warnings.simplefilter("default")
import torch
from tensorboard_plugin_deeptracker import SummaryWriter
model = torch.nn.Linear(2, 3)
directory = {directory!r}
exec(compile({code!r}, "<training>", "exec"))
"""


@dataclass
class Ended:
    """How a training ended: its exit status (negative for a signal) and what it said."""

    status: int
    stderr: str


def run_training(code: str, directory: Path) -> Ended:
    """Runs code that knows `model` and the `directory` to log to."""
    directory.mkdir(exist_ok=True)
    training = _TRAINING.format(directory=str(directory), code=textwrap.dedent(code))
    done = server("torch").run(["-c", training])
    return Ended(done.returncode, done.stderr)
