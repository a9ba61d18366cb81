"""The record of the model's structure: its layers, their hierarchy, how data flows between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....events import decode, encode, limits, schema
from ....events.decode import DecodeError, Read, Skim
from ....events.kinds import Structure

_TAG = schema.tag("model")

# Rows of a dump's `filters` tensor, in order.
FILTER_MEASURES = (
    "change",
    "update_ratio",
    "weight_mean",
    "weight_sd",
    "weight_norm",
    "gradient_norm",
)

DISTRIBUTION_STATISTICS = (
    "min",
    "q1",
    "median",
    "q3",
    "max",
    "mean",
    "sd",
    "var",
    "sum",
    "l1",
    "l2",
)

# Rows of a dump's `statistics` tensor, in order.
LAYER_STATISTICS = (
    *(f"weight_{name}" for name in DISTRIBUTION_STATISTICS),
    *(f"gradient_{name}" for name in DISTRIBUTION_STATISTICS),
    "update_ratio",
)


@dataclass(frozen=True)
class Layer:
    """A weighted layer: a convolution of any dimension, a linear map, or what a user says is one.

    Attributes:
        name: Dotted module path without wrapper prefixes, e.g. `layer1.0.conv2`.
        type: Class name of the module, e.g. `Conv2d`.
        filters: Number of output channels (convolution) or rows (linear).
        weight_shape: Shape of the weight as the module holds it; its own where it is only a part of
            a parameter.
    """

    name: str
    type: str
    filters: int
    weight_shape: tuple[int, ...]


@dataclass(frozen=True)
class Node:
    """A node of the module hierarchy; single-child levels are collapsed.

    Attributes:
        name: Dotted module path; the root's is the empty string.
        type: Class name of the module.
        children: Nodes below, in forward order; empty for a layer.
        layer: Position in `Model.layers` if this node is a layer, else None.
    """

    name: str
    type: str
    children: tuple[Node, ...] = ()
    layer: int | None = None

    def walk(self) -> Iterator[Node]:
        """Yields this node and all below it, depth first, parents before children.

        This is the order of the columns of a dump's `statistics` tensor.
        """
        yield self
        for child in self.children:
            yield from child.walk()

    def layers(self) -> list[int]:
        """Positions in `Model.layers` of all layers at or below this node."""
        return [node.layer for node in self.walk() if node.layer is not None]


@dataclass(frozen=True)
class Model:
    """The structure of the trained model.

    Attributes:
        layers: In forward order; filters of a dump are concatenated in it.
        root: The module hierarchy.
        edges: Pairs of positions in `layers`: data flows from the first to the second.
        measures: Names of the rows of a dump's `filters` tensor.
        statistics: Names of the rows of a dump's `statistics` tensor.
        kernels: Position of the layer whose weights are logged themselves, because they
            can be looked at as images; None if there is none.
        notes: Sentences for the reader: what is not logged of the model, and why.
        inputs: Mean and standard deviation of the numbers that the model is given, over an example;
            None: there was none, or an older log does not say.
    """

    layers: tuple[Layer, ...]
    root: Node
    edges: tuple[tuple[int, int], ...] = ()
    measures: tuple[str, ...] = FILTER_MEASURES
    statistics: tuple[str, ...] = LAYER_STATISTICS
    kernels: int | None = None
    notes: tuple[str, ...] = ()
    inputs: tuple[float, float] | None = None

    @cached_property
    def filters(self) -> int:
        """Number of filters of all layers together."""
        return sum(layer.filters for layer in self.layers)

    @cached_property
    def first_filters(self) -> NDArray[np.int64]:
        """Column of the first filter of each layer, and one past the last: int64[layers + 1]."""
        return np.cumsum([0, *(layer.filters for layer in self.layers)], dtype=np.int64)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of the hierarchy in the order of a dump's `statistics`."""
        return tuple(self.root.walk())

    @cached_property
    def leaves(self) -> NDArray[np.int64]:
        """The node of each layer, by position: int64[layers]; -1 where there is none."""
        found = np.full(len(self.layers), -1)
        for place, node in enumerate(self.nodes):
            if node.layer is not None:
                found[node.layer] = place
        return found

    def to_json(self) -> dict[str, Any]:
        """The model as the JSON object that its record holds."""

        def node_to_json(node: Node) -> dict[str, Any]:
            answer: dict[str, Any] = {"name": node.name, "type": node.type}
            if node.layer is None:
                answer["children"] = [node_to_json(child) for child in node.children]
            else:
                answer["layer"] = node.layer
            return answer

        return {
            "layers": [
                {
                    "name": layer.name,
                    "type": layer.type,
                    "filters": layer.filters,
                    "weight_shape": list(layer.weight_shape),
                }
                for layer in self.layers
            ],
            "modules": node_to_json(self.root),
            "edges": [list(edge) for edge in self.edges],
            "measures": list(self.measures),
            "statistics": list(self.statistics),
            "kernels": self.kernels,
            "notes": list(self.notes),
            **({} if self.inputs is None else {"inputs": list(self.inputs)}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Model:
        """Reads what `to_json` made.

        Raises:
            AttributeError, KeyError, TypeError, ValueError: The object is not such a model.
        """
        layers = tuple(
            Layer(
                name=str(layer["name"]),
                type=str(layer["type"]),
                filters=_count(layer["filters"]),
                weight_shape=tuple(_count(size) for size in layer["weight_shape"]),
            )
            for layer in data["layers"]
        )

        filters = sum(layer.filters for layer in layers)
        if filters > limits.FILTERS:
            raise ValueError(f"{filters} filters are more than {limits.FILTERS}")

        def node_from_json(node: Mapping[str, Any], depth: int) -> Node:
            if depth > limits.DEPTH:
                raise ValueError(f"modules are nested more than {limits.DEPTH} deep")
            layer = node.get("layer")
            if layer is not None and not 0 <= _count(layer) < len(layers):
                raise ValueError(f"a node names layer {layer}, but there are {len(layers)}")
            return Node(
                name=str(node["name"]),
                type=str(node["type"]),
                children=tuple(
                    node_from_json(child, depth + 1) for child in node.get("children", ())
                ),
                layer=layer,
            )

        edges = tuple((_count(source), _count(target)) for source, target in data["edges"])
        if any(max(edge) >= len(layers) for edge in edges):
            raise ValueError(f"an edge ends outside the {len(layers)} layers")
        inputs = data.get("inputs")
        kernels = data.get("kernels")
        if kernels is not None:
            if _count(kernels) >= len(layers):
                raise ValueError(f"the kernels are of layer {kernels}, but there are {len(layers)}")
            shape = layers[kernels].weight_shape
            if (
                len(shape) != 4
                or shape[0] != layers[kernels].filters
                or not 0 < prod(shape) <= limits.FILTERS
            ):
                raise ValueError(f"kernels of shape {shape} are no filters' images")
        return cls(
            layers=layers,
            root=node_from_json(data["modules"], 0),
            edges=edges,
            measures=tuple(str(name) for name in data["measures"]),
            statistics=tuple(str(name) for name in data["statistics"]),
            kernels=kernels,
            # Logs of 0.1.0 have none.
            notes=tuple(str(note) for note in data.get("notes", ())),
            inputs=None if inputs is None else (float(inputs[0]), float(inputs[1])),
        )


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"expected a whole number of at least 0, got {value!r:.80}")
    if value > limits.COUNT:
        raise ValueError(f"expected a whole number of at most {limits.COUNT}")
    return value


def encode_model(model: Model) -> bytes:
    """The record of the model's structure."""
    return encode.event({_TAG: encode.json_text(model.to_json())})


def decode_model(read: Read, record: Skim) -> Model:
    """Reads the record of the model's structure.

    Raises:
        DecodeError: It is not such a record.
    """
    try:
        return Model.from_json(decode.json_object(read, record, _TAG))
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise DecodeError(f"not a model record: {error!r}") from error
    except ValueError as error:
        raise DecodeError(f"not a model record: {error}") from error


def same_columns(a: Model, b: Model) -> bool:
    """Whether the dumps of two models mean the same, value by value."""
    return a is b or (
        a.layers == b.layers
        and [node.name for node in a.nodes] == [node.name for node in b.nodes]
        and (a.measures, a.statistics) == (b.measures, b.statistics)
    )


def _counts(model: Model | None) -> Mapping[str, int]:
    return {"layers": len(model.layers) if model else 0, "filters": model.filters if model else 0}


MODEL = Structure("model", _TAG, decode_model, same_columns, _counts)
