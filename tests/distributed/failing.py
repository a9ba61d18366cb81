"""What goes wrong in one process, and what the others are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
import torch.distributed as dist
from torch.distributed.fsdp import fully_shard

from tensorboard_plugin_deeptracker import Causes, SummaryWriter, Tracker, put_back
from tensorboard_plugin_deeptracker.summary.distributed import meet

from ..integrations.problem import network


def fail(directory: Path) -> None:
    """Writes what each process is told, in a file for each."""
    rank, processes = dist.get_rank(), dist.get_world_size()
    said = {}
    if rank == 0:  # As `if rank == 0: tracker.step(step)` does.
        try:
            meet("alone", hint_seconds=0.05, seconds=0.3)
        except ValueError as error:
            said["alone"] = str(error)
    dist.barrier()
    batch = torch.zeros(2, 1, 8, 8), torch.tensor([0, 1])
    broken = batch if rank != 1 else (batch[0], None)
    writer = SummaryWriter(directory / "run")
    tracker = Tracker(writer, network(), [broken])
    try:
        tracker.log(0)
    except ValueError as error:
        said["broken"] = str(error)
    model, other = network(), SummaryWriter(directory / "other")
    fully_shard(model)
    said["causes"] = _said(lambda: Tracker(other, model, [batch], causes=Causes()))
    said["put_back"] = _said(lambda: put_back(model, model.state_dict(), [batch]))
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{rank} of {processes}").write_text(json.dumps(said))


def _said(refused: Callable[[], object]) -> str:
    try:
        refused()
    except ValueError as error:
        return str(error)
    return ""
