"""What a run's anomalies and its filters have to do with each other, found once for all routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....compute.worker import in_worker
from ....index.reading import columns
from ....index.record import Record
from ....index.run import Snapshot
from ...images.records import ImageSet
from ...layers.compute import top
from ...layers.records import DUMPS, FILTERS_TAG, Model
from ...validation.compute import find_anomalies, history
from ...validation.records import VALIDATIONS
from .anomaly_filters import dumps_of_validations, moved
from .correlation import Correlation, correlate
from .independence import Expected, expect
from .permutation import PermutationTest, permutation_test

_CHUNK = 32
# So many filters are ranked at once, so that a slider moves without reading.
_RANKED = 256
# Anomaly filters of all iterations, of which the correlation takes longer than some milliseconds.
_MANY_FILTERS = 1 << 14
# Shuffles, iterations and classes that take longer than that.
_MANY_SHUFFLED = 1 << 18
# Iterations of mini-sets that are drawn thousands of times.
_MANY_DRAWN = 1 << 8


@dataclass(frozen=True)
class Options:
    """What a correlation depends on.

    Attributes:
        image_set: Whose anomalies.
        window: Of the anomaly rules, in validations.
        min_score: Least share of a class's images.
        top_k: Number of anomaly filters of an iteration.
        measure: Position of the measure that ranks filters.
        min_appearances: Mini-sets with fewer are left out.
    """

    image_set: str
    window: int
    min_score: float
    top_k: int
    measure: int
    min_appearances: int


def related(snapshot: Snapshot, model: Model, images: ImageSet, options: Options) -> Correlation:
    """The mini-sets of each layer and where they appear; see `correlate`.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    basis = snapshot.of(VALIDATIONS, options.image_set), snapshot.of(DUMPS)

    def compute(_: Correlation | None) -> Correlation:
        flips = history(snapshot, options.image_set, images).flips
        found = find_anomalies(flips, images.class_sizes, options.window, options.min_score)
        iterations = found.iterations(len(images.class_names))
        distinct = np.unique(np.concatenate([*iterations, np.empty(0, np.int32)])).tolist()
        filters = _anomaly_filters(snapshot, model, distinct, options)
        return in_worker(
            correlate,
            iterations,
            filters,
            model.first_filters,
            options.min_appearances,
            heavy=sum(map(len, filters.values())) > _MANY_FILTERS,
        )

    return snapshot.memo.get(("correlation", options), basis, compute)


def expected(snapshot: Snapshot, model: Model, images: ImageSet, options: Options) -> Expected:
    """What chance makes of the numbers of anomaly filters of a correlation.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    # The filters of mini-sets that are left out count too.
    options = replace(options, min_appearances=1)
    found = related(snapshot, model, images, options)
    layers = [own.mini_sets for own in found.layers]
    marks = sum(len(mini_set.iterations) for own in layers for mini_set in own)
    basis = snapshot.of(VALIDATIONS, options.image_set), snapshot.of(DUMPS)
    return snapshot.memo.get(
        ("expected_filters", options),
        basis,
        lambda _: in_worker(
            expect, layers, list(found.classes.values()), found.filters, heavy=marks > _MANY_DRAWN
        ),
    )


def significance(
    snapshot: Snapshot, model: Model, images: ImageSet, options: Options, shuffles: int
) -> PermutationTest:
    """How surprising it is what the mini-sets of a correlation appear with.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    found = related(snapshot, model, images, options)
    mini_sets = [mini_set.iterations for own in found.layers for mini_set in own.mini_sets]
    iterations = list(found.classes.values())
    work = shuffles * len(iterations) * sum(map(len, iterations))
    basis = snapshot.of(VALIDATIONS, options.image_set), snapshot.of(DUMPS)
    return snapshot.memo.get(
        ("permutation_test", options, shuffles),
        basis,
        lambda _: in_worker(
            permutation_test, mini_sets, iterations, shuffles, heavy=work > _MANY_SHUFFLED
        ),
    )


def _anomaly_filters(
    snapshot: Snapshot, model: Model, validations: Sequence[int], options: Options
) -> dict[int, NDArray[np.int64]]:
    """The filters with the largest values, of those that changed, per validation.

    Returns:
        Positions among the filters of all layers, largest first: int64[<= top_k].
    """
    dumps, steps = snapshot.of(DUMPS), snapshot.steps(VALIDATIONS, options.image_set)
    slices = dumps_of_validations(snapshot.steps(DUMPS), steps)
    return {
        j: _ranked(snapshot, model, dumps[slices[j]], options)
        for j in validations
        if slices[j].start < slices[j].stop
    }


def _ranked(
    snapshot: Snapshot, model: Model, records: tuple[Record, ...], options: Options
) -> NDArray[np.int64]:
    k, measure = options.top_k, options.measure
    if k > _RANKED:
        return _rank(model, records, measure, k)
    # Their last step names the dumps that belong to a validation, whatever else is logged.
    key = "ranked", measure, records[-1].step
    ranked = snapshot.memo.get(key, records, lambda _: _rank(model, records, measure, _RANKED))
    return ranked[:k]


def _rank(model: Model, records: tuple[Record, ...], measure: int, k: int) -> NDArray[np.int64]:
    change = _largest(model, records, model.measures.index("change"))
    values = change
    if model.measures[measure] != "change":
        values = _largest(model, records, measure)
    return top(values, moved(change), k)


def _largest(model: Model, records: tuple[Record, ...], measure: int) -> NDArray[np.float32]:
    """The largest value of each filter over some dumps; missing ones do not count."""
    answer = np.full(model.filters, np.nan, np.float32)
    start = measure * model.filters
    for first in range(0, len(records), _CHUNK):
        chunk = records[first : first + _CHUNK]
        values = columns(chunk, FILTERS_TAG, start, start + model.filters)
        answer = np.fmax(answer, np.fmax.reduce(values, axis=0))
    return answer
