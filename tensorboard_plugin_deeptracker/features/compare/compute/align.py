"""Which classes, images and layers of some runs are the same: by name, id and name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....index.memo import Memo
from ....index.run import Snapshot
from ...images.compute import identifiers, image_set_of
from ...images.records import ImageSet, same_rows
from ...layers.records import MODEL, Model

Ids = NDArray[np.int64] | NDArray[np.str_]


@dataclass(frozen=True)
class Alone:
    """What of a run has no partner in some other run.

    Attributes:
        classes: Names, in the run's order.
        images: Rows of the image set: int64[images], ascending.
        layers: Names, in the run's order.
    """

    classes: tuple[str, ...]
    images: NDArray[np.int64]
    layers: tuple[str, ...]


@dataclass(frozen=True)
class Alignment:
    """What some runs have in common.

    Attributes:
        sets: The image set of each run.
        models: The model of each run, if it was logged.
        classes: Names of those that all runs have, in the first run's order.
        labels: int32[images], ascending: the position in `classes` of each common image.
        rows: The row of each common image in each run's image set: int64[images]; None where these
            are all rows as they are.
        alone: What has no partner, of each run.
        relabelled: Rows in the first run's image set of images that all runs have, but not with
            the same class: int64[images].
        layers: Names of the layers that all runs have, in the first run's order.
        reshaped: Those among them whose weights have not the same shape in all runs.
    """

    sets: tuple[ImageSet, ...]
    models: tuple[Model | None, ...]
    classes: tuple[str, ...]
    labels: NDArray[np.int32]
    rows: tuple[NDArray[np.int64] | None, ...]
    alone: tuple[Alone, ...]
    relabelled: NDArray[np.int64]
    layers: tuple[str, ...]
    reshaped: tuple[str, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of its own; the image sets belong to the runs."""
        rows = (own.nbytes for own in self.rows if own is not None)
        return self.labels.nbytes + sum(rows) + sum(own.images.nbytes for own in self.alone)

    @property
    def first_rows(self) -> NDArray[np.int64]:
        """The first common image of each class, and one past the last: int64[classes + 1]."""
        return np.searchsorted(self.labels, np.arange(len(self.classes) + 1)).astype(np.int64)

    def rows_of(self, run: int, images: NDArray[np.integer]) -> NDArray[np.int64]:
        """The rows, in a run's image set, of some of the common images."""
        own = self.rows[run]
        return np.asarray(images, np.int64) if own is None else own[images]

    def ids(self, images: NDArray[np.integer]) -> list[int | str]:
        """The first run's ids of some of the common images."""
        rows = self.rows_of(0, images).tolist()
        return [identifiers(self.sets[0], row, row + 1)[0] for row in rows]


def align(snapshots: Sequence[Snapshot], image_set: str) -> Alignment:
    """What some runs have in common; images that differ in their class have no partner.

    Raises:
        NotFoundError: A run has no such image set.
    """
    sets = tuple(image_set_of(snapshot, image_set) for snapshot in snapshots)
    models = tuple(snapshot.of(MODEL) for snapshot in snapshots)
    # The result has them, so that no other ones come to lie where they do.
    basis = tuple(map(id, sets)), tuple(map(id, models))

    def compute(known: Alignment | None) -> Alignment:
        del known
        return _aligned(sets, models)

    memo = Memo.of([snapshot.memo for snapshot in snapshots])
    return memo.get(("alignment", image_set), basis, compute)


def _aligned(sets: tuple[ImageSet, ...], models: tuple[Model | None, ...]) -> Alignment:
    first, *others = sets
    layers, reshaped = _layers(models)
    classes = _common([each.class_names for each in sets])
    rows: list[NDArray[np.int64] | None] = [None] * len(sets)
    labels, relabelled = first.labels, np.empty(0, np.int64)
    lone = [np.empty(0, np.int64) for _ in sets]
    if not all(same_rows(first, each) for each in others):
        found, relabelled = _common_images(sets, classes)
        labels = _renamed(first, classes)[found[0]]
        order = np.argsort(labels, kind="stable")
        labels = labels[order]
        for i, (each, own) in enumerate(zip(sets, found, strict=True)):
            lone[i] = np.setdiff1d(np.arange(len(each.labels)), own, assume_unique=True)
            ordered = own[order]
            every = np.array_equal(ordered, np.arange(len(each.labels)))
            rows[i] = None if every else ordered
        if len(relabelled):
            lone = [np.setdiff1d(rest, again) for rest, again in zip(lone, relabelled, strict=True)]
            relabelled = relabelled[0]
    alone = tuple(
        Alone(_others(each.class_names, classes), rest, _others(_names(model), layers))
        for each, rest, model in zip(sets, lone, models, strict=True)
    )
    return Alignment(
        sets, models, classes, labels, tuple(rows), alone, relabelled.reshape(-1), layers, reshaped
    )


def _common_images(
    sets: Sequence[ImageSet], classes: tuple[str, ...]
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Rows, in each set, of the images that all have with the same class; and with others.

    Returns:
        The former in the first set's order; the latter as int64[sets, images].
    """
    ids = _comparable(sets)
    unique = [np.unique(each, return_index=True) for each in ids]
    common: NDArray[Any] = unique[0][0]
    for values, _ in unique[1:]:
        common = np.intersect1d(common, values, assume_unique=True)
    rows = np.stack([where[np.searchsorted(values, common)] for values, where in unique])
    rows = rows[:, np.argsort(rows[0])].astype(np.int64)
    labels = np.stack([_renamed(each, classes)[own] for each, own in zip(sets, rows, strict=True)])
    same = (labels[0] >= 0) & (labels == labels[0]).all(axis=0)
    return list(rows[:, same]), rows[:, ~same]


def _comparable(sets: Sequence[ImageSet]) -> list[Ids]:
    """The ids of each set: numbers if all are, else text."""
    numbers = [each.ids for each in sets if isinstance(each.ids, np.ndarray)]
    if len(numbers) == len(sets):
        return list(numbers)
    return [np.array([str(own) for own in identifiers(each)], np.str_) for each in sets]


def _renamed(images: ImageSet, classes: tuple[str, ...]) -> NDArray[np.int32]:
    """The position of each row's class among some; -1 where it is none of them."""
    return positions(images.class_names, classes)[images.labels]


def positions(names: Sequence[str], among: Sequence[str]) -> NDArray[np.int32]:
    """The position of each name among others: int32[names], -1 where it is not there."""
    known = {name: i for i, name in enumerate(among)}
    return np.array([known.get(name, -1) for name in names], np.int32)


def _layers(models: Sequence[Model | None]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Layers of all models, and those of them that have different shapes."""
    shapes = [
        {own.name: own.weight_shape for own in each.layers} if each else {} for each in models
    ]
    layers = _common([tuple(own) for own in shapes])
    return layers, tuple(name for name in layers if len({own[name] for own in shapes}) > 1)


def _names(model: Model | None) -> tuple[str, ...]:
    return tuple(layer.name for layer in model.layers) if model else ()


def _common(lists: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    shared = set(lists[0]).intersection(*lists[1:])
    return tuple(name for name in lists[0] if name in shared)


def _others(names: tuple[str, ...], common: tuple[str, ...]) -> tuple[str, ...]:
    shared = set(common)
    return tuple(name for name in names if name not in shared)
