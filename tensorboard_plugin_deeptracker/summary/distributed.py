"""What concerns a training in several processes: who logs, and bringing results together."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

import torch
import torch.distributed as dist
from torch import nn

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


def share_buffers(model: nn.Module) -> None:
    """Gives all processes the first one's buffers: batch norms have seen other data in each."""
    if _in_a_group():
        for buffer in model.buffers():
            if not is_sharded(buffer):
                dist.broadcast(buffer, 0)


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
