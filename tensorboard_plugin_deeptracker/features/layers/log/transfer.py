"""Tensors on their way from an accelerator to the host, which nobody waits for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor


def is_away(tensor: Tensor) -> bool:
    """Whether a tensor is on an accelerator."""
    return tensor.device.type != "cpu"


def has_array(tensor: Tensor) -> bool:
    """Whether numpy has a tensor's floating type; it has no bfloat16, and none of 8 bits."""
    return tensor.dtype in (torch.float16, torch.float32, torch.float64)


class Transfer:
    """Copies tensors to pinned memory, at once; the thread that asks for it does not wait.

    Tensors of the host are not copied.
    """

    def __init__(self, lists: Sequence[Sequence[Tensor]]) -> None:
        """Args: lists: Of tensors of any device and floating type that nobody writes to."""
        self._lengths = [len(tensors) for tensors in lists]
        self._tensors = list(chain.from_iterable(lists))
        self._events: list[torch.cuda.Event] = []
        away: dict[torch.device, list[int]] = {}
        for i, tensor in enumerate(self._tensors):
            if is_away(tensor):
                away.setdefault(tensor.device, []).append(i)
        for device, members in away.items():
            # The largest numbers first: each is where one of its size may be.
            members.sort(key=lambda i: -self._tensors[i].itemsize)
            parts = [_in_order(self._tensors[i]) for i in members]
            octets = [part.reshape(-1).view(torch.uint8) for part in parts]
            host = self._to_host(torch.cat(octets), device)
            arriving = host.split([len(each) for each in octets])
            for i, part, values in zip(members, parts, arriving, strict=True):
                values = values.view(part.dtype).view(part.shape)
                self._tensors[i] = _in_order(values, like=self._tensors[i])

    def _to_host(self, tensor: Tensor, device: torch.device) -> Tensor:
        if device.type != "cuda":
            return tensor.cpu()
        host = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
        host.copy_(tensor, non_blocking=True)
        event = torch.cuda.Event(blocking=True)  # Or whoever waits would keep a core busy.
        event.record(torch.cuda.current_stream(device))
        self._events.append(event)
        return host

    def arrays(self) -> list[list[NDArray[Any]]]:
        """Waits, and returns the lists as arrays; what numpy has not becomes float32."""
        for event in self._events:
            event.synchronize()
        arrays = (
            (tensor if has_array(tensor) else tensor.float()).numpy() for tensor in self._tensors
        )
        return [list(islice(arrays, length)) for length in self._lengths]


def _in_order(tensor: Tensor, like: Tensor | None = None) -> Tensor:
    """A matrix as its memory has it, if that is the transposed one; or back again."""
    like = tensor if like is None else like
    return tensor.T if like.ndim == 2 and not like.is_contiguous() else tensor
