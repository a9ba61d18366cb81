"""Datasets that are made of other datasets: what lies beneath."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
# Where a dataset keeps the one that it reads from.
_INNER = ("dataset", "subset", "reader")
# A dataset that holds itself has no end.
_DEPTH = 32


@dataclass(frozen=True)
class Part:
    """Some of the images of a dataset, in the dataset that they come from.

    Attributes:
        path: The dataset, the one that it reads them from, and so on to the one they come from.
        images: Which of the images they are: int64[n].
        positions: Where in the last dataset each of them is: int64[n]; None if that is not known.
    """

    path: tuple[Any, ...]
    images: Ints
    positions: Ints | None

    @property
    def dataset(self) -> Any:
        """Where they come from."""
        return self.path[-1]


def parts_of(
    dataset: Any,
    images: int,
    positions: Ints | None,
    *,
    enough: Callable[[Any], bool] = lambda _: False,
) -> Iterator[Part]:
    """Looks through `Subset`, `random_split`, `ConcatDataset` and what is made like them.

    Args:
        dataset: What the images were read from.
        images: How many there are.
        positions: Where in it each of them is: int64[images]; None if that is not known.
        enough: Tells datasets that are not to be looked through.
    """
    yield from _beneath(Part((dataset,), np.arange(images), positions), enough)


def attribute(owner: Any, name: str) -> Any:
    """An attribute; None if there is no such, or it cannot be had."""
    try:
        return getattr(owner, name, None)
    except Exception:  # Of a property, anything.
        return None


def length(dataset: Any) -> int | None:
    """How many items a dataset has; None if it does not say."""
    try:
        return len(dataset)
    except Exception:
        return None


def _beneath(part: Part, enough: Callable[[Any], bool]) -> Iterator[Part]:
    dataset = part.dataset
    if len(part.path) < _DEPTH and not enough(dataset):
        joined = attribute(dataset, "datasets")
        inner = (attribute(dataset, name) for name in _INNER)
        beneath = next((each for each in inner if each is not None), None)
        if isinstance(joined, list | tuple) and joined:
            for each in _joined(part, joined):
                yield from _beneath(each, enough)
            return
        if beneath is not None:
            path, positions = (*part.path, beneath), _in_subset(part, beneath)
            yield from _beneath(Part(path, part.images, positions), enough)
            return
    yield part


def _joined(part: Part, datasets: Sequence[Any]) -> Iterator[Part]:
    """The parts of a `ConcatDataset`; of those whose images are known, only the ones in use."""
    sizes = [length(each) or 0 for each in datasets]
    ends = np.cumsum(sizes)
    of = None
    if part.positions is not None and ends[-1] == length(part.dataset):
        of = np.searchsorted(ends, part.positions, side="right")
    for i, each in enumerate(datasets):
        path = (*part.path, each)
        if of is None or part.positions is None:
            yield Part(path, part.images, None)
        elif len(own := np.flatnonzero(of == i)):
            yield Part(path, part.images[own], part.positions[own] - (ends[i] - sizes[i]))


def _in_subset(part: Part, inner: Any) -> Ints | None:
    indices = attribute(part.dataset, "indices")
    if part.positions is None or (indices is None and length(part.dataset) != length(inner)):
        return None
    try:
        return part.positions if indices is None else np.asarray(indices)[part.positions]
    except (TypeError, ValueError, IndexError):
        return None
