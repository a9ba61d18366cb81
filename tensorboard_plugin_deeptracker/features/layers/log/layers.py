"""A model -> its weighted layers, with the filters of each as a matrix."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from weakref import WeakKeyDictionary

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ....summary.distributed import is_sharded, reshard
from ..records import Layer, Model
from .effective import effective_weight, gradient, no_memory, weight_sources
from .exported import exported_weights
from .filters import Weight, arranged, as_matrix, order, own_parameter, weights_of
from .modules import class_names, module_type, unwrap, walk

__all__ = [
    "StructureError",
    "TrackedLayer",
    "find_layers",
    "in_forward_order",
    "module_type",
    "pictured",
    "unwrap",
    "walk",
]

# 128 kB of a dump. AlexNet's first layer has 23,232 weights, ResNet-50's 9,408.
_MAX_KERNEL_WEIGHTS = 1 << 15


class StructureError(ValueError):
    """A model's layers are not those that were logged."""


@dataclass(frozen=True, eq=False)
class TrackedLayer:
    """A weighted layer of a live model.

    Attributes:
        layer: What the log says about it.
        module: The module that owns the weight.
        rule: Where the module has the weight, and what its filters are.
    """

    layer: Layer
    module: nn.Module
    rule: Weight

    @property
    def attribute(self) -> str:
        """Name of the weight in the module."""
        return self.rule.attribute

    def weight(self) -> Tensor:
        """The effective weight, detached; computing it changes nothing in the model."""
        return effective_weight(self.module, self.rule)

    def gradient(self) -> Tensor | None:
        """The weight's gradient; None if there is none, as for parametrized weights."""
        return gradient(self.module, self.rule)

    def has_gradient(self) -> bool:
        """Whether the weight has a gradient now."""
        parameter = None if self.rule.compute else own_parameter(self.module, self.rule.attribute)
        return parameter is not None and parameter.grad is not None

    def sources(self) -> list[Tensor]:
        """What the effective weight is computed from; usually the weight itself."""
        return weight_sources(self.module, self.rule)

    def state(self) -> list[Tensor]:
        """The parameters and buffers of the layer itself, and of what it computes its weight by."""
        parts = _own_modules(self.module)
        own = [
            tensor
            for part in parts
            for tensor in (*part.parameters(recurse=False), *part.buffers(recurse=False))
        ]
        return [*own, *self.rule.beside]

    def is_sharded(self) -> bool:
        """Whether each of several processes has a part of the weight."""
        return any(is_sharded(source) for source in self.sources())

    def order(self, weight: Tensor) -> tuple[int, ...]:
        """Dimensions of a weight in the order in which they make the rows of `filters`."""
        return order(self.rule, arranged(self.rule, weight))

    def filters(self, weight: Tensor, dimensions: Sequence[int] | None = None) -> Tensor:
        """Arranges a weight, or its gradient, as a matrix with a row for each filter.

        Args:
            weight: The weight.
            dimensions: How its rows are to be ordered, as `order` said of another; None: as
                the memory is, which avoids a copy.

        Returns:
            [filters, weights of a filter], a contiguous view where possible.
        """
        return as_matrix(self.rule, weight, dimensions)


def pictured(layers: Sequence[TrackedLayer]) -> int | None:
    """The layer whose filters can be looked at: the first, if it takes grey or RGB images.

    Args:
        layers: In forward order.
    """
    layer, module = layers[0].layer, layers[0].module
    if "torch.nn.modules.conv.Conv2d" not in class_names(module) and layer.type != "Conv2d":
        return None
    *_, channels, height, width = layer.weight_shape
    small = height * width > 1 and prod(layer.weight_shape) <= _MAX_KERNEL_WEIGHTS
    return 0 if small and channels in (1, 3) and layers[0].rule.axes == (0,) else None


