"""The experiments of a run, row by row: a group of filters, and images of one kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan, prod

import numpy as np
from numpy.typing import NDArray

from ....events import decode
from ....index.reading import Readers, columns
from ....index.record import Record
from ....index.run import Snapshot
from ...correlation.compute import false_discovery_rates
from ..records import (
    CELLS_TAG,
    CHANCE_TAG,
    EFFECTS_TAG,
    EXPERIMENTS,
    FILTERS_TAG,
    Effect,
    Experiments,
    decode_experiments,
)
from .measures import Measured, corrected, measure

# A share of fewer images says nothing.
LEAST_IMAGES = 5


@dataclass(frozen=True)
class Found:
    """An effect on images of one kind.

    Attributes:
        step: The iteration of the model.
        since: That of the state before.
        effect: What was done.
        kind: The class of the images, and whether they have become right (or could); None: all.
        measured: How many changed.
        q: `measured.p`, corrected for the kinds of images and for all groups that were tried in
            the run; NaN where there is none.
    """

    step: int
    since: int
    effect: Effect
    kind: tuple[int, bool] | None
    measured: Measured
    q: float = nan


def experiments(snapshot: Snapshot, image_set: str) -> list[tuple[int, Experiments]]:
    """What was tried, by iteration.

    Raises:
        DecodeError: A record does not hold what it must.
        DamagedRecordError: A record does not match its checksum.
        OSError: A file is gone, or another one has taken its place.
    """
    records = snapshot.of(EXPERIMENTS, image_set)
    return snapshot.memo.get(
        ("experiments", image_set),
        records,
        lambda _: [(each.step, _read(each)) for each in records],
    )


def findings(snapshot: Snapshot, image_set: str) -> list[Found]:
    """All effects, each on all images and on those of each kind, if these are enough.

    In the order of iterations, and within one as they were tried.
    """
    return snapshot.memo.get(
        ("effects", image_set),
        snapshot.of(EXPERIMENTS, image_set),
        lambda _: found_in(experiments(snapshot, image_set)),
    )


def found_in(tried: Sequence[tuple[int, Experiments]]) -> list[Found]:
    """What experiments found, likewise.

    Args:
        tried: By iteration.
    """
    flat = [
        (step, each.since, effect, list(_rows(effect)))
        for step, each in tried
        for effect in each.effects
    ]
    among = [_corrected(effect) for _, _, effect, _ in flat]
    rates = np.full(len(flat), nan)
    tested = [i for i, each in enumerate(among) if not np.isnan(each).any()]
    rates[tested] = false_discovery_rates(np.array([among[i].min() for i in tested]))
    return [
        Found(step, since, effect, kind, measured, max(p, rate))
        for (step, since, effect, rows), own, rate in zip(flat, among, rates.tolist(), strict=True)
        for (kind, measured), p in zip(rows, own.tolist(), strict=True)
    ]


def _rows(effect: Effect) -> Iterator[tuple[tuple[int, bool] | None, Measured]]:
    yield (
        None,
        measure(int(effect.images.sum()), int(effect.changed.sum()), effect.chance.sum(axis=1)),
    )
    for i in np.flatnonzero(effect.images >= LEAST_IMAGES).tolist():
        kind = int(effect.classes[i]), bool(effect.to_right[i])
        yield kind, measure(int(effect.images[i]), int(effect.changed[i]), effect.chance[:, i])


def _corrected(effect: Effect) -> NDArray[np.float64]:
    """Of each row of an effect, p corrected for their number."""
    shown = np.flatnonzero(effect.images >= LEAST_IMAGES)
    changed = np.concatenate([[effect.changed.sum()], effect.changed[shown]])
    together = effect.chance.sum(axis=1, keepdims=True)
    return corrected(changed, np.concatenate([together, effect.chance[:, shown]], axis=1))


def _read(record: Record) -> Experiments:
    def numbers(tag: str) -> NDArray[np.int64]:
        count = prod(record.tensors[tag].shape)
        found: NDArray[np.int64] = columns([record], tag, 0, count)[0].astype(np.int64)
        return found

    filters, cells, chance = (numbers(tag) for tag in (FILTERS_TAG, CELLS_TAG, CHANCE_TAG))
    with Readers() as readers:
        skimmed = decode.Skim(record.step, 0, record.tensors)
        read = record.within(readers.of(record.file))
        head = decode.json_object(read, skimmed, EFFECTS_TAG)
    return decode_experiments(head, filters, cells, chance)
