"""Trains on images that are shared out to the processes, and notes what each has seen.

The log is in the folder `observed` of a directory, and beside it, for each process, what it has
seen: for each epoch, the outputs of the last time that it has seen an image.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker, WithIds

from ..integrations.problem import Digits, network, seed

# No multiple of a number of processes, so that samplers pad.
IMAGES, EPOCHS, BATCH = 45, 3, 8


def train(directory: Path) -> None:
    without, observed = _train(None), _train(directory)
    torch.testing.assert_close(observed, without, rtol=0, atol=0)


def _train(directory: Path | None) -> dict[str, Any]:
    seed()
    model = DistributedDataParallel(network())
    data = WithIds(Digits(0, IMAGES))
    sampler: DistributedSampler[Any] = DistributedSampler(data, seed=1)
    loader = DataLoader(data, batch_size=BATCH, sampler=sampler)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    writer = None if directory is None else SummaryWriter(directory / "observed")
    tracker = writer and Tracker(writer, model, None, every=100, training_loader=loader)
    seen: list[dict[int, list[float]]] = []
    step = 0
    for epoch in range(EPOCHS):
        sampler.set_epoch(epoch)
        seen.append({})
        for batch, (x, y, ids) in enumerate(loader):
            if epoch == EPOCHS - 1 and batch == 1:
                break  # It is cut off.
            optimizer.zero_grad()
            outputs = model(x)
            nn.functional.cross_entropy(outputs, y).backward()
            optimizer.step()
            if tracker:
                tracker.observe(ids, outputs)
                tracker.step(step)
            step += 1
            seen[-1] |= dict(zip(ids.tolist(), outputs.tolist(), strict=True))
    if writer and directory:
        torch.save(seen, directory / f"{dist.get_rank()}.pt")
        writer.close()
    return {"state": model.state_dict(), "generator": torch.get_rng_state()}
