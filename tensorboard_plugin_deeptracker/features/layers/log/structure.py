"""A live model -> what the log says of its structure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from ..records import Model
from .effective import no_memory
from .forward import Call, GraphError, forward_order
from .hierarchy import build_hierarchy
from .layers import TrackedLayer, pictured
from .modules import module_type, walk

# Of an error's message.
_LONGEST = 300


def structure_of(
    model: nn.Module,
    layers: Sequence[TrackedLayer],
    example_input: Any = None,
    call: Call | None = None,
    note: str | None = None,
    *,
    strict: bool = True,
) -> Model:
    """Describes a model: its layers in forward order, their hierarchy, and how data flows.

    No graph is a smaller loss than no log: where it cannot be had, the layers are in the order of
    the module tree, and a note says why.

    Args:
        model: The model.
        layers: Its layers.
        example_input: See `forward_order`.
        call: See `forward_order`.
        note: What else is to be said of it.
        strict: Whether it is an error if the model fails on the example.

    Raises:
        ValueError: It is, and the model does.
    """
    problem = None
    order: list[int] = list(range(len(layers)))
    edges: list[tuple[int, int]] = []
    try:
        order, edges = forward_order(model, layers, example_input, call)
    except Exception as error:
        if no_memory(error) or (strict and isinstance(error, ValueError)):
            raise
        kind = "" if isinstance(error, GraphError | ValueError) else f"{type(error).__name__}: "
        problem = f"{kind}{error}"[:_LONGEST]
    else:
        if not edges and len(layers) > 1:
            problem = (
                "the model's code cannot be traced; add_model(model, example_input) runs it instead"
                if example_input is None
                else "none was seen when the model was run"
            )
    notes = [
        *([] if problem is None else [f"The connections of the layers are not known: {problem}."]),
        *([] if note is None else [note]),
    ]
    described = tuple(layers[i].layer for i in order)
    types = {path: module_type(module) for path, module in walk(model)}
    return Model(
        described,
        build_hierarchy(described, types),
        tuple(edges),
        kernels=pictured([layers[i] for i in order]),
        notes=tuple(notes),
    )
