"""When many images were learned or forgotten at once, and what the learning rate did then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ....index.run import Snapshot
from ....index.scalars import Scalars, scalars
from ...validation.compute import CORRECT, WRONG
from .course import Course
from .of_classes import shown_classes
from .sentence import Sentence, a_class, at, count, link

# A moment is one if so many more images changed to one side than to the other, as a share of all,
# and so many times as many as usual.
_LEAST = 5
_LEAST_SHARE = 0.05
_TIMES = 3
# A class that has such a share of them is named.
_MOSTLY = 0.4
# As in the tab: which scalar is the learning rate, and when it has stages.
_RATE = re.compile(r"(^|[/_\-. ])(lr|learning[_\- ]?rate)($|[/_\-. \d])", re.IGNORECASE)
_STAGES = 12
# What counts as a drop of it, and over which share of the run its effect is looked at.
_DROP = 0.7
_AFTER = 0.05
_MOST_DROPS = 2


def of_moments(run: str, course: Course) -> Iterator[Sentence]:
    """The validation at which most images were forgotten, and the one at which most were learned.

    What is learned before half of all that are ever right at once are right is the beginning of
    every training, and no moment.
    """
    right = course.right.sum(axis=1)
    begun = int(np.argmax(2 * right >= right.max()))
    for kind, gone, come, first in (
        ("forgotten", course.forgotten, course.learned, 1),
        ("learned", course.learned, course.forgotten, begun + 1),
    ):
        own, other = gone.sum(axis=1), come.sum(axis=1)
        if first >= len(own):
            continue
        net = own - other
        top = first + int(net[first:].argmax())
        least = max(_LEAST, _LEAST_SHARE * course.evaluated[top].sum())
        if net[top] < least or own[top] < _TIMES * np.median(own[1:]):
            continue
        step = int(course.steps[top])
        opposite = "learned" if kind == "forgotten" else "forgotten"
        text = f"At {at(step)}, {count(int(own[top]), 'image was', 'images were')} {kind} at once"
        mostly = int(gone[top].argmax())
        if gone[top, mostly] >= _MOSTLY * own[top]:
            text += f" ({int(gone[top, mostly]):,} of {a_class(course.images.class_names[mostly])})"
        text += f" and {int(other[top]):,} {opposite}."
        weight = min(1.0, 0.6 + float(net[top] / course.evaluated[top].sum()))
        shown = link(
            run,
            "validation",
            step,
            run__imageSet=course.name,
            **shown_classes([mostly]),
        )
        yield Sentence(f"{kind}_at_once", text, step, weight, shown)


def rate_of(found: Mapping[str, Scalars]) -> Scalars | None:
    """The scalar that is most likely the learning rate."""
    tags = sorted((tag for tag in found if _RATE.search(tag)), key=lambda tag: (len(tag), tag))
    return found[tags[0]] if tags else None


def drops(rate: Scalars) -> list[tuple[int, float, float]]:
    """Where the learning rate falls in one step: the iteration, before and after.

    None if it varies continuously.
    """
    values = rate.values
    changed = ~np.isclose(values[1:], values[:-1], rtol=1e-6, atol=0)
    if changed.sum() + 1 > max(_STAGES, len(values) / 4):
        return []
    return [
        (int(rate.steps[i + 1]), float(values[i]), float(values[i + 1]))
        for i in np.flatnonzero(changed & (values[1:] <= _DROP * values[:-1])).tolist()
    ]


def of_rate(snapshot: Snapshot, course: Course) -> Iterator[Sentence]:
    """What was learned when the learning rate fell: the falls after which most changed."""
    rate = rate_of(scalars(snapshot))
    falls = drops(rate) if rate is not None else []
    steps = course.steps
    told = []
    for i, (step, was, now) in enumerate(falls):
        before = int(np.searchsorted(steps, step)) - 1
        end = int(step + _AFTER * (steps[-1] - steps[0]))
        if i + 1 < len(falls):
            end = min(end, falls[i + 1][0] - 1)
        after = int(np.searchsorted(steps, end, side="right")) - 1
        after = max(after, before + 1)
        if before < 0 or after >= len(steps):
            continue
        a, b = course.results(before), course.results(after)
        learned, forgotten = _moved(a, b)
        text = (
            f"At {at(step)} the learning rate fell from {was:.3g} to {now:.3g}: from"
            f" {at(int(steps[before]))} to {int(steps[after]):,},"
            f" {count(learned, 'image was', 'images were')} learned and {forgotten:,} forgotten."
        )
        effect = abs(learned - forgotten) / max(1, len(a))
        shown = link(snapshot.name, "validation", step, run__imageSet=course.name)
        told.append(Sentence("rate_fell", text, step, min(0.95, 0.45 + 2 * effect), shown))
    told.sort(key=lambda sentence: -sentence.weight)
    yield from told[:_MOST_DROPS]


def _moved(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> tuple[int, int]:
    """How many images were wrong and are right, and the other way round."""
    return (
        int(((a == WRONG) & (b == CORRECT)).sum()),
        int(((a == CORRECT) & (b == WRONG)).sum()),
    )
