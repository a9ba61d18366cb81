"""Names in a question -> an image set, its classes and images."""

from __future__ import annotations

import numpy as np

from ....compute.errors import NotFoundError, unknown
from ....index.run import Snapshot
from ..records import IMAGE_SETS, VALIDATION, ImageSet

# Beyond it JavaScript's numbers skip some.
_MAX_EXACT = 2**53
# Of the identifiers that a message is made from.
_COMPARED = 1000


def image_set_of(snapshot: Snapshot, name: str = VALIDATION) -> ImageSet:
    """An image set of a run.

    Raises:
        NotFoundError: It has no such.
    """
    images = snapshot.of(IMAGE_SETS, name)
    if images is None:
        if name == VALIDATION:
            raise NotFoundError(
                f"run {snapshot.name!r} has no validation set yet: log one with"
                " writer.add_validation_set(labels, class_names)"
            )
        raise unknown("image set", name, snapshot.keys(IMAGE_SETS), "image sets of the run")
    return images


def class_at(images: ImageSet, name: str) -> int:
    """Position of a class; NotFoundError if there is no such."""
    position = images.class_positions.get(name)
    if position is None:
        raise unknown("class", name, images.class_names, "classes of the validation set")
    return position


def row_of(images: ImageSet, identifier: str) -> int:
    """Row of an image; NotFoundError if there is no such."""
    ids = images.ids
    if isinstance(ids, tuple):
        if identifier in ids:
            return ids.index(identifier)
        raise unknown("image", identifier, ids[:_COMPARED], "images of the validation set")
    try:
        found = np.flatnonzero(ids == int(identifier))
    except (ValueError, OverflowError):
        found = np.empty(0, np.intp)
    if len(found) and str(ids[found[0]]) == identifier:
        return int(found[0])
    raise unknown("image", identifier, ids[:_COMPARED], "images of the validation set")


def identifiers(images: ImageSet, first: int = 0, last: int | None = None) -> list[int | str]:
    """Ids of the rows [first, last): numbers only where JavaScript does not round them."""
    ids = images.ids[first:last]
    if isinstance(ids, tuple):
        return list(ids)
    return [each if abs(each) <= _MAX_EXACT else str(each) for each in ids.tolist()]
