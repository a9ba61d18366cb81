"""What was logged of representations, read back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....events.tfrecord import FOOTER
from ....index.reading import Readers, columns
from ....index.record import Record
from ..records import (
    BORDER_TAG,
    CLASS_SPREAD_TAG,
    COMPONENTS_TAG,
    FEATURE_COUNTS_TAG,
    LABEL_SCORES_TAG,
    MAP_ROWS_TAG,
    NEIGHBOURS_TAG,
    RECALL_TAG,
    SCORES_TAG,
    SPREAD_TAG,
    TOP_CLASSES_TAG,
    Representations,
    Scores,
    Spread,
)

# Of what makes frames: when they come out otherwise, it is another.
_VERSION = b"3"
_TOGETHER = 16


def read_representations(record: Record) -> Representations:
    """What a record holds.

    Raises:
        DamagedRecordError: It does not match its checksum.
        OSError: Its file is gone, or another one has taken its place.
    """

    def read(tag: str) -> Any:
        tensor = record.tensors.get(tag)
        if tensor is None:
            return None
        return columns([record], tag, 0, prod(tensor.shape))[0].reshape(tensor.shape)

    values, rows, border = read(SCORES_TAG), read(MAP_ROWS_TAG), read(BORDER_TAG)
    scores = None
    if values is not None:
        top = read(TOP_CLASSES_TAG)
        scores = Scores(values, top if top is None else np.maximum(top, 0), read(LABEL_SCORES_TAG))
    neighbours = _places(read(NEIGHBOURS_TAG))
    border = None if border is None else _places(border)
    finite, not_finite, copies = read(FEATURE_COUNTS_TAG).tolist()
    components = read(COMPONENTS_TAG)
    numbers, recall = read(SPREAD_TAG), read(RECALL_TAG)
    return Representations(
        neighbours,
        components,
        finite,
        not_finite,
        copies,
        rows,
        scores,
        border,
        None if numbers is None else Spread.of(numbers, read(CLASS_SPREAD_TAG)),
        None if recall is None else float(recall[0]),
    )


def _places(near: NDArray[Any]) -> NDArray[Any]:
    """Places, none of which is beyond the images, whatever a log says."""
    return np.where((near >= 0) & (near < len(near)), near, -1)


def chain(records: Sequence[Record], known: Sequence[str] = ()) -> list[str]:
    """A key for each record that tells it and all those before.

    Args:
        records: All of them.
        known: The keys of the first ones.

    Raises:
        OSError: A file is gone, or another one has taken its place.
    """
    keys = list(known)
    with Readers() as readers:
        for at in range(len(keys), len(records)):
            record = records[at]
            reader = readers.of(record.file)
            if not (at - len(known)) % _TOGETHER or record.file is not records[at - 1].file:
                some = (each for each in records[at : at + _TOGETHER] if each.file is record.file)
                reader.prefetch((each.offset + each.size, FOOTER.size) for each in some)
            checksum = reader.read(record.offset + record.size, FOOTER.size)
            told = record.file.path.name, record.offset, record.size, record.step, checksum
            before = keys[-1] if keys else ""
            digest = hashlib.blake2b(_VERSION + repr((before, told)).encode(), digest_size=16)
            keys.append(digest.hexdigest())
    return keys
