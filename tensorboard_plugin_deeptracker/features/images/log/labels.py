"""Labels of all images of a dataset, wherever it has them, without reading its images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....summary.loading import LABELS, inputs_and_labels
from ....summary.numbers import labels_of
from ....summary.rng import preserved_random_state
from .datasets import Ints, Part, attribute, length, parts_of
from .names import MAPPINGS, column_labels, raw_labels

# Items that are read to see whether a dataset keeps its labels as it gives them.
_COMPARED = 4


def labels_in(dataset: Any) -> Ints | None:
    """The label of each item of a dataset: int64[items].

    Args:
        dataset: Any; also a `Subset` or `ConcatDataset` of others, or one of Hugging Face's.

    Returns:
        None where it does not keep them, or changes them when an item is read.
    """
    images = length(dataset)
    if not images:
        return None
    answer = np.zeros(images, np.int64)
    for part in parts_of(dataset, images, np.arange(images)):
        found = None if part.positions is None else _of(part)
        if found is None:
            return None
        answer[part.images] = found
    return answer if _as_read(dataset, answer) else None


def _of(part: Part) -> Ints | None:
    if any(attribute(each, name) is not None for each in part.path for name in MAPPINGS):
        return None
    features = attribute(part.dataset, "features")
    if isinstance(features, Mapping):  # Hugging Face's.
        named = [column for column in LABELS if column in features]
        labels = column_labels(part.dataset, named[0]) if named else None
    else:
        labels = raw_labels(part.dataset)
    if labels is None or part.positions is None or part.positions.max(initial=-1) >= len(labels):
        return None
    return labels[part.positions]


def _as_read(dataset: Any, labels: Ints) -> bool:
    """Whether some items have the labels that were found."""
    some = np.unique(np.linspace(0, len(labels) - 1, _COMPARED).astype(int)).tolist()
    try:
        with preserved_random_state(dataset):  # It may transform its images at random.
            read = [inputs_and_labels(dataset[i])[1] for i in some]
        return np.array_equal(
            labels_of([np.asarray(each).item() for each in read], ""), labels[some]
        )
    except Exception:
        return False
