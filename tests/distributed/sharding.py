"""Trains models that are sharded in every way.

Beside what each logs there is the log of an ordinary model, to which its weights and
gradients were copied: in the folders `sharded` and `whole` of a directory.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Shard
from torch.distributed.tensor.debug import CommDebugMode
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    parallelize_module,
)

from tensorboard_plugin_deeptracker import SummaryWriter

from .networks import BATCH, Network

STEPS = 4


def first_dimension(model: Network, size: int) -> None:
    mesh = init_device_mesh("cpu", (size,))
    fully_shard(model.block, mesh=mesh)
    fully_shard(model, mesh=mesh)


def other_dimensions(model: Network, size: int) -> None:
    def last_even(parameter: nn.Parameter) -> Shard:
        shape = parameter.shape
        return Shard(max((i for i in range(1, len(shape)) if shape[i] % size == 0), default=0))

    fully_shard(model, mesh=init_device_mesh("cpu", (size,)), shard_placement_fn=last_even)


def replicas_of_shards(model: Network, size: int) -> None:
    mesh = init_device_mesh("cpu", (2, size // 2), mesh_dim_names=("replicas", "shards"))
    fully_shard(model, mesh=mesh)


def tensor_parallel(model: Network, size: int, mesh: Any = None) -> None:
    plan = {
        "block.wide": ColwiseParallel(),
        "block.narrow": RowwiseParallel(),
        "frozen": ColwiseParallel(),
        "large": RowwiseParallel(),
    }
    parallelize_module(model, mesh or init_device_mesh("cpu", (size,)), plan)


def tensor_parallel_and_sharded(model: Network, size: int) -> None:
    mesh = init_device_mesh("cpu", (size // 2, 2), mesh_dim_names=("data", "tensor"))
    tensor_parallel(model, 2, mesh["tensor"])
    fully_shard(model.block, mesh=mesh["data"])
    fully_shard(model, mesh=mesh["data"])


# What two processes are enough for.
ON_ANY = ("first_dimension", "other_dimensions", "tensor_parallel")
KINDS: dict[str, Callable[[Network, int], None]] = {
    each.__name__: each
    for each in (
        first_dimension,
        other_dimensions,
        replicas_of_shards,
        tensor_parallel,
        tensor_parallel_and_sharded,
    )
}


def whole(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def train(kind: str, directory: Path) -> None:
    model = Network()
    KINDS[kind](model, dist.get_world_size())
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    reference = Network()
    with SummaryWriter(directory / "sharded") as writer, SummaryWriter(directory / "whole") as one:
        writer.add_model(model, BATCH)
        one.add_model(reference, BATCH)
        for step in range(STEPS):
            model(BATCH).square().mean().backward()
            for mine, sharded in zip(reference.parameters(), model.parameters(), strict=True):
                mine.data = whole(sharded.detach())
                mine.grad = None if sharded.grad is None else whole(sharded.grad)
            with CommDebugMode() as communication:
                writer.add_weights(model, step)
            # Sums are all that is ever exchanged.
            assert {str(each) for each in communication.comm_counts} <= {"c10d.allreduce_"}
            if dist.get_rank() == 0:
                one.add_weights(reference, step)
            # Of the updates, some are tiny, some nearly only make weights shorter, some are none.
            optimizer.param_groups[0]["lr"] = [1e-3, 0, 0, 0][step]
            optimizer.step()
            if step == 1:
                with torch.no_grad():
                    for parameter in model.parameters():
                        parameter.mul_(0.999)
            optimizer.zero_grad()
