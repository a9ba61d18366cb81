"""The correlation that several routes are about, computed once for all of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

import numpy as np

from ..analysis import anomalies as rules
from ..analysis.correlation import Correlation, correlate
from ..index.run import Snapshot
from . import lookup
from .derived import Rankings, course
from .params import COUNT, FRACTION, TEXT, Params

PARAMETERS = {
    "window": COUNT,
    "min_score": FRACTION,
    "top_k": COUNT,
    "measure": TEXT,
    "min_appearances": COUNT,
}

_KEPT = 4


class Correlations:
    """The latest correlations of a run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Correlation] = OrderedDict()

    def at(
        self,
        snapshot: Snapshot,
        window: int,
        min_score: float,
        top_k: int,
        measure: int,
        min_appearances: int,
    ) -> Correlation:
        """See `analysis.correlation`; whoever asks meanwhile waits for the same answer."""
        question = window, min_score, top_k, measure, min_appearances
        key = *question, snapshot.validations, snapshot.dumps
        with self._lock:
            if key not in self._kept:
                self._kept[key] = _correlate(snapshot, *question)
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return self._kept[key]


def correlated(snapshot: Snapshot, params: Params) -> Correlation:
    """The correlation that `PARAMETERS` ask for."""
    lookup.validation_set(snapshot)
    lookup.model(snapshot)
    window, min_score = params.integer("window"), params.fraction("min_score")
    k, measure = params.integer("top_k"), lookup.measure(snapshot, params.text("measure"))
    min_appearances = params.integer("min_appearances")
    lookup.measure(snapshot, "change")  # Only filters that changed count, whatever the measure.
    correlations = snapshot.memo.get(Correlations)
    return correlations.at(snapshot, window, min_score, k, measure, min_appearances)


def find_anomalies(snapshot: Snapshot, window: int, min_score: float) -> rules.Anomalies:
    """The anomalies of all classes of a snapshot that has a validation set."""
    images = np.diff(snapshot.class_rows)
    return rules.anomalies(course(snapshot).flips, images, window, min_score)


def _correlate(
    snapshot: Snapshot, window: int, min_score: float, k: int, measure: int, min_appearances: int
) -> Correlation:
    classes = len(lookup.validation_set(snapshot).class_names)
    iterations = find_anomalies(snapshot, window, min_score).iterations(classes)
    distinct = np.unique(np.concatenate([*iterations, np.empty(0, np.int32)])).tolist()
    rankings = snapshot.memo.get(Rankings)
    model = lookup.model(snapshot)
    filters = rankings.anomaly_filters(snapshot, model, distinct, measure, k)
    return correlate(iterations, filters, snapshot.layer_filters, min_appearances)
