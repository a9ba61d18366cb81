"""What concerns a training in several processes: who logs, and bringing results together."""

from __future__ import annotations

import pickle
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
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


def position() -> tuple[int, int]:
    """This process's rank, and how many processes there are."""
    return (dist.get_rank(), dist.get_world_size()) if _in_a_group() else (0, 1)


@contextmanager
def failing_together() -> Iterator[None]:
    """What fails in one process fails in all, so that none waits for another.

    Raises:
        ValueError: It failed in another process.
    """
    if not _in_a_group():
        yield
        return
    failure: Exception | None = None
    try:
        yield
    except Exception as error:
        failure = error
    said = [""] * dist.get_world_size()
    dist.all_gather_object(said, f"{type(failure).__name__}: {failure}" if failure else "")
    if failure is not None:
        raise failure
    for rank, text in enumerate(said):
        if text:
            raise ValueError(f"process {rank} failed: {text}")


def meet(what: str, *, hint_seconds: float = 30.0, seconds: float = 300.0) -> None:
    """Waits until every process is here; without, each would wait for ever for the others.

    Args:
        what: What every process has to call.
        hint_seconds: After so long a warning says what may be wrong.
        seconds: After so long it is.

    Raises:
        ValueError: Some process has not come.
    """
    if not _in_a_group():
        return
    # A barrier of the group's own would hang, or run into collectives of the training.
    store = dist.distributed_c10d._get_default_store()
    key, processes = f"deeptracker/{what}", dist.get_world_size()
    met = (store.add(key, 1) + processes - 1) // processes * processes  # Not the first meeting.
    began, hinted = time.monotonic(), False
    while (here := store.add(key, 0)) < met:
        waited = time.monotonic() - began
        missing = f"{met - here} of {processes} processes have not called {what}"
        if waited > seconds:
            raise ValueError(
                f"{missing} in {seconds:.0f} seconds: call it in every process, not only where the"
                " rank is 0, which logs for all"
            )
        if waited > hint_seconds and not hinted:
            hinted = True
            warnings.warn(
                f"DeepTracker waits: {missing}. It must be called in every process, not only"
                " where the rank is 0.",
                RuntimeWarning,
                stacklevel=2,
            )
        time.sleep(0.01)


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


class Mailbox:
    """Sends from all processes to rank 0, which reads when it has the time; nobody waits.

    Every process makes as many, in the same order.

    Args:
        name: What it is for.
    """

    def __init__(self, name: str) -> None:
        self.rank, self.processes = position()
        if self.processes > 1:
            # A collective would have to be called by all at the same time.
            self._store = dist.distributed_c10d._get_default_store()
            number = self._store.add(f"deeptracker/{name}/{self.rank}", 1)
            self._prefix = f"deeptracker/{name}/{number}"

    def send(self, what: str, content: Any) -> None:
        """Sends something that can be pickled; for rank 0 itself, there is nothing to send."""
        if self.rank:
            text = pickle.dumps(content)  # Stores take bytes, though they say text.
            self._store.set(f"{self._prefix}/{what}/{self.rank}", text)  # type: ignore[arg-type]

    def received(self, what: str) -> list[int]:
        """Of which other processes it has come."""
        others = range(1, self.processes)
        return [i for i in others if self._store.check([f"{self._prefix}/{what}/{i}"])]

    def await_all(self, what: str, seconds: float) -> int:
        """Waits until it has come from all; returns from how many it has not."""
        end = time.monotonic() + seconds
        while (missing := self.processes - 1 - len(self.received(what))) > 0:
            if time.monotonic() > end:
                return missing
            time.sleep(0.01)
        return 0

    def take(self, what: str, rank: int) -> Any:
        """Reads what has come from a process."""
        key = f"{self._prefix}/{what}/{rank}"
        content = pickle.loads(self._store.get(key))  # noqa: S301, the group's own.
        self._store.delete_key(key)
        return content


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
