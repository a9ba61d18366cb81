"""Places of dots: of a first frame, and of one frame from the one before.

The forces are those of t-SNE; what is attracted is a graph of neighbours, each as much as the
other. A dot whose neighbours stayed is held where it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .graph import Attraction, Graph
from .repulsion import Repulsion

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Schedule:
    """How long a layout is improved.

    Attributes:
        iterations: All of them, of a small map.
        exaggerated: How many of these, at first, with stronger attraction.
        exaggeration: How much stronger.
    """

    iterations: int
    exaggerated: int
    exaggeration: float


FIRST = Schedule(100, 33, 12.0)
NEXT = Schedule(25, 8, 4.0)
# The more dots, the longer it takes until they lie well: so much longer for 10,000 dots.
_MORE, _MOST = 0.6, 3.0
# How much a dot all of whose neighbours stayed is held where it was.
HOLD = 1.0
_POWER = 10
# Long steps of little momentum: swinging takes iterations.
_MOMENTUM = 0.5
# The length of a step, over the number of dots and the exaggeration.
_RATE = 8.0
_LEAST_GAIN = 0.01
_MOST_GAIN = 4.0
# A dot goes no further in an iteration, so that nothing is ever thrown out.
_LONGEST = 5.0
# Of where a first frame begins, and of what moves dots apart that lie on each other.
_START = 1.0
_JITTER = 1e-3


def first_layout(components: Floats, graph: Graph) -> Floats:
    """The places of a first frame: float64[dots, 2].

    Args:
        components: float64[dots, 2], the first principal components of the features.
        graph: What attracts what.
    """
    start = _START * components + _scatter(len(components))
    return _improve(start, graph, FIRST, None)


def next_layout(start: Floats, last: Floats, stayed: Floats, graph: Graph) -> Floats:
    """The places of a frame from the one before: float64[dots, 2].

    Args:
        start: float64[dots, 2]: where dots begin.
        last: float64[dots, 2]: where they were; NaN where they are new.
        stayed: float64[dots]: the share of each one's neighbours that stayed; 0 where it is new.
        graph: What attracts what.
    """
    hold = HOLD * stayed**_POWER / max(1, len(start))
    places = _improve(start + _scatter(len(start)), graph, NEXT, (hold, last))
    return turned(places, last, stayed)


def turned(places: Floats, last: Floats, weights: Floats) -> Floats:
    """Places turned, mirrored and moved as a whole so that they lie as they last did.

    Args:
        places: float64[dots, 2].
        last: float64[dots, 2]: where they were; NaN: that does not count.
        weights: float64[dots]: how much each one counts.
    """
    weights = np.where(np.isfinite(last).all(axis=1), weights, 0)
    total = weights.sum()
    if total <= 0:
        return places
    last = np.nan_to_num(last)
    own, other = ((weights[:, None] * each).sum(axis=0) / total for each in (places, last))
    a, b = places - own, (last - other) * weights[:, None]
    # Sums of products one by one: a library's may come in another order by the processor.
    xx, xy, yx, yy = (float((a[:, i] * b[:, j]).sum()) for i in (0, 1) for j in (0, 1))
    turn = np.hypot(xx + yy, xy - yx), np.hypot(xx - yy, xy + yx)
    if max(turn) <= 0:
        return places
    if turn[0] >= turn[1]:
        cosine, sine = (xx + yy) / turn[0], (xy - yx) / turn[0]
        matrix = np.array([[cosine, sine], [-sine, cosine]])
    else:
        cosine, sine = (xx - yy) / turn[1], (xy + yx) / turn[1]
        matrix = np.array([[cosine, sine], [sine, -cosine]])
    x = a[:, 0] * matrix[0, 0] + a[:, 1] * matrix[1, 0]
    y = a[:, 0] * matrix[0, 1] + a[:, 1] * matrix[1, 1]
    answer: Floats = np.stack([x, y], axis=1) + other
    return answer


def _improve(
    places: Floats, graph: Graph, schedule: Schedule, held: tuple[Floats, Floats] | None
) -> Floats:
    dots = len(places)
    if dots < 2:
        return places
    at: Floats = places.T.copy()
    moves, gains = np.zeros_like(at), np.ones_like(at)
    if held is not None:
        hold, last = held[0], np.nan_to_num(held[1].T)
    attraction, repulsion = Attraction(graph, dots), Repulsion(dots)
    longer = min(_MOST, 1 + _MORE * dots / 10_000)
    for iteration in range(int(schedule.iterations * longer)):
        early = iteration < schedule.exaggerated
        exaggeration = schedule.exaggeration if early else 1.0
        rate = _RATE * dots / exaggeration
        away, total = repulsion.forces(at)
        slope = exaggeration * attraction.forces(at) - away / max(total, 1e-12)
        gains = np.where(slope * moves > 0, gains * 0.8, gains + 0.2).clip(_LEAST_GAIN, _MOST_GAIN)
        moves = _MOMENTUM * moves - rate * gains * slope
        length = np.sqrt(moves[0] * moves[0] + moves[1] * moves[1])
        moves *= np.minimum(1, _LONGEST / np.maximum(length, 1e-300))
        if held is not None:
            # Implicitly: however strong it is, nothing swings.
            pull = rate * hold
            moves = (moves - pull * (at - last)) / (1 + pull)
        at += moves
        at -= at.mean(axis=1)[:, None]
    found: Floats = at.T
    return found


def _scatter(dots: int) -> Floats:
    """Small shifts, all different, that depend on nothing but the number of a dot."""
    number = np.arange(dots)
    angle, radius = number * 2.399963229728653, np.sqrt((number + 0.5) / max(1, dots))
    return _JITTER * np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