def find_layers(model: nn.Module) -> list[TrackedLayer]:
    """Finds the weighted layers in the order in which they were registered.

    Which these are, the rules of `filters` say. Names carry no wrapper's prefix. Of layers that
    share their weight, the first stands for all.

    Raises:
        ValueError: The model has no such layer, or lazy ones that have not seen data, or is
            spread over processes in a way that leaves no layer whole.
    """
    refuse_flattened(model)
    reshard(model)
    lazy = [name for name, parameter in model.named_parameters() if is_lazy(parameter)]
    if lazy:
        raise ValueError(
            f"the model's shapes are not known yet ({lazy[0]!r} is lazy): run a batch through it"
            " first"
        )
    layers: list[TrackedLayer] = []
    seen: set[object] = set()
    exported = exported_weights(model)
    found = [
        (path, module, exported.get(module) or weights_of(module)) for path, module in walk(model)
    ]
    above = {parent for path, _, weights in found if weights for parent in _parents(path)}
    for path, module, weights in found:
        # A layer that holds layers is also a node of the hierarchy, and names are unique.
        alone = len(weights) == 1 and path not in above
        for rule in weights:
            key = _identity(module, rule)
            shape = None if key in seen else _shape(module, rule)
            if shape is None or not prod(shape):
                continue
            seen.add(key)
            is_attention = isinstance(module, nn.MultiheadAttention)
            kind = "Linear" if is_attention else rule.kind or module_type(module)
            name = path if alone else f"{path}.{rule.name}".strip(".")
            layer = Layer(name or kind, kind, rule.filters(shape), shape)
            layers.append(TrackedLayer(layer, module, rule))
    if not layers:
        raise ValueError(
            f"{type(model).__name__} has no weighted layer: no convolution, linear map or"
            " attention projection; what else has filters, register_filters says"
        )
    return layers


def in_forward_order(layers: Sequence[TrackedLayer], model: Model) -> list[TrackedLayer]:
    """The layers in the model's forward order.

    Raises:
        StructureError: They are not the model's.
    """
    found = {layer.layer.name: layer for layer in layers}
    known = {layer.name: layer for layer in model.layers}
    for name, layer in known.items():
        if name not in found:
            raise StructureError(f"the layer {name!r} is gone")
        now = found[name].layer
        if now != layer:
            raise StructureError(
                f"the layer {name!r} is now {_describe(now)}, and was {_describe(layer)}"
            )
    for name in found:
        if name not in known:
            raise StructureError(f"the layer {name!r} is new")
    return [found[layer.name] for layer in model.layers]


def _own_modules(module: nn.Module) -> list[nn.Module]:
    """A layer's module and what is below it but other layers: quantisers, parametrizations."""
    below = [child for child in module.children() if not weights_of(child)]
    return [module, *(part for child in below for part in _own_modules(child))]


def _describe(layer: Layer) -> str:
    return f"a {layer.type} with a weight of shape {list(layer.weight_shape)}"


def _parents(path: str) -> list[str]:
    """Paths of the modules that a module is in."""
    parts = path.split(".") if path else []
    return [".".join(parts[:depth]) for depth in range(len(parts))]


def _identity(module: nn.Module, rule: Weight) -> object:
    """The same for weights that are tied: one parameter, or several that share their memory."""
    part = rule.name if rule.view else ""
    return part, *((_address(source), source.shape) for source in weight_sources(module, rule))


def _address(tensor: Tensor) -> int:
    try:
        return tensor.data_ptr() or id(tensor)
    except RuntimeError:  # Its numbers lie elsewhere.
        return id(tensor)


# Of weights that are computed: what their shapes were when that last went well.
_shapes: WeakKeyDictionary[nn.Module, dict[str, tuple[int, ...]]] = WeakKeyDictionary()


def _shape(module: nn.Module, rule: Weight) -> tuple[int, ...] | None:
    """The shape that the rule's axes are about; None if these are no numbers that can be read.

    Raises:
        ValueError: The rule is about dimensions that there are not.
    """
    known = _shapes.setdefault(module, {})
    parameter = None if rule.compute else own_parameter(module, rule.attribute)
    try:
        # Only what is computed has to be, to be known.
        weight = effective_weight(module, rule) if parameter is None else parameter.detach()
        weight = arranged(rule, weight)
    except Exception as error:  # Whatever the code of a module may raise.
        if no_memory(error):
            raise
        return known.get(rule.name)
    if not weight.is_floating_point():
        return None
    if weight.ndim <= max(rule.axes):
        raise ValueError(
            f"register_filters was told that dimension {max(rule.axes)} of {rule.attribute!r} of"
            f" {module_type(module)} counts filters, but it has the shape {list(weight.shape)}"
        )
    known[rule.name] = tuple(weight.shape)
    return known[rule.name]


def refuse_flattened(model: nn.Module) -> None:
    """Refuses FSDP1, which keeps the parameters of many layers as one list, shared out.

    Raises:
        ValueError: The model is wrapped in it; says what works.
    """
    fsdp = getattr(sys.modules.get("torch.distributed.fsdp"), "FullyShardedDataParallel", None)
    if fsdp is not None and any(isinstance(module, fsdp) for module in model.modules()):
        raise ValueError(
            "the model is wrapped in FullyShardedDataParallel, which hides its layers' weights:"
            " shard it with torch.distributed.fsdp.fully_shard (FSDP2), which can be logged"
        )
