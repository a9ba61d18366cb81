"""Numbers as users have them: tensors, arrays or lists."""

from __future__ import annotations

import operator
from numbers import Integral
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

# The label of an image that is left out.
IGNORED = -1
# What a browser, whose numbers are floating-point, tells from its neighbours.
MAX_STEP = 1 << 53
# A training iteration, as it is counted.
Step = int | float | np.number[Any] | NDArray[Any] | torch.Tensor


def whole_numbers(values: Any, name: str, remedy: str) -> NDArray[np.int64]:
    """Reads a tensor, array or list of whole numbers as int64[n].

    Raises:
        ValueError: It is none; names the argument and the remedy.
    """
    array = _array(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(_refusal(name, array, remedy))
    return array.astype(np.int64)


def labels_of(
    values: Any, name: str, *, classes: int | None = None, ignore_label: int | None = None
) -> NDArray[np.int64]:
    """Reads the classes of images, in any of the forms in which data sets have them.

    Args:
        values: Class numbers [n] or [n, 1] as integers, booleans or whole floats; or one-hot
            [n, classes]. A tensor, array or list.
        name: What messages call it.
        classes: How many classes there are; None if that is not known.
        ignore_label: The label of images that do not count.

    Returns:
        int64[n]: class numbers from 0 on; `IGNORED` where the label is `ignore_label`.

    Raises:
        ValueError: It holds something else; says what came, and what would be right.
    """
    check_ignored(ignore_label)
    array = _array(values)
    if array.size and array.dtype.kind not in "iubf":
        raise ValueError(_refusal(name, array, "pass class numbers"))
    if array.ndim == 2:
        array = array[:, 0] if array.shape[1] == 1 else _hot(array, name)
    if array.ndim != 1:
        raise ValueError(_refusal(name, array, "pass one class number for each, as shape [n]"))
    labels = _whole(array, name)
    ignored = np.zeros(len(labels), np.bool_) if ignore_label is None else labels == ignore_label
    labels[ignored] = IGNORED
    _check_range(labels, ~ignored, name, classes)
    return labels


def check_ignored(ignore_label: Any) -> None:
    """Refuses what is no label.

    Raises:
        ValueError: It is none.
    """
    if ignore_label is None or isinstance(ignore_label, Integral):
        return
    raise ValueError(
        "ignore_label must be the whole number that images have as their label which do not count,"
        f" as -100, got {ignore_label!r:.200}"
    )


def _hot(array: NDArray[Any], name: str) -> NDArray[np.int64]:
    """Classes of one-hot labels [n, classes]."""
    binary = np.isin(array, (0, 1)).all(axis=1)
    if not binary.all():
        # The labels of mixup, of label smoothing, or of several annotators.
        soft = array.dtype.kind == "f" and np.allclose(array.sum(axis=1), 1, atol=1e-2)
        remedy = (
            "these are soft labels, and an image is right or wrong about one class: pass"
            " labels.argmax(1), or labels that are not mixed"
            if soft
            else "pass class numbers of shape [n], or one-hot labels"
        )
        raise ValueError(_refusal(name, array, remedy))
    ones = array.astype(np.int64).sum(axis=1)
    wrong = np.flatnonzero(ones != 1)
    if len(wrong):
        raise ValueError(
            _refusal(
                name,
                array,
                f"of {name}[{wrong[0]}], {ones[wrong[0]]} are 1, and an image is right or wrong"
                " about one class: pass class numbers of shape [n]. If each is a question of its"
                ' own, log an image set for each: add_image_set("smiling", labels[:, 0], ["no",'
                ' "yes"]), and add_predictions(None, step, scores=logits[:, 0],'
                ' image_set="smiling")',
            )
        )
    classes: NDArray[np.int64] = array.argmax(axis=1)
    return classes


def _whole(array: NDArray[Any], name: str) -> NDArray[np.int64]:
    if array.dtype.kind == "f":
        whole = (array == np.rint(array)) & (np.abs(array) < 2.0**53)  # NaN is neither.
        wrong = np.flatnonzero(~whole)
        if len(wrong):
            found = f"{name}[{wrong[0]}] is {array[wrong[0]]}"
            raise ValueError(_refusal(name, array, f"{found}, which is no class number"))
    return array.astype(np.int64)


def _check_range(
    labels: NDArray[np.int64], counted: NDArray[np.bool_], name: str, classes: int | None
) -> None:
    beyond = np.zeros_like(counted) if classes is None else labels >= classes
    wrong = np.flatnonzero(counted & ((labels < 0) | beyond))
    if not len(wrong):
        return
    first = labels[wrong[0]]
    expected = "from 0 on" if classes is None else f"from 0 to {classes - 1}"
    there_are = "" if classes is None else f", but there are {classes} class_names"
    message = f"{name}[{wrong[0]}] is {first}{there_are}: expected a class {expected}"
    if labels[counted].min() == 1 and labels[counted].max() == classes:
        message += ". The labels begin at 1: pass labels - 1, or a name for class 0 too"
    elif (labels[wrong] == first).all():
        message += f". If {first} marks images that do not count, pass ignore_label={first}"
    raise ValueError(message)


def _refusal(name: str, array: NDArray[Any], remedy: str) -> str:
    return (
        f"{name} must be a whole number for each image, got {array.dtype} of shape"
        f" {array.shape}: {remedy}"
    )


def whole_step(value: Any, name: str = "global_step") -> int:
    """Reads a training iteration: an int, a whole float, or a tensor or array of one number.

    What comes back does not change with the tensor that was passed.

    Raises:
        ValueError: It is none from 0 to 2^53; names the argument and the remedy.
    """
    item = getattr(value, "item", lambda: value)
    try:
        number = item()
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        step = operator.index(number)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"{name} must be a whole number, got {value!r:.200}: count iterations, or batches"
        ) from None
    if step < 0:
        raise ValueError(f"{name} must not be below 0, got {step}: count iterations from 0 on")
    if step > MAX_STEP:
        raise ValueError(
            f"{name} must be at most 2^53, got {step}: count iterations, not nanoseconds"
        )
    return step


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
