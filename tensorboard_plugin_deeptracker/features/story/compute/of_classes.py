"""Which classes were learned first and last, never, or were lost again; and the error over all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .course import Course
from .sentence import Sentence, at, classes, link, sentence_case, share

# A class is lost if this share of its images was right and is not any more.
_LOST = 0.3
# Changes of the error over all below these say nothing.
_FALL = 0.05
_RISE = 0.02
# Classes that a link brings to the top of the Validation View.
_PINNED = 5


def learned_at(course: Course) -> NDArray[np.int64]:
    """The first validation from which on a class is told apart: int64[classes], -1 for none.

    That is: there and at the next one, at least half of its images are right, and of those
    predicted as it, more than half are of it, or more than twice the share that it has of all. An
    untrained network that takes all images for one class has not learned it, and one that guesses
    is seldom right twice.
    """
    right, evaluated = course.right, course.evaluated
    half = (2 * right >= evaluated) & (evaluated > 0)
    found = np.full(right.shape[1], -1, np.int64)

    @cache
    def apart(validation: int) -> NDArray[np.bool_]:
        predicted = course.predicted(validation)
        as_class = np.bincount(predicted[predicted >= 0], minlength=len(found))[: len(found)]
        here, own = right[validation].astype(np.int64), evaluated[validation].astype(np.int64)
        answer: NDArray[np.bool_] = 2 * here > as_class
        answer |= here * own.sum() > 2 * own * as_class
        return answer

    twice = half[:-1] & half[1:]
    for validation in np.flatnonzero(twice.any(axis=1)).tolist():
        open_ = twice[validation] & (found < 0)
        if open_.any():
            found[open_ & apart(validation) & apart(validation + 1)] = validation
    return found


def of_classes(run: str, course: Course, learned: NDArray[np.int64]) -> Iterator[Sentence]:
    """Sentences about classes.

    Args:
        run: The run's name.
        course: Of an image set.
        learned: See `learned_at`; one at least is learned.
    """
    known = learned[learned >= 0]
    first, last = int(known.min()), int(known.max())
    yield _group(run, course, "learned_first", learned, first, 0.8)
    if last > first:
        yield _group(run, course, "learned_last", learned, last, 0.75)
    yield from _never(run, course)
    yield from _lost(run, course, learned)


def _group(
    run: str, course: Course, kind: str, learned: NDArray[np.int64], validation: int, weight: float
) -> Sentence:
    own = np.flatnonzero(learned == validation)
    step = int(course.steps[validation])
    word = "first" if kind == "learned_first" else "last"
    if len(own) == len(learned) > 1:
        subject, word = f"all {len(own)} classes", "at once"
    else:
        subject = classes(course.names(own))
    if len(own) == 1:
        rate = course.right[validation, own[0]] / course.evaluated[validation, own[0]]
        verb, proof = "was", f"{share(float(rate))} of its images are right"
    else:
        verb, proof = "were", "at least half of the images of each are right"
    text = f"{subject} {verb} learned {word}: at {at(step)}, {proof}."
    return Sentence(kind, sentence_case(text), step, weight, _class_link(run, course, own, step))


def _class_link(run: str, course: Course, labels: NDArray[np.integer], step: int) -> str:
    return link(
        run,
        "validation",
        step,
        run__imageSet=course.name,
        **shown_classes(labels.tolist()),
    )


def shown_classes(labels: Sequence[int]) -> dict[str, object]:
    """The settings with which the Validation View shows some classes, whatever was set before.

    They are at its top; of the first, its images too.
    """
    return {
        "screen__selected": ("class", labels[0]),
        "validation__pinned": tuple(labels[:_PINNED]),
        "validation__openClasses": labels[0],
        "validation__openAll": 0,
        "validation__onlyAnomalies": 0,
        "validation__search": "",
    }


def _never(run: str, course: Course) -> Iterator[Sentence]:
    with np.errstate(invalid="ignore"):
        rates = np.where(course.evaluated > 0, course.right / course.evaluated, -1.0)
    never = np.flatnonzero((rates.max(axis=0) < 0.5) & (course.evaluated.max(axis=0) > 0))
    if not len(never):
        return
    last = int(course.steps[-1])
    subject = sentence_case(classes(course.names(never)))
    if len(never) == 1:
        best = int(rates[:, never[0]].argmax())
        most = share(float(rates[best, never[0]]))
        text = (
            f"{subject} was never learned: at most {most} of its images were right at once, at"
            f" {at(int(course.steps[best]))}."
        )
    else:
        text = f"{subject} were never learned: at no validation were half of their images right."
    yield Sentence("never_learned", text, last, 0.7, _class_link(run, course, never, last))


def _lost(run: str, course: Course, learned: NDArray[np.int64]) -> Iterator[Sentence]:
    with np.errstate(invalid="ignore"):
        rates = np.where(course.evaluated > 0, course.right / course.evaluated, np.nan)
    last = rates[-1]
    best = np.nanmax(np.where(np.isnan(rates), -1, rates), axis=0)
    lost = np.flatnonzero((learned >= 0) & (last < 0.5) & (best - last >= _LOST))
    if not len(lost):
        return
    # Together, so that one figure is true of all of them.
    right, evaluated = (each[:, lost].sum(axis=1) for each in (course.right, course.evaluated))
    joint = right / np.maximum(evaluated, 1)
    top = int(joint.argmax())
    below = top + int(np.argmax(joint[top:] < 0.5))
    steps = course.steps
    them = "its" if len(lost) == 1 else "their"
    text = (
        f"{classes(course.names(lost))} {'was' if len(lost) == 1 else 'were'} learned and lost"
        f" again: of {them} images {share(float(joint[top]))} are right at {at(int(steps[top]))},"
        f" {share(float(joint[-1]))} at {at(int(steps[-1]))}."
    )
    step = int(steps[below])
    # What is lost, of all images: one of a thousand classes is soon below a half by chance.
    part = float(right[top] - right[-1]) / max(1, int(course.evaluated[-1].sum()))
    weight = min(1.0, 0.5 + 5 * part)
    yield Sentence("lost", sentence_case(text), step, weight, _class_link(run, course, lost, step))


def of_all(run: str, course: Course) -> Iterator[Sentence]:
    """Where the error over all images is lowest, and what it is in the end."""
    error = course.history.overall.astype(np.float64)
    if np.isnan(error).all():
        return
    known = np.flatnonzero(~np.isnan(error))
    first, last = int(known[0]), int(known[-1])
    best = int(np.nanargmin(error))
    if not error[first] - error[best] >= _FALL:
        return
    steps = course.steps.tolist()
    lowest = share(float(error[best]))
    if error[last] == error[best]:
        text = f"The error is lowest at the end, at {at(steps[last])}: {lowest}."
        step, weight = steps[last], 0.65
    else:
        text = (
            f"The error is lowest at {at(steps[best])}, {lowest}; at the end, at"
            f" {at(steps[last])}, it is {share(float(error[last]))}."
        )
        step, weight = steps[best], 0.85 if error[last] - error[best] >= _RISE else 0.65
    yield Sentence(
        "error", text, step, weight, link(run, "validation", step, run__imageSet=course.name)
    )
