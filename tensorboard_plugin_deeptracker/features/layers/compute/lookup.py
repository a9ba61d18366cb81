"""Names in a question -> positions in the model."""

from __future__ import annotations

from collections.abc import Sequence

from ....compute.errors import NotFoundError, position_of_step, position_of_word, unknown
from ....index.run import Snapshot
from ..records import DUMPS, MODEL, Model


def model_of(snapshot: Snapshot) -> Model:
    """The run's model.

    Raises:
        NotFoundError: None was logged yet.
    """
    model = snapshot.of(MODEL)
    if model is None:
        raise NotFoundError(
            f"run {snapshot.name!r} has no model yet: log one with writer.add_model(model)"
        )
    return model


def layer_at(model: Model, name: str) -> int:
    """Position of a layer; NotFoundError if there is no such."""
    return _position(name, [layer.name for layer in model.layers])


def node_at(model: Model, name: str) -> int:
    """Position of a node of the hierarchy, depth first; NotFoundError if there is no such."""
    return _position(name, [node.name for node in model.nodes])


def measure_at(model: Model, name: str) -> int:
    """Position of a measure of filters; InvalidQuestionError if there is no such."""
    return position_of_word("measure", name, model.measures)


def statistic_at(model: Model, name: str) -> int:
    """Position of a layer statistic; InvalidQuestionError if there is no such."""
    return position_of_word("stat", name, model.statistics)


def dump_at(snapshot: Snapshot, step: int) -> int:
    """Position of the dump at a step; NotFoundError if there is none."""
    return position_of_step("dump", step, snapshot.steps(DUMPS))


def _position(name: str, names: Sequence[str]) -> int:
    if name in names:
        return names.index(name)
    raise unknown("layer", name, names, "layers of the model")
