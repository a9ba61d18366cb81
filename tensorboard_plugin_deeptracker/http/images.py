"""All images at once: their results over time, and what they are taken for at a validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.anomalies import CORRECT, NOT_EVALUATED, correctness
from ..events.schema import ValidationSet
from ..index.queries import predictions
from ..index.run import Snapshot
from . import lookup
from .answers import Answer
from .params import Params

# Beyond it JavaScript's numbers skip some.
_EXACT = 2**53
# Whole bytes of bits: what is read at once is eight validations for each of them.
_BYTES = 8


def results(snapshot: Snapshot, params: Params) -> Answer:
    """Whether each image was right, at every validation."""
    del params
    images = lookup.validation_set(snapshot)
    shape = (len(images.labels), len(snapshot.validations))
    correct, evaluated = _bits(snapshot, images)
    fields = {"steps": snapshot.validation_steps, "ids": identifiers(images)}

    def json() -> Mapping[str, Any]:
        rows = np.unpackbits(correct, axis=1, count=shape[1]).astype(object)
        rows[np.unpackbits(evaluated, axis=1, count=shape[1]) == 0] = None
        return {**fields, "labels": images.labels, "correct": rows.reshape(shape).tolist()}

    return Answer({**fields, "correct": correct, "evaluated": evaluated}, json)


def iteration_image(snapshot: Snapshot, params: Params) -> Answer:
    """What each image was taken for at a validation, and at the one before."""
    step = params.integer("step")
    images = lookup.validation_set(snapshot)
    at = lookup.validation(snapshot, step)
    records = snapshot.validations[max(0, at - 1) : at + 1]
    predicted = predictions(records, len(images.labels)).astype(np.int32)
    before = predicted[0] if at else np.full(len(images.labels), -1, np.int32)
    rest = {"step": step, "previous": int(snapshot.validation_steps[at - 1]) if at else None}
    arrays = {"predicted": predicted[-1], "before": before}

    def json() -> Mapping[str, Any]:
        known = {
            name: [c if c >= 0 else None for c in row.tolist()] for name, row in arrays.items()
        }
        return {**rest, "ids": identifiers(images), "labels": images.labels, **known}

    return Answer({**rest, **arrays}, json)


def identifiers(images: ValidationSet, first: int = 0, last: int | None = None) -> list[int | str]:
    """Ids of the rows [first, last): numbers only where JavaScript does not round them."""
    ids = images.ids[first:last]
    if isinstance(ids, tuple):
        return list(ids)
    return [each if abs(each) <= _EXACT else str(each) for each in ids.tolist()]


def _bits(snapshot: Snapshot, images: ValidationSet) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Correct, evaluated: uint8[images, ceil(validations / 8)], the first in the highest bit."""
    stride = -(-len(snapshot.validations) // 8)
    correct = np.zeros((len(images.labels), stride), np.uint8)
    evaluated = np.zeros_like(correct)
    for first in range(0, stride, _BYTES):
        records = snapshot.validations[8 * first : 8 * (first + _BYTES)]
        found = correctness(predictions(records, len(images.labels)), images.labels)
        here = slice(first, first + _BYTES)
        correct[:, here] = np.packbits(found == CORRECT, axis=0).T
        evaluated[:, here] = np.packbits(found != NOT_EVALUATED, axis=0).T
    return correct, evaluated
