"""Trains with and without a tracker, the validation images shared out to the processes.

What they find together is to be the same as what one finds alone, which is logged beside it:
in the folders `together` and `alone` of a directory.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from accelerate.data_loader import prepare_data_loader
from torch import nn
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker

from ..integrations.problem import NAMES, TRAINING, Digits, network, seed

# No multiple of a number of processes, so that samplers pad.
VALIDATION = Digits(TRAINING, TRAINING + 45)


def replicated() -> nn.Module:
    return DistributedDataParallel(network())


def sharded() -> nn.Module:
    model = network()
    fully_shard(model)
    return model


def shared_out() -> DataLoader[Any]:
    """Each process reads its share, in an order of its own in every epoch."""
    shares: DistributedSampler[Any] = DistributedSampler(VALIDATION, shuffle=True)
    return DataLoader(VALIDATION, batch_size=5, sampler=shares)


def dispatched() -> DataLoader[Any]:
    """Rank 0 reads for all, and every process gets a slice."""
    loader: Any = DataLoader(VALIDATION, batch_size=4)
    cpu = torch.device("cpu")
    loader = prepare_data_loader(loader, cpu, dispatch_batches=True, put_on_device=True)
    return cast("DataLoader[Any]", loader)


KINDS: dict[str, tuple[Callable[[], nn.Module], Callable[[], DataLoader[Any]]]] = {
    "replicated": (replicated, shared_out),
    "sharded": (sharded, shared_out),
    "dispatched": (replicated, dispatched),
}


def train(kind: str, directory: Path) -> None:
    without, with_tracker = _train(kind, None), _train(kind, directory)
    torch.testing.assert_close(with_tracker, without, rtol=0, atol=0)


def _train(kind: str, directory: Path | None) -> dict[str, Any]:
    """Trains; returns what training can have changed."""
    seed()
    make_model, make_loader = KINDS[kind]
    model = make_model()
    data = Digits(0, TRAINING)
    sampler: DistributedSampler[Any] = DistributedSampler(data, seed=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    tracker = alone = None
    if directory is not None:
        loader = make_loader()
        writer = SummaryWriter(directory / "together")
        options: dict[str, Any] = {"every": 2, "class_names": NAMES, "representations": True}
        tracker = Tracker(writer, model, loader, **options)
        everything = DataLoader(VALIDATION, batch_size=45)
        alone = Tracker(SummaryWriter(directory / "alone"), model, everything, **options)
    for step, (x, y) in enumerate(DataLoader(data, batch_size=16, sampler=sampler)):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        if tracker and alone:
            if isinstance(loader.sampler, DistributedSampler):
                loader.sampler.set_epoch(step)
            tracker.step(step)
            alone.step(step)
        optimizer.step()
    return {
        "state": {
            name: value.to_local() if hasattr(value, "to_local") else value
            for name, value in model.state_dict().items()
        },
        "modes": [module.training for module in model.modules()],
        "generator": torch.get_rng_state(),
    }
