"""Names in a request -> positions in a run; `HttpError` 404 for what is not there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..events.schema import Model, ValidationSet
from ..index.run import Snapshot
from .errors import HttpError, bad_request, not_found

# Of the words that a message lists.
_NAMED = 100
_LONGEST = 2000


def model(snapshot: Snapshot) -> Model:
    """The run's model."""
    if snapshot.model is None:
        raise HttpError(
            404, f"run {snapshot.name!r} has no model yet: log one with writer.add_model(model)"
        )
    return snapshot.model


def validation_set(snapshot: Snapshot) -> ValidationSet:
    """The run's validation set."""
    if snapshot.validation_set is None:
        raise HttpError(
            404,
            f"run {snapshot.name!r} has no validation set yet: log one with"
            " writer.add_validation_set(labels, class_names)",
        )
    return snapshot.validation_set


def layer(snapshot: Snapshot, name: str) -> int:
    """Position of a layer."""
    return _position("layer", name, [layer.name for layer in model(snapshot).layers])


def node(snapshot: Snapshot, name: str) -> int:
    """Position of a node of the hierarchy, depth first."""
    return _position("layer", name, [node.name for node in model(snapshot).root.walk()])


def label(snapshot: Snapshot, name: str) -> int:
    """Position of a class."""
    names = validation_set(snapshot).class_names
    position = snapshot.class_positions.get(name)
    if position is None:
        raise not_found("class", name, names, "classes of the validation set")
    return position


def measure(snapshot: Snapshot, name: str) -> int:
    """Position of a measure of filters; 400 if there is no such."""
    return _word("measure", name, model(snapshot).measures)


def statistic(snapshot: Snapshot, name: str) -> int:
    """Position of a layer statistic; 400 if there is no such."""
    return _word("stat", name, model(snapshot).statistics)


def dump(snapshot: Snapshot, step: int) -> int:
    """Position of the dump at a step."""
    return _at("dump", step, snapshot.dump_steps)


def validation(snapshot: Snapshot, step: int) -> int:
    """Position of the validation at a step."""
    return _at("validation", step, snapshot.validation_steps)


def row(snapshot: Snapshot, identifier: str) -> int:
    """Row of an image of the validation set."""
    ids = validation_set(snapshot).ids
    if isinstance(ids, tuple):
        if identifier in ids:
            return ids.index(identifier)
        raise not_found("image", identifier, ids[:1000], "images of the validation set")
    try:
        found = np.flatnonzero(ids == int(identifier))
    except (ValueError, OverflowError):
        found = np.empty(0, np.intp)
    if len(found) and str(ids[found[0]]) == identifier:
        return int(found[0])
    raise not_found("image", identifier, ids[:1000], "images of the validation set")


def _at(kind: str, step: int, steps: NDArray[np.int64]) -> int:
    at = int(np.searchsorted(steps, step))
    if at < len(steps) and steps[at] == step:
        return at
    near = [str(known) for known in steps[max(0, at - 1) : at + 1]]
    hint = f"the nearest are {' and '.join(near)}" if near else "there is none yet"
    raise HttpError(404, f"there is no {kind} at step {step}: {hint}")


def _position(kind: str, name: str, names: Sequence[str]) -> int:
    if name in names:
        return names.index(name)
    raise not_found(kind, name, names, "layers of the model")


def _word(parameter: str, name: str, names: Sequence[str]) -> int:
    if name in names:
        return names.index(name)
    raise bad_request(
        f"{parameter}={name[:64]!r}: must be one of {', '.join(names[:_NAMED])[:_LONGEST]}"
    )
