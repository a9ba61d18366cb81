"""What concerns a training in several processes: who logs, and bringing results together."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

if TYPE_CHECKING:
    from torch.distributed.tensor import DTensor

T = TypeVar("T")


def is_first() -> bool:
    """Whether this process is the one that logs: rank 0, or the only one."""
    return not _in_a_group() or dist.get_rank() == 0


def gather(mine: T) -> list[T]:
    """What all processes pass, in the order of their ranks; on others than rank 0, what they do.

    Args:
        mine: Anything that can be pickled.
    """
    if not _in_a_group():
        return [mine]
    everyones: list[Any] | None = [None] * dist.get_world_size() if is_first() else None
    dist.gather_object(mine, everyones, dst=0)
    return [mine] if everyones is None else everyones


def share_buffers(model: DistributedDataParallel) -> None:
    """Gives all processes the first one's buffers, as each training step of such a model does."""
    if model.broadcast_buffers:
        first = dist.get_global_rank(model.process_group, 0)
        for buffer in model.module.buffers():
            dist.broadcast(buffer, first, group=model.process_group)


def is_sharded(tensor: torch.Tensor) -> TypeGuard[DTensor]:
    """Whether a tensor is spread over several processes."""
    # Importing the module takes seconds; where nobody did, there is no such tensor.
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def reshard(model: nn.Module) -> None:
    """Brings parameters that FSDP keeps gathered after a forward pass back into shards.

    Else the optimizer would change the shards, and the next forward pass not see it.
    """
    for module in model.modules():
        if is_fsdp(type(module)):
            module.reshard()  # type: ignore[operator]


def is_fsdp(kind: type) -> bool:
    """Whether a class is one that `fully_shard` made."""
    module = sys.modules.get("torch.distributed.fsdp")
    fsdp = getattr(module, "FSDPModule", None)
    return fsdp is not None and issubclass(kind, fsdp)


def _in_a_group() -> bool:
    return dist.is_available() and dist.is_initialized()
