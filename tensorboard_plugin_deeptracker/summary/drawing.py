"""Some of many images, the same ones every time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from .loading import identified, inputs_and_labels, of_positions, read_batches, undisturbed
from .numbers import IGNORED, labels_of

Ints = NDArray[np.int64]


def some_images(
    loader: Iterable[Any], at_most: int, ignore_label: int | None
) -> tuple[Iterable[Any], int | None]:
    """A loader of some of a loader's images: of each class the same share, drawn once.

    Reads the labels of all. Which images these are follows from the labels alone.

    Returns:
        The loader, and of how many images that count these are some; None if they are all.

    Raises:
        ValueError: The loader does not say which images it yields.
    """
    with undisturbed(loader):
        loader, ids = identified(loader)
        if ids is None or not isinstance(loader, DataLoader):
            raise ValueError(
                "images_at_most= needs a DataLoader whose sampler says which images of its dataset"
                " it yields: pass a loader of fewer images instead, of a"
                " torch.utils.data.Subset, say"
            )
        found = (inputs_and_labels(batch)[1] for batch in read_batches(loader))
        labels = np.concatenate(
            [labels_of(each, "labels", ignore_label=ignore_label) for each in found]
        )
    counted = np.flatnonzero(labels != IGNORED)
    if len(counted) <= at_most:
        return loader, None
    chosen = counted[stratified(labels[counted], at_most)]
    return of_positions(loader, chosen), len(counted)


def stratified(labels: NDArray[np.integer[Any]], count: int) -> Ints:
    """Positions of some labels, ascending: of each class as many as its share, to one.

    The same ones every time. Where there are enough, each class has one at least.

    Args:
        labels: int[n].
        count: How many; less than n.
    """
    by_class = np.argsort(labels, kind="stable")
    _, first, sizes = np.unique(labels[by_class], return_index=True, return_counts=True)
    shares = sizes * count / len(labels)
    counts = np.floor(shares).astype(np.int64)
    if count >= len(sizes):
        counts = counts.clip(1)
    missing = count - int(counts.sum())
    counts[np.argsort(counts - shares, kind="stable")[: max(0, missing)]] += 1
    for _ in range(-missing):
        # From the class that has most beyond its share, but not its last.
        counts[np.argmax(np.where(counts > 1, counts - shares, -np.inf))] -= 1
    random = np.random.default_rng(0)
    chosen = [
        begin + random.choice(size, number, replace=False)
        for begin, size, number in zip(first, sizes, counts, strict=True)
    ]
    return np.sort(by_class[np.concatenate(chosen)])
