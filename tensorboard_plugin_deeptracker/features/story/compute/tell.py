"""The story of a run: the most telling of all sentences, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator

from ....index.run import Snapshot
from ...causes.compute import findings
from ...images.records import IMAGE_SETS
from .course import Course, course
from .of_causes import of_causes
from .of_classes import learned_at, of_all, of_classes
from .of_images import never_right, of_confusion, of_gap, suspected
from .of_layers import of_layers
from .of_moments import of_moments, of_rate
from .of_signs import of_signs
from .sentence import Sentence

# Sentences that are told.
MOST = 8
# Of image sets with more classes no story is told: of each, numbers are kept for every validation.
_CLASSES = 5_000


def story(snapshot: Snapshot, image_set: str | None = None, most: int = MOST) -> list[Sentence]:
    """The most telling sentences about a run, in the order of time.

    Args:
        snapshot: The run.
        image_set: The image set that it is about; None: the usual one or, without validations of
            that, the first that has some. Of others, only what is noteworthy beside it.
        most: How many sentences.

    Raises:
        InvalidQuestionError: There are too many classes and validations.
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    told = sorted(sentences(snapshot, image_set), key=lambda each: -each.weight)[:most]
    return sorted(told, key=lambda each: (each.step, -each.weight))


def sentences(snapshot: Snapshot, image_set: str | None = None) -> Iterator[Sentence]:
    """All that can be said."""
    yield from of_signs(snapshot)
    names = snapshot.keys(IMAGE_SETS) if image_set is None else [image_set]
    own = next(filter(None, (_course(snapshot, name) for name in names)), None)
    if own is None:
        return
    run = snapshot.name
    learned = learned_at(own)
    if not (learned >= 0).any():
        return  # What is said of predictions by chance is by chance, too.
    about_classes = list(of_classes(run, own, learned))
    yield from about_classes
    yield from of_all(run, own)
    tried = findings(snapshot, own.name)
    moments = [*of_moments(run, own), *of_rate(snapshot, own)]
    yield from moments
    if moments:
        step = max(moments, key=lambda each: each.weight).step
        yield from of_layers(snapshot, own, step, tried)
    yield from of_causes(run, tried, own.name, own.images)
    yield from never_right(snapshot, own)
    yield from of_confusion(run, own)
    beside = (name for name in snapshot.keys(IMAGE_SETS) if name != own.name)
    others = [each for name in beside if (each := _course(snapshot, name)) is not None]
    for other in others:
        yield from of_gap(run, own, other)
    # Where classes are lost, histories tell of that and not of labels. Wrong ones are looked for
    # where images are learned from, if that is known.
    if all(each.kind != "lost" for each in about_classes):
        for each in others or [own]:
            yield from suspected(snapshot, each)


def _course(snapshot: Snapshot, name: str) -> Course | None:
    images = snapshot.of(IMAGE_SETS, name)
    if images is None or len(images.class_names) > _CLASSES:
        return None
    return course(snapshot, name, images)
