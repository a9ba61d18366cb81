"""Names of classes, wherever a dataset has them, and only if they are those of its labels."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, KeysView, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....summary.log import users_frame
from ....summary.numbers import labels_of
from .datasets import Ints, Part, attribute, length, parts_of

# Where datasets keep names, and the labels that they name: torchvision's, and what people write
# like them. An Oxford-IIIT Pet has a breed and a species.
_NAMED = (
    (
        ("classes", "class_names", "categories", "class_to_idx"),
        ("targets", "labels", "_labels", "_targets", "y"),
    ),
    (("bin_classes",), ("_bin_labels",)),
)
# Lists of items, each with its label behind its path.
_SAMPLES = ("samples", "imgs", "_samples")
# What maps the label of an item when it is read.
MAPPINGS = ("target_transform", "label_transform")


@dataclass(frozen=True)
class _Named:
    """Names that a dataset has.

    Attributes:
        names: One for each class.
        labels: Reads the labels that they name, of all items; None if there are none.
    """

    names: list[str]
    labels: Callable[[], Ints | None]


def class_names_of(
    dataset: Any, labels: NDArray[np.integer[Any]], ids: NDArray[np.integer[Any]] | None = None
) -> list[str] | None:
    """The names of a dataset's classes, if it has any for the labels that were seen.

    Names of other classes than the labels' are worse than none: where labels are mapped after
    they were named, or are those of another task, there are no names, and a warning says so.

    Args:
        dataset: Any; also a `Subset` or `ConcatDataset` of others, or one of Hugging Face's.
        labels: int[images]: the classes of its images as they were read; negative: unknown.
        ids: int[images]: where in the dataset each of them is; None if that is not known.

    Returns:
        A name for each class from 0 on; None without names.
    """
    seen = np.asarray(labels).astype(np.int64)
    positions = None if ids is None else np.asarray(ids).astype(np.int64)
    parts = parts_of(dataset, len(seen), positions, enough=lambda each: any(_named(each)))
    found = [_names_of(part, seen[part.images]) for part in parts]
    if all(each is None for each in found):
        return None
    reason = next((each for each in found if isinstance(each, str)), None)
    if reason is None and any(each != found[0] for each in found):
        reason = "its parts have different ones"
    if reason is not None:
        warnings.warn(
            f"The names of the classes of {type(dataset).__name__} are not used, because {reason}:"
            " classes are shown by number. Pass class_names= to name them.",
            RuntimeWarning,
            stacklevel=users_frame(),
        )
        return None
    assert isinstance(found[0], list)
    return found[0]


def given_names(class_names: Any) -> list[str]:
    """Names of classes as users give them.

    Args:
        class_names: One for each class, in a list or what can be read like one; or a mapping from
            numbers to names (as `id2label`), or from names to numbers (as `class_to_idx`).

    Raises:
        ValueError: They are not that.
    """
    listed = [*class_names] if isinstance(class_names, Iterator) else class_names
    # Nobody knows the order of a set.
    names = None if isinstance(listed, Set) and not isinstance(listed, KeysView) else _read(listed)
    if not names:
        raise ValueError(
            "class_names must be a list of names, one for each class, or say which number has which"
            f" name, as {{0: 'cat', 1: 'dog'}}; got {class_names!r:.200}"
        )
    return names


def _names_of(part: Part, labels: Ints) -> list[str] | str | None:
    """Names that are those of the labels; why there are none; None if there are none at all."""
    known = labels >= 0
    highest = labels.max(initial=-1)
    mapped = any(attribute(each, name) is not None for each in part.path for name in MAPPINGS)
    changed = "its labels are changed when they are read"
    unsure: list[list[str]] = []
    reason: str | None = None
    for each in _named(part.dataset):
        if highest >= len(each.names):
            reason = reason or f"there are {len(each.names)}, and an image has the label {highest}"
            continue
        named = _at(each.labels(), part)
        if named is None:
            unsure.append(each.names)
        elif np.array_equal(named[known], labels[known]):
            return each.names
        else:
            reason = changed
    if not unsure or reason == changed:
        return reason
    if mapped:
        return "its target_transform may change the labels"
    if any(names != unsure[0] for names in unsure):
        return "it has several, for labels of several kinds"
    return unsure[0]


def _named(dataset: Any) -> Iterator[_Named]:
    features = attribute(dataset, "features")
    if isinstance(features, Mapping):  # Hugging Face's.
        for column, feature in features.items():
            if names := _read(attribute(feature, "names")):
                yield _Named(names, partial(column_labels, dataset, column))
    for attributes, raw in _NAMED:
        found = (_read(attribute(dataset, name)) for name in attributes)
        if names := next((each for each in found if each), None):
            yield _Named(names, partial(_raw, dataset, raw))


def _raw(dataset: Any, attributes: Sequence[str]) -> Ints | None:
    """Labels of all items as a dataset keeps them."""
    found = [attribute(dataset, name) for name in attributes]
    if attributes is _NAMED[0][1]:
        found += [_behind_paths(attribute(dataset, name)) for name in _SAMPLES]
    return next((labels for each in found if (labels := _labels(each, dataset)) is not None), None)


def raw_labels(dataset: Any) -> Ints | None:
    """The labels of all items as a dataset keeps them, if it does."""
    tensors = attribute(dataset, "tensors")  # A `TensorDataset` has them behind its inputs.
    if isinstance(tensors, list | tuple) and len(tensors) > 1:
        return _labels(tensors[1], dataset)
    return _raw(dataset, _NAMED[0][1])


def _behind_paths(samples: Any) -> list[Any] | None:
    if not isinstance(samples, list | tuple):
        return None
    pairs = all(isinstance(item, list | tuple) and len(item) == 2 for item in samples)
    return [item[1] for item in samples] if pairs else None


def _labels(values: Any, dataset: Any) -> Ints | None:
    """Labels of all items; None if these are something else."""
    if length(values) is None or length(values) != length(dataset):
        return None
    try:
        return labels_of(values, "labels")
    except (ValueError, TypeError):
        return None


def column_labels(dataset: Any, column: str) -> Ints | None:
    """The labels in a column, without the transforms that read whole items."""
    try:
        return _labels(dataset.with_format(None)[column][:], dataset)
    except Exception:  # A stream has no columns.
        return None


def _at(raw: Ints | None, part: Part) -> Ints | None:
    if raw is None or part.positions is None or part.positions.max(initial=-1) >= len(raw):
        return None
    return raw[part.positions]


def _read(found: Any) -> list[str] | None:
    """Names as a list; None if these are none."""
    if isinstance(found, Mapping):
        found = _by_number(found)
    found = found.tolist() if hasattr(found, "tolist") else found
    if isinstance(found, str | bytes) or length(found) is None:
        return None
    try:
        names = [str(i) if each is None else _first(each) for i, each in enumerate(found)]
    except TypeError:
        return None
    # ImageNet has a maillot, and a maillot that is a tank suit.
    counts = Counter(names)
    return [
        _all(each) if counts[name] > 1 else name for name, each in zip(names, found, strict=True)
    ]


def _by_number(found: Mapping[Any, Any]) -> list[Any] | None:
    """Names of a mapping from names to numbers, or from numbers to names."""
    pairs = [(_number(value), key) for key, value in found.items()]
    if any(number is None for number, _ in pairs):
        pairs = [(_number(key), value) for key, value in found.items()]
    names: dict[int, Any] = {}
    for number, name in pairs:
        if number is None or not 0 <= number < 1 << 20:
            return None
        names.setdefault(number, name)
    return [names.get(number, str(number)) for number in range(max(names, default=-1) + 1)]


def _number(value: Any) -> int | None:
    if isinstance(value, int | np.integer):
        return int(value)
    return int(value) if isinstance(value, str) and value.isdecimal() else None


def _first(name: Any) -> str:
    """A class's name; of several synonyms the first."""
    if isinstance(name, list | tuple) and name:
        return _first(name[0])
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)


def _all(name: Any) -> str:
    return ", ".join(map(_first, name)) if isinstance(name, list | tuple) else _first(name)
