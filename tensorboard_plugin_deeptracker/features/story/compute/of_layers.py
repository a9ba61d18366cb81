"""Which layers moved when something happened."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import numpy as np

from ....compute.names import a_layer
from ....index.run import Snapshot
from ...causes.compute import Found
from ...layers.compute import node_statistics
from ...layers.records import DUMPS, MODEL
from .course import Course
from .of_causes import as_a_whole
from .sentence import Sentence, at, link

_RATIO = "update_ratio"
# Times its own median: less is no news.
_TIMES = 2.0
_MIN_DUMPS = 5


def of_layers(
    snapshot: Snapshot, course: Course, step: int, tried: Sequence[Found]
) -> Iterator[Sentence]:
    """The layer that moved most, beside what is usual for it, until a validation.

    Args:
        snapshot: The run.
        course: Of an image set.
        step: Iteration of one of its validations.
        tried: What experiments found.
    """
    model, dumps = snapshot.of(MODEL), snapshot.steps(DUMPS)
    if model is None or _RATIO not in model.statistics or len(dumps) < _MIN_DUMPS:
        return
    validation = int(np.searchsorted(course.steps, step))
    since = int(course.steps[validation - 1]) if validation else -1
    # What belongs to a validation is what was dumped since the one before it.
    own = np.flatnonzero((dumps > since) & (dumps <= step))
    if not len(own):
        return
    leaves = [i for i, node in enumerate(model.nodes) if node.layer is not None]
    position = model.statistics.index(_RATIO)
    ratio = node_statistics(snapshot, model, position, 0, len(model.nodes))[leaves]
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # A layer without any.
        usual = np.nanmedian(ratio, axis=1)
        times = np.nanmax(ratio[:, own], axis=1) / usual
    times[~np.isfinite(times)] = 0
    top = int(times.argmax())
    if times[top] < _TIMES:
        return
    layer = model.nodes[leaves[top]].layer
    assert layer is not None
    middle = float(np.median(times))
    text = (
        f"Then {a_layer(model.layers[layer].name)} moved most: at {at(step)}, its update ratio is"
        f" {times[top]:.1f} times its own median; of half of the layers, at most {middle:.1f}"
        " times."
    )
    text += as_a_whole(tried, model.layers[layer].name, step)
    shown = link(
        snapshot.name,
        "layers",
        int(dumps[own[int(np.nanargmax(ratio[top, own]))]]),
        screen__selected=("layer", leaves[top]),
        layers__statistic=_RATIO,
        layers__chart="line",
    )
    yield Sentence("moved", text, step, 0.62, shown)
