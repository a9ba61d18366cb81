"""What is worth a look in a run's layers: a snapshot in, an answer out."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis import findings as rules
from ..events.schema import FILTERS_TAG, Model
from ..index import queries
from ..index.reading import columns
from ..index.record import Record
from ..index.run import Snapshot
from . import lookup
from .answers import Answer
from .params import Params

Found = tuple[int, rules.Place]

_CHUNK = 32


def findings(snapshot: Snapshot, params: Params) -> Answer:
    """All rules, with the places where they hold."""
    del params
    model = lookup.model(snapshot)
    found = snapshot.memo.get(Findings).at(snapshot, model)
    steps = snapshot.dump_steps.tolist()

    def place(layer: int, found: rules.Place) -> dict[str, Any]:
        return {
            "layer": layer,
            "filter": found.filter,
            "step": steps[found.first],
            "until": steps[found.last],
            "value": found.value,
        }

    return Answer(
        {
            "findings": [
                {
                    "rule": rule.name,
                    "title": rule.title,
                    "says": rule.says,
                    "places": [place(layer, one) for layer, one in found if one.rule is rule],
                }
                for rule in rules.RULES
            ]
        }
    )


class Findings:
    """The findings of the latest snapshot; what a filter did is carried on from dump to dump."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Model | None = None
        self._records: tuple[Record, ...] = ()
        self._unmoving = rules.Unmoving(0)
        self._found: list[Found] = []

    def at(self, snapshot: Snapshot, model: Model) -> list[Found]:
        """Positions of layers with what was found in them, in forward order.

        Raises:
            DamagedRecordError, OSError: See `columns`.
        """
        with self._lock:
            records = self._records
            if self._model is not model or records != snapshot.dumps:
                if self._model is not model or records != snapshot.dumps[: len(records)]:
                    self._model, self._records = model, ()
                    self._unmoving = rules.Unmoving(model.filters)
                self._add(snapshot.dumps[len(self._records) :], model)
                self._found = sorted(
                    (*self._in_filters(model), *_in_layers(snapshot, model)),
                    key=lambda found: found[0],
                )
            return self._found

    def _add(self, records: tuple[Record, ...], model: Model) -> None:
        for first in range(0, len(records), _CHUNK):
            chunk = records[first : first + _CHUNK]
            self._unmoving.add(_rows(chunk, model, "change"), _rows(chunk, model, "gradient_norm"))
            self._records += chunk

    def _in_filters(self, model: Model) -> Iterator[Found]:
        starts = np.cumsum([0, *(layer.filters for layer in model.layers)]).tolist()
        for layer, (first, last) in enumerate(pairwise(starts)):
            for place in self._unmoving.places(first, last):
                yield layer, place
        parts = self._unmoving.parts()
        if parts is None:
            return
        early, late = (_rows([self._records[i] for i in part], model, "change") for part in parts)
        begin, end = int(parts[1][0]), int(parts[1][-1])
        for layer, (first, last) in enumerate(pairwise(starts)):
            before, after = (np.ascontiguousarray(part[:, first:last].T) for part in (early, late))
            for place in rules.restless(before, after, begin, end):
                yield layer, place


def _rows(records: Sequence[Record], model: Model, measure: str) -> NDArray[np.float32]:
    """A measure of all filters: float32[dumps, filters]; NaN if it was not logged."""
    if measure not in model.measures:
        return np.full((len(records), model.filters), np.nan, np.float32)
    start = model.measures.index(measure) * model.filters
    return columns(records, FILTERS_TAG, start, start + model.filters)


def _in_layers(snapshot: Snapshot, model: Model) -> Iterator[Found]:
    """Applies the rules about statistics; those whose statistics a log lacks are left out."""
    nodes = list(model.root.walk())

    def values(statistic: str) -> NDArray[np.float32] | None:
        if statistic not in model.statistics or not snapshot.dumps:
            return None
        position = model.statistics.index(statistic)
        return queries.node_statistics(snapshot, model, position, 0, len(nodes))

    bounds = {
        rule: (values(f"{kind}_min"), values(f"{kind}_max"))
        for rule, kind in ((rules.bad_weights, "weight"), (rules.bad_gradients, "gradient"))
    }
    ratio = values("update_ratio")
    for position, node in enumerate(nodes):
        if node.layer is None:
            continue
        for rule, (least, greatest) in bounds.items():
            if least is not None and greatest is not None:
                for place in rule(np.stack([least[position], greatest[position]])):
                    yield node.layer, place
        if ratio is not None:
            for place in rules.out_of_band(ratio[position]):
                yield node.layer, place
