"""What a forward pass has computed, kept until an epoch ends, beside the training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..features.validation.log import kept_of
from ..features.validation.records import kept_on_host
from ..summary.outputs import BATCHES, BYTES

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]

# Identifiers, labels and what is kept of the scores: here, and on a device.
_Part: TypeAlias = tuple[Ints, Ints, Floats]
_DevicePart: TypeAlias = tuple[Tensor, Tensor, Tensor]

# The label of an image that is not in the dataset, and of one that was mixed with another one.
UNKNOWN = -1
MIXED = -2


@dataclass(frozen=True)
class Seen:
    """What a training has seen of its images in an epoch.

    Attributes:
        ids: int64[n], all different.
        labels: int64[n].
        kept: float[n, KEPT], of the last time that the image was seen.
        mixed: How many images were left out because they were mixed with others.
    """

    ids: Ints
    labels: Ints
    kept: Floats
    mixed: int

    @staticmethod
    def of_all(parts: Sequence[Seen]) -> Seen:
        """What several processes have seen: of an image that several have, the first one's."""
        ids = np.concatenate([each.ids for each in parts])
        _, first = np.unique(ids, return_index=True)
        labels, kept = (
            np.concatenate([getattr(each, name) for each in parts])[first]
            for name in ("labels", "kept")
        )
        return Seen(ids[first], labels, kept, sum(each.mixed for each in parts))


@dataclass(frozen=True)
class _Batch:
    """Which images, their scores, and their labels, if the dataset does not have them."""

    ids: Tensor
    scores: Tensor
    labels: Tensor | None


class Collector:
    """Collects batches; costs the training a copy of the scores.

    On the CPU they are worked on in a thread; on a device, by it, and nobody waits for it.

    Args:
        table: int64[images]: the labels of the dataset by identifier; None if each batch has its
            own.
    """

    def __init__(self, table: Ints | None) -> None:
        self._table = table
        self._on_device: Tensor | None = None
        self._thread = ThreadPoolExecutor(1, "deeptracker-observe")
        self._batches: list[_Batch] = []
        self._bytes = 0
        self._done: list[Future[_Part] | _DevicePart] = []

    def add(self, ids: Tensor, scores: Tensor, labels: Tensor | None) -> None:
        """Takes a batch.

        Args:
            ids: int64[n].
            scores: float[n, classes], with at least two, anywhere.
            labels: int64[n], anywhere; None if the dataset has them.
        """
        own = None if labels is None else labels.clone()
        self._batches.append(_Batch(ids.clone(), scores.detach().clone(), own))
        self._bytes += scores.numel() * scores.element_size()
        if len(self._batches) >= BATCHES or self._bytes >= BYTES:
            self._work()

    def finish(self) -> Future[Seen]:
        """Ends an epoch; what was seen in it is there some time later."""
        if self._batches:
            self._work()
        parts = [
            each if isinstance(each, Future) else tuple(map(_on_host, each)) for each in self._done
        ]
        self._done = []
        return self._thread.submit(_seen, parts)

    def close(self) -> None:
        """Ends the thread, when it has done what it has to do."""
        self._thread.shutdown()

    def _work(self) -> None:
        batches, self._batches, self._bytes = self._batches, [], 0
        device = batches[0].scores.device
        if device.type == "cpu":
            self._done.append(self._thread.submit(_kept, batches, self._table))
            return
        ids = torch.cat([each.ids for each in batches])
        scores = torch.cat([each.scores for each in batches])
        labels = self._looked_up(ids, device)
        if labels is None:
            given = [each.labels for each in batches if each.labels is not None]
            labels = _to(torch.cat(given), device)
        self._done.append((ids, labels, kept_of(scores, labels)))

    def _looked_up(self, ids: Tensor, device: torch.device) -> Tensor | None:
        """Labels that the dataset has, on a device."""
        if self._table is None:
            return None
        if ids.device.type == "cpu":
            return _to(torch.from_numpy(_labels(self._table, ids.numpy())), device)
        if self._on_device is None:
            self._on_device = torch.from_numpy(self._table).to(ids.device)
        known = ids.clamp(0, len(self._table) - 1)
        return torch.where(known == ids, self._on_device[known], UNKNOWN)


def _to(tensor: Tensor, device: torch.device) -> Tensor:
    """A tensor on a device, without waiting for what that does."""
    if tensor.device.type == "cpu" and device.type == "cuda":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


def _labels(table: Ints, ids: Ints) -> Ints:
    known = ids.clip(0, len(table) - 1)
    return np.where(known == ids, table[known], UNKNOWN)


def _kept(batches: list[_Batch], table: Ints | None) -> _Part:
    # numpy takes no threads from the training.
    ids = np.concatenate([each.ids.cpu().numpy() for each in batches])
    if table is None:
        given = [each.labels for each in batches if each.labels is not None]
        labels = np.concatenate([each.cpu().numpy() for each in given])
    else:
        labels = _labels(table, ids)
    single = (each.scores for each in batches)
    rows = [each.float() if each.dtype.itemsize < 4 else each for each in single]
    return ids, labels, kept_on_host(np.concatenate([each.numpy() for each in rows]), labels)


def _on_host(tensor: Tensor) -> Callable[[], NDArray[Any]]:
    """Begins to bring a tensor to the host; what comes back waits for it."""
    if tensor.device.type != "cuda":
        return partial(_array, tensor, None)
    event = torch.cuda.Event()
    copy = tensor.to("cpu", non_blocking=True)
    event.record(torch.cuda.current_stream(tensor.device))
    return partial(_array, copy, event)


def _array(tensor: Tensor, event: torch.cuda.Event | None) -> NDArray[Any]:
    if event is not None:
        event.synchronize()
    array: NDArray[Any] = tensor.cpu().numpy()
    return array


def _seen(parts: list[Future[_Part] | tuple[Callable[[], NDArray[Any]], ...]]) -> Seen:
    arrays = [
        each.result() if isinstance(each, Future) else tuple(read() for read in each)
        for each in parts
    ]
    ids, labels, kept = (np.concatenate(each) for each in zip(*arrays, strict=True))
    # Of an image that was seen several times, the last one counts.
    pure = np.flatnonzero(labels != MIXED)
    _, first = np.unique(ids[pure][::-1], return_index=True)
    last = np.sort(pure[::-1][first])
    return Seen(ids[last], labels[last], kept[last], len(ids) - len(pure))
