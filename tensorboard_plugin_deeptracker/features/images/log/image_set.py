"""Labels, class names and identifiers as users have them -> as the log has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....events import limits
from ....summary.numbers import IGNORED, labels_of, whole_numbers
from ..records import ImageSet
from .names import given_names


@dataclass(frozen=True)
class Rows:
    """An image set, and where its images are in the user's order.

    Attributes:
        image_set: The images by row.
        order: For each row, the position of its image in the user's order: int64[images].
        ids: The identifiers in the user's order; some of these images may be in no row.
    """

    image_set: ImageSet
    order: NDArray[np.int64]
    ids: NDArray[np.int64] | tuple[str, ...]

    @property
    def given(self) -> int:
        """How many images there are in the user's order."""
        return len(self.ids)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The row of each image in the user's order, -1 if it is in none: int64[given]."""
        answer = np.full(self.given, -1, np.int64)
        answer[self.order] = np.arange(len(self.order))
        return answer

    def find(self, ids: NDArray[np.int64] | tuple[str, ...]) -> NDArray[np.int64]:
        """Where in the user's order some images are, -1 where it does not have them: int64[n]."""
        if isinstance(ids, tuple):
            return np.array([self._named.get(name, -1) for name in ids], np.int64)
        if isinstance(self.ids, tuple):
            return np.full(len(ids), -1, np.int64)
        ascending, positions = self._ascending
        at = np.minimum(np.searchsorted(ascending, ids), len(ascending) - 1)
        return np.where(ascending[at] == ids, positions[at], -1)

    @cached_property
    def _named(self) -> Mapping[str, int]:
        if not isinstance(self.ids, tuple):
            return {}
        return {name: i for i, name in enumerate(self.ids)}

    @cached_property
    def _ascending(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Identifiers in ascending order, and where each is in the user's."""
        ids = np.asarray(self.ids, np.int64)
        positions = ids.argsort(kind="stable")
        return ids[positions], positions


def checked_name(name: Any) -> str:
    """A name of an image set.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f'the name of an image set must be a text, as "train", got {name!r:.200}')
    if len(name) > limits.KEY or "/" in name or not name.isprintable() or name != name.strip():
        raise ValueError(
            f"the name of an image set must have at most {limits.KEY} characters, be written in"
            f" one line, without a slash and without spaces around it, got {name!r:.200}"
        )
    return name


def image_rows(
    labels: Any, class_names: Sequence[str], ids: Any, ignore_label: int | None = None
) -> Rows:
    """Checks an image set and sorts it by label.

    Raises:
        ValueError: See `SummaryWriter.add_image_set`.
    """
    names = _unique_names(class_names)
    numbers = labels_of(labels, "labels", classes=len(names), ignore_label=ignore_label)
    given = len(numbers)
    if not given:
        raise ValueError("labels are empty: an image set has at least one image")
    counted = np.flatnonzero(numbers != IGNORED)
    if not len(counted):
        raise ValueError(
            f"all {given} labels are ignore_label={ignore_label}: an image set has at least one"
            " image that counts"
        )
    order = counted[np.argsort(numbers[counted], kind="stable")]
    identifiers = np.arange(given) if ids is None else identifiers_of(ids, given)
    rows: NDArray[np.int64] | tuple[str, ...]
    if isinstance(identifiers, tuple):
        rows = tuple(identifiers[i] for i in order.tolist())
    else:
        rows = identifiers[order]
    return Rows(ImageSet(names, numbers[order].astype(np.int32), rows), order, identifiers)


def _unique_names(class_names: Sequence[str]) -> tuple[str, ...]:
    names = given_names(class_names)
    # ImageNet has two kinds of crane.
    while len(counts := Counter(names)) < len(names):
        names = [f"{name} ({i})" if counts[name] > 1 else name for i, name in enumerate(names)]
    return tuple(_encodable(names, "class_names"))


def identifiers_of(
    ids: Any, count: int, what: str = "labels"
) -> NDArray[np.int64] | tuple[str, ...]:
    """Identifiers of images, all different, as int64[count] or as strings.

    Args:
        ids: As users have them.
        count: How many there have to be.
        what: There are so many of.

    Raises:
        ValueError: They are none, or not as many.
    """
    if len(ids) != count:
        raise ValueError(f"{len(ids)} ids for {count} {what}: there must be one for each")
    answer: NDArray[np.int64] | tuple[str, ...]
    if all(isinstance(name, str) for name in ids):
        answer = tuple(_encodable([str(name) for name in ids], "ids"))
    else:
        answer = whole_numbers(ids, "ids", "pass whole numbers or strings")
        if len(np.unique(answer)) == len(answer):  # Of a million quicker than counting them.
            return answer
    for name, times in Counter(answer).most_common(1):
        if times > 1:
            raise ValueError(f"the id {name!s} is given {times} times: every image needs its own")
    return answer


def _encodable(names: list[str], argument: str) -> list[str]:
    try:
        "".join(names).encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{argument} cannot be stored as UTF-8: {error}") from error
    return names
