"""Images that were never right, labels that are probably wrong, and what is predicted as what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....index.run import Snapshot
from ...confusion.compute import count_cells
from ...histories.compute import image_scores
from .course import Course
from .sentence import Sentence, a_class, at, count, link, share

# A suspicion above it says that the label is rather wrong than right.
_SUSPECTED = 0.5
_SUSPECTED_SHARE = 0.005
# Of a class's images, those that are predicted as another one.
_CONFUSED, _CONFUSED_SHARE = 3, 0.1
# Between the errors of two image sets.
_GAP = 0.05
_MOSTLY = 0.4


def never_right(snapshot: Snapshot, course: Course) -> Iterator[Sentence]:
    """Images that were right at no observation."""
    run, scores = snapshot.name, image_scores(snapshot, course.name, course.images)
    seen = scores.observed > 0
    never = np.flatnonzero(seen & (scores.right == 0))
    if not 0 < len(never) <= seen.sum() / 2:
        return
    labels = course.images.labels[never]
    sizes = np.bincount(labels)
    mostly = int(sizes.argmax())
    of_class = ""
    if len(never) > 1 and sizes[mostly] >= _MOSTLY * len(never):
        of_class = f", {sizes[mostly]:,} of them of {a_class(course.images.class_names[mostly])}"
    verb = "was" if len(never) == 1 else "were"
    text = (
        f"{len(never):,} of {count(int(seen.sum()), 'image')} of {course.name} {verb} never"
        f" right{of_class}."
    )
    last = int(course.steps[-1])
    shown = link(
        run,
        "images",
        last,
        run__imageSet=course.name,
        **_shown_images(course, int(never[0]), "right", "up"),
    )
    yield Sentence("never_right", text, last, 0.5, shown)


def suspected(snapshot: Snapshot, course: Course) -> Iterator[Sentence]:
    """Images whose labels are probably wrong."""
    run, scores = snapshot.name, image_scores(snapshot, course.name, course.images)
    seen = int((scores.observed > 0).sum())
    suspicion = np.nan_to_num(scores.suspicion)
    rows = np.flatnonzero(suspicion > _SUSPECTED)
    # Of a class that is not told apart in the end, the network is wrong and not the label.
    apart = (2 * course.right[-1] >= course.evaluated[-1]) & (course.evaluated[-1] > 0)
    of_it = apart[course.images.labels[rows]].sum()
    if len(rows) < max(1, _SUSPECTED_SHARE * seen) or 2 * of_it < len(rows):
        return
    last = int(course.steps[-1])
    text = (
        f"{len(rows):,} of {count(seen, 'image')} of {course.name} look mislabelled to the network,"
        f" or are hard: their suspicion is above {_SUSPECTED:g}."
    )
    shown = link(
        run,
        "images",
        last,
        run__imageSet=course.name,
        **_shown_images(course, int(suspicion.argmax()), "suspicion", "down"),
    )
    weight = min(0.95, 0.55 + 2 * len(rows) / max(1, seen))
    yield Sentence("suspected", text, last, weight, shown)


def _shown_images(course: Course, row: int, sort: str, order: str) -> dict[str, object]:
    """The settings with which the list of images shows one at its top, whatever was sought before.

    No words: as at first.
    """
    label = int(course.images.labels[row])
    return {
        "histories__mode": "table",
        "histories__sort": sort,
        "histories__order": order,
        "histories__class": (),
        "histories__search": "",
        "histories__confidence": (),
        "histories__variability": (),
        "screen__selected": ("image", label, row - int(course.images.first_rows[label])),
    }


def of_confusion(run: str, course: Course) -> Iterator[Sentence]:
    """The two classes that are predicted as each other most at the last validation."""
    names = course.images.class_names
    found = count_cells(course.images.labels, course.predicted(len(course.records) - 1), len(names))
    named = (found.label != found.predicted) & (found.predicted < len(names))
    pairs = zip(found.label[named].tolist(), found.predicted[named].tolist(), strict=True)
    cells: dict[tuple[int, int], int] = dict(zip(pairs, found.count[named].tolist(), strict=True))

    def both(pair: tuple[int, int]) -> int:
        return cells[pair] + cells.get(pair[::-1], 0)

    # Of the two directions, that of more images.
    most = max(cells, key=lambda pair: (both(pair), cells[pair], -pair[0], -pair[1]), default=None)
    if most is None or cells[most] < _CONFUSED:
        return
    a, b = most
    images = int(found.images[a])
    if cells[most] < _CONFUSED_SHARE * images:
        return
    step = int(course.steps[-1])
    back = cells.get((b, a), 0)
    text = (
        f"At the end, {cells[most]:,} of the {images:,} images of {a_class(names[a])} are predicted"
        f" as {a_class(names[b])}, and {back:,} the other way round."
    )
    shown = link(
        run,
        "confusion",
        step,
        run__imageSet=course.name,
        screen__selected=("confused", a, b),
    )
    yield Sentence("confused", text, step, min(0.8, 0.4 + cells[most] / images), shown)


def of_gap(run: str, course: Course, other: Course) -> Iterator[Sentence]:
    """How far the errors of two image sets are apart in the end.

    Args:
        run: The run's name.
        course: Of the image set that is looked at.
        other: Of another one, e.g. of the images that are learned from.
    """
    # Of classes that nobody looked at, nothing can be said; some have no image to look at.
    if other.images.class_names != course.images.class_names:
        return
    if ((other.images.class_sizes > 0) & (other.evaluated[-1] == 0)).any():
        return
    own, theirs = (float(each.history.overall[-1]) for each in (course, other))
    if not own - theirs >= _GAP:
        return
    steps = int(course.steps[-1]), int(other.steps[-1])
    text = (
        f"At {at(steps[0])}, {share(own)} of the images of {course.name} are wrong; of"
        f" {other.name}, {share(theirs)} at {at(steps[1])}."
    )
    shown = link(
        run,
        "images",
        steps[0],
        run__imageSet=course.name,
        histories__mode="gap",
        histories__other=other.name,
    )
    yield Sentence("gap", text, steps[0], min(0.9, 0.5 + 2 * (own - theirs)), shown)
