"""Tensors on their way from an accelerator to the host, which nobody waits for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor


class Transfer:
    """Copies tensors to pinned memory; the thread that asks for it does not wait.

    Tensors of the host are not copied.
    """

    def __init__(self, lists: Sequence[Sequence[Tensor]]) -> None:
        """Args: lists: Of tensors of any device and floating type that nobody writes to."""
        self._lengths = [len(tensors) for tensors in lists]
        self._tensors = list(chain.from_iterable(lists))
        self._events: list[torch.cuda.Event] = []
        groups: dict[tuple[torch.device, torch.dtype], list[int]] = {}
        for i, tensor in enumerate(self._tensors):
            if tensor.device.type != "cpu":
                groups.setdefault((tensor.device, tensor.dtype), []).append(i)
        for (device, _), members in groups.items():
            joined = torch.cat([self._tensors[i].reshape(-1) for i in members])
            host = self._to_host(joined, device)
            sizes = [self._tensors[i].numel() for i in members]
            for i, values in zip(members, host.split(sizes), strict=True):
                self._tensors[i] = values.view(self._tensors[i].shape)

    def _to_host(self, tensor: Tensor, device: torch.device) -> Tensor:
        if device.type != "cuda":
            return tensor.cpu()
        host = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
        host.copy_(tensor, non_blocking=True)
        event = torch.cuda.Event()
        event.record(torch.cuda.current_stream(device))
        self._events.append(event)
        return host

    def arrays(self) -> list[list[NDArray[Any]]]:
        """Waits, and returns the lists as arrays; bfloat16 becomes float32."""
        for event in self._events:
            event.synchronize()
        arrays = (
            (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
            for tensor in self._tensors
        )
        return [list(islice(arrays, length)) for length in self._lengths]
