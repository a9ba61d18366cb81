"""Labels, names, identifiers and predictions as users have them -> as the log has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..events import schema


class CallOrderError(ValueError, RuntimeError):
    """A method was called before another that it needs."""


def validation_rows(
    labels: Any, class_names: Sequence[str], ids: Any
) -> tuple[schema.ValidationSet, NDArray[np.int64]]:
    """Checks a validation set and sorts it by label.

    Returns:
        The validation set, and int64[images]: for each of its rows, the position of the image
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
    return schema.ValidationSet(names, numbers[order].astype(np.int32), rows), order


def same_validation_set(one: schema.ValidationSet, other: schema.ValidationSet) -> bool:
    """Whether two validation sets have the same classes, images and identifiers."""
    return (
        one.class_names == other.class_names
        and np.array_equal(one.labels, other.labels)
        and type(one.ids) is type(other.ids)
        and np.array_equal(one.ids, other.ids)
    )


def predicted_classes(predicted: Any, images: int, classes: int) -> NDArray[np.int64]:
    """Checks predictions: a class number, or -1, for each image.

    Raises:
        ValueError: See `SummaryWriter.add_predictions`.
    """
    numbers = whole_numbers(predicted, "predicted", "pass logits.argmax(1)")
    if len(numbers) != images:
        raise ValueError(
            f"got {len(numbers)} predictions, but the validation set has {images} images: pass one"
            " for each, -1 where not evaluated"
        )
    wrong = np.flatnonzero((numbers < -1) | (numbers >= classes))
    if len(wrong):
        raise ValueError(
            f"predicted[{wrong[0]}] is {numbers[wrong[0]]}: expected a class from 0 to"
            f" {classes - 1}, or -1 for not evaluated"
        )
    return numbers


def whole_numbers(values: Any, name: str, remedy: str) -> NDArray[np.int64]:
    """Reads a tensor, array or list of whole numbers as int64[n].

    Raises:
        ValueError: It is none; names the argument and the remedy.
    """
    array = _array(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(
            f"{name} must be a whole number for each image, got {array.dtype} of shape"
            f" {array.shape}: {remedy}"
        )
    return array.astype(np.int64)


def _array(values: Any) -> NDArray[Any]:
    if isinstance(values, list | tuple) and values and isinstance(values[0], torch.Tensor):
        values = torch.stack(list(values))
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu()
        values = values.float() if values.is_floating_point() else values
    try:
        return np.asarray(values)
    except ValueError:  # Lists of different lengths.
        return np.asarray(values, dtype=object)


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
