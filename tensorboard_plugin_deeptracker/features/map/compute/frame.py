"""A frame of a map: where the images lie at an iteration, and how true that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..records import NEIGHBOURS, Representations, Scores, low_margins
from .back import AROUND, scores_of
from .dots import nearest_among, nearest_dots, without_own
from .graph import graph_of
from .layout import first_layout, next_layout
from .quality import Quality, continuity, kept_share, stillness, trustworthiness

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Images that ranks are computed of, at most.
_SAMPLE = 400


@dataclass(frozen=True)
class Frame:
    """The places of a map's images.

    Attributes:
        places: float32[images, 2]; NaN where an image has none.
        kept: float32[images]: see `kept_share`.
        quality: How true it is.
    """

    places: NDArray[np.float32]
    kept: NDArray[np.float32]
    quality: Quality


def make_frame(now: Representations, before: Representations | None, last: Frame | None) -> Frame:
    """A frame from what was logged, and from the frame before.

    Args:
        now: What was logged.
        before: What was logged of the frame before; None: this is the first one.
        last: The frame before.
    """
    images = len(now.neighbours)
    on_map = np.flatnonzero(np.isfinite(now.components).all(axis=1))
    dot_of = np.full(images + 1, -1, np.int64)
    dot_of[on_map] = np.arange(len(on_map))
    near = dot_of[now.neighbours[on_map].astype(np.int64)]
    border = None if now.border is None else dot_of[now.border[on_map].astype(np.int64)]
    scores = None if now.scores is None else now.scores.of(on_map)
    graph = graph_of(near, None if scores is None else scores.predicted.astype(np.int64), border)
    components = now.components[on_map].astype(np.float64)
    were = stayed = None
    if before is None or last is None:
        places = first_layout(components, graph)
    else:
        were, stayed = _carried(now, before, last)
        were, stayed = were[on_map], stayed[on_map]
        if np.isfinite(were[:, 0]).sum() * 2 < len(on_map):
            # Other images, by and large: a map of its own.
            were = stayed = None
            places = first_layout(components, graph)
        else:
            start = _begin(were, near, scores)
            places = next_layout(start, were, stayed, graph)
    kept = np.full(images, np.nan, np.float32)
    answer = np.full((images, 2), np.nan, np.float32)
    answer[on_map] = places
    # What is drawn is what is measured.
    places = answer[on_map].astype(np.float64)
    around = nearest_dots(places, NEIGHBOURS + 1, places)
    kept[on_map] = kept_share(near, without_own(*around)[0])
    quality = _quality(places, near, around, border, scores, were, stayed, kept[on_map])
    return Frame(answer, kept, quality)


def _carried(now: Representations, before: Representations, last: Frame) -> tuple[Floats, Floats]:
    """Where images last were, and the share of their neighbours that they had then, too.

    Returns:
        float64[images, 2], NaN where an image had no place; float64[images], 0 there.
    """
    if now.rows is before.rows or (
        now.rows is not None and before.rows is not None and np.array_equal(now.rows, before.rows)
    ):
        were = last.places.astype(np.float64)
        had = before.neighbours.astype(np.int64)
    else:
        own, other = (
            np.arange(len(each.neighbours)) if each.rows is None else each.rows.astype(np.int64)
            for each in (now, before)
        )
        _, at, then = np.intersect1d(own, other, return_indices=True)
        were = np.full((len(own), 2), np.nan)
        were[at] = last.places[then]
        place = np.full(len(other) + 1, -2, np.int64)  # Of images that are not there any more.
        place[then] = at
        had = np.full((len(own), NEIGHBOURS), -2, np.int64)
        had[at] = place[before.neighbours[then].astype(np.int64)]
    stayed = kept_share(now.neighbours.astype(np.int64), np.where(had < 0, -2, had))
    there = np.isfinite(were[:, 0])
    return were, np.where(there, np.nan_to_num(stayed.astype(np.float64)), 0)


def _begin(were: Floats, near: Ints, scores: Scores | None) -> Floats:
    """Where dots begin: where they were; new ones beside the nearest that is predicted likewise."""
    start: Floats = were.copy()
    known = np.isfinite(were[:, 0])
    predicted = np.zeros(len(near)) if scores is None else scores.predicted
    for dot in np.flatnonzero(~known):
        there = near[dot][near[dot] >= 0]
        there = there[known[there]]
        alike = there[predicted[there] == predicted[dot]]
        start[dot] = were[alike[0]] if len(alike) else were[there[0]] if len(there) else 0
    return start


def _quality(
    places: Floats,
    near: Ints,
    around: tuple[Ints, Floats],
    border: Ints | None,
    scores: Scores | None,
    were: Floats | None,
    stayed: Floats | None,
    kept: NDArray[np.float32],
) -> Quality:
    sample = np.random.default_rng(0).permutation(len(places))[:_SAMPLE]
    on_screen, _ = without_own(*around)
    boundary = predictions = left_out = float("nan")
    known = np.zeros(0, np.int64) if scores is None else np.flatnonzero(scores.predicted >= 0)
    if scores is not None and len(known):
        of_known, dots = scores.of(known), places[known]
        if len(known) < len(places):
            around = nearest_dots(dots, AROUND + 1, dots)
        predictions, left_out = (
            float((scores_of(each, squares, of_known)[0] == of_known.predicted).mean())
            for each, squares in (around, without_own(*around))
        )
    if scores is not None and border is not None:
        low = low_margins(scores, np.ones(len(places), np.bool_))
        boundary = _mean(kept_share(border, nearest_among(places, NEIGHBOURS, low)))
    return Quality(
        neighbours=NEIGHBOURS * _mean(kept),
        boundary=NEIGHBOURS * boundary,
        predictions=predictions,
        predictions_left_out=left_out,
        trustworthiness=trustworthiness(near, on_screen, sample),
        continuity=continuity(near, places, sample),
        stillness=stillness(places, were, stayed),
    )


def _mean(values: NDArray[np.float32]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
