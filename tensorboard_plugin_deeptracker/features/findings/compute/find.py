"""Where the rules hold in a run, carried on from dump to dump."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ....compute.sent import of_snapshot
from ....index.reading import columns
from ....index.record import Record
from ....index.run import Snapshot
from ...layers.compute import absent, node_statistics
from ...layers.records import DUMPS, FILTERS_TAG, MODEL, Model
from . import rules

Found: TypeAlias = tuple[int, rules.Finding]

_CHUNK = 32
# What a filter at a dump takes, about.
_SECONDS = 12e-9


def findings(snapshot: Snapshot, model: Model) -> list[Found]:
    """Positions of layers with what was found in them, in forward order.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    records = snapshot.of(DUMPS)

    def extend(known: _Extended | None) -> _Extended:
        filters = known.filters if known else None
        if filters is None or not filters.continues(model, records):
            filters = _Filters(model)
        new = (len(records) - filters.taken) * model.filters
        return of_snapshot(
            _find,
            snapshot,
            (MODEL, DUMPS),
            here=lambda: _extended(snapshot, model, filters),
            seconds=new * _SECONDS,
        )

    return snapshot.memo.get("findings", (model, records), extend).found


def _find(snapshot: Snapshot) -> _Extended:
    model = snapshot.of(MODEL)
    assert model is not None
    return _extended(snapshot, model, _Filters(model))


def _extended(snapshot: Snapshot, model: Model, filters: _Filters) -> _Extended:
    filters.take(snapshot.of(DUMPS))
    found = (*filters.findings(), *_in_layers(snapshot, model))
    return _Extended(filters, sorted(found, key=lambda found: found[0]))


class _Filters:
    """What the filters did at the dumps so far."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._records: tuple[Record, ...] = ()
        self._unmoving = rules.Unmoving(model.filters)

    @property
    def nbytes(self) -> int:
        """Bytes of what is known of them."""
        return self._unmoving.nbytes

    @property
    def taken(self) -> int:
        """How many dumps were taken in."""
        return len(self._records)

    def continues(self, model: Model, records: tuple[Record, ...]) -> bool:
        """Whether these records begin with those that were taken in."""
        return self._model is model and self._records == records[: len(self._records)]

    def take(self, records: tuple[Record, ...]) -> None:
        """Takes in those that are new."""
        for first in range(len(self._records), len(records), _CHUNK):
            chunk = records[first : first + _CHUNK]
            change, gradient = (
                _rows(chunk, self._model, name) for name in ("change", "gradient_norm")
            )
            self._unmoving.add(change, gradient)
            self._records += chunk

    def findings(self) -> Iterator[Found]:
        """What the rules about filters find."""
        model = self._model
        starts = model.first_filters.tolist()
        for layer, (first, last) in enumerate(pairwise(starts)):
            for finding in self._unmoving.findings(first, last):
                yield layer, finding
        parts = self._unmoving.parts()
        if parts is None:
            return
        early, late = (_rows([self._records[i] for i in part], model, "change") for part in parts)
        begin, end = int(parts[1][0]), int(parts[1][-1])
        for layer, (first, last) in enumerate(pairwise(starts)):
            before, after = (np.ascontiguousarray(part[:, first:last].T) for part in (early, late))
            for finding in rules.restless(before, after, begin, end):
                yield layer, finding


@dataclass(frozen=True)
class _Extended:
    """What was found, and what the filters did until then."""

    filters: _Filters
    found: list[Found]


def _rows(records: Sequence[Record], model: Model, measure: str) -> NDArray[np.float32]:
    """A measure of all filters: float32[dumps, filters]; NaN if it was not logged."""
    if measure not in model.measures:
        return np.full((len(records), model.filters), np.nan, np.float32)
    start = model.measures.index(measure) * model.filters
    return columns(records, FILTERS_TAG, start, start + model.filters)


def _in_layers(snapshot: Snapshot, model: Model) -> Iterator[Found]:
    """Applies the rules about statistics; those whose statistics a log lacks are left out."""

    def values(statistic: str) -> NDArray[np.float32] | None:
        if statistic not in model.statistics or not snapshot.of(DUMPS):
            return None
        position = model.statistics.index(statistic)
        return node_statistics(snapshot, model, position, 0, len(model.nodes))

    bounds = {
        rule: (values(f"{kind}_min"), values(f"{kind}_max"))
        for rule, kind in ((rules.bad_weights, "weight"), (rules.bad_gradients, "gradient"))
    }
    missing = dict(zip(bounds, np.moveaxis(absent(snapshot, model), 1, 0), strict=True))
    ratio = values("update_ratio")
    for position, node in enumerate(model.nodes):
        if node.layer is None:
            continue
        for rule, (lowest, highest) in bounds.items():
            if lowest is not None and highest is not None:
                both = np.stack([lowest[position], highest[position]])
                for finding in rule(both, missing[rule][:, node.layer]):
                    yield node.layer, finding
        if ratio is not None:
            for finding in rules.out_of_band(ratio[position]):
                yield node.layer, finding
