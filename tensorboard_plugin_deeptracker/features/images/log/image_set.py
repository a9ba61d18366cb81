"""Labels, class names and identifiers as users have them -> as the log has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....summary.numbers import IGNORED, labels_of, whole_numbers
from ..records import ImageSet


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
    ids: Sequence[int | str]

    @property
    def given(self) -> int:
        """How many images there are in the user's order."""
        return len(self.ids)


def image_rows(
    labels: Any, class_names: Sequence[str], ids: Any, ignore_label: int | None = None
) -> Rows:
    """Checks an image set and sorts it by label.

    Raises:
        ValueError: See `SummaryWriter.add_validation_set`.
    """
    names = _unique_names(class_names)
    numbers = labels_of(labels, "labels", classes=len(names), ignore_label=ignore_label)
    given = len(numbers)
    if not given:
        raise ValueError("labels are empty: a validation set has at least one image")
    counted = np.flatnonzero(numbers != IGNORED)
    if not len(counted):
        raise ValueError(
            f"all {given} labels are ignore_label={ignore_label}: a validation set has at least one"
            " image that counts"
        )
    order = counted[np.argsort(numbers[counted], kind="stable")]
    identifiers = np.arange(given) if ids is None else identifiers_of(ids, given)
    if isinstance(identifiers, np.ndarray):
        rows: NDArray[np.int64] | tuple[str, ...] = identifiers[order]
    else:
        rows = tuple(identifiers[i] for i in order)
    image_set = ImageSet(names, numbers[order].astype(np.int32), rows)
    return Rows(image_set, order, listed(identifiers))


def listed(ids: NDArray[np.int64] | tuple[str, ...]) -> Sequence[int | str]:
    """Identifiers that can be looked up one by one."""
    if isinstance(ids, tuple):
        return ids
    numbers: list[int] = ids.tolist()
    return numbers


def _unique_names(class_names: Sequence[str]) -> tuple[str, ...]:
    names = [] if isinstance(class_names, str) else [str(name) for name in class_names]
    if not names:
        raise ValueError(f"class_names must be a list of names, got {class_names!r}")
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
    name, times = Counter(answer).most_common(1)[0]
    if times > 1:
        raise ValueError(f"the id {name!s} is given {times} times: every image needs its own")
    return answer


def _encodable(names: list[str], argument: str) -> list[str]:
    try:
        "".join(names).encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{argument} cannot be stored as UTF-8: {error}") from error
    return names
