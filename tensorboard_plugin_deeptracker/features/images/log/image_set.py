"""Labels, class names and identifiers as users have them -> as the log has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....summary.numbers import whole_numbers
from ..records import ImageSet


def image_rows(
    labels: Any, class_names: Sequence[str], ids: Any
) -> tuple[ImageSet, NDArray[np.int64]]:
    """Checks an image set and sorts it by label.

    Returns:
        The image set, and int64[images]: for each of its rows, the position of the image
        in the user's order.

    Raises:
        ValueError: See `SummaryWriter.add_validation_set`.
    """
    names = _unique_names(class_names)
    numbers = whole_numbers(labels, "labels", "pass class numbers")
    if not len(numbers):
        raise ValueError("labels are empty: a validation set has at least one image")
    wrong = np.flatnonzero((numbers < 0) | (numbers >= len(names)))
    if len(wrong):
        raise ValueError(
            f"labels[{wrong[0]}] is {numbers[wrong[0]]}, but there are {len(names)} class_names:"
            f" expected a class from 0 to {len(names) - 1}"
        )
    order = np.argsort(numbers, kind="stable")
    identifiers = np.arange(len(numbers)) if ids is None else _identifiers(ids, len(numbers))
    if isinstance(identifiers, np.ndarray):
        rows: NDArray[np.int64] | tuple[str, ...] = identifiers[order]
    else:
        rows = tuple(identifiers[i] for i in order)
    return ImageSet(names, numbers[order].astype(np.int32), rows), order


def _unique_names(class_names: Sequence[str]) -> tuple[str, ...]:
    names = [str(name) for name in class_names]
    if isinstance(class_names, str) or not names:
        raise ValueError(f"class_names must be a list of names, got {class_names!r}")
    # ImageNet has two kinds of crane.
    while len(counts := Counter(names)) < len(names):
        names = [f"{name} ({i})" if counts[name] > 1 else name for i, name in enumerate(names)]
    return tuple(_encodable(names, "class_names"))


def _identifiers(ids: Any, count: int) -> NDArray[np.int64] | tuple[str, ...]:
    if len(ids) != count:
        raise ValueError(f"{len(ids)} ids for {count} labels: there must be one for each")
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
