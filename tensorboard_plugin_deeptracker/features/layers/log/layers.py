"""A model -> its weighted layers, with the filters of each as a matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize, prune
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from ....summary.distributed import is_fsdp, is_sharded, reshard
from ..records import Layer, Model

# Children under which torch.compile, FSDP, activation checkpointing and Lightning's Fabric put the
# module they wrap.
_WRAPPED = (
    "_orig_mod",
    "_fsdp_wrapped_module",
    "_checkpoint_wrapped_module",
    "_forward_module",
)
_MHA_PROJECTIONS = ("in_proj", "q_proj", "k_proj", "v_proj")

# 128 kB of a dump. AlexNet's first layer has 23,232 weights, ResNet-50's 9,408.
_MAX_KERNEL_WEIGHTS = 1 << 15

_ONE_MODEL = "a run is of one model, log another to another directory with a new SummaryWriter"


@dataclass(frozen=True, eq=False)
class TrackedLayer:
    """A weighted layer of a live model.

    Attributes:
        layer: What the log says about it.
        module: The module that owns the weight.
        attribute: Name of the weight in the module.
    """

    layer: Layer
    module: nn.Module
    attribute: str

    def weight(self) -> Tensor:
        """The effective weight, detached; computing it changes nothing in the model."""
        return _effective_weight(self.module, self.attribute)

    def gradient(self) -> Tensor | None:
        """The weight's gradient; None if there is none, as for parametrized weights."""
        parameter = self.module._parameters.get(self.attribute)
        return None if parameter is None else parameter.grad

    def sources(self) -> list[Tensor]:
        """What the effective weight is computed from; usually the weight itself."""
        return _weight_sources(self.module, self.attribute)

    def is_sharded(self) -> bool:
        """Whether each of several processes has a part of the weight."""
        return any(is_sharded(source) for source in self.sources())

    def state(self) -> list[Tensor]:
        """The parameters and buffers of the layer itself."""
        parametrizations = self.module._modules.get("parametrizations")
        parts = [] if parametrizations is None else list(parametrizations.modules())
        return [
            tensor
            for part in (self.module, *parts)
            for tensor in (*part._parameters.values(), *part._buffers.values())
            if tensor is not None
        ]

    def filters(self, weight: Tensor) -> Tensor:
        """Arranges a weight, or its gradient, as a matrix with a row for each filter.

        The order within a row is any fixed one: the memory's, where that avoids a copy.

        Returns:
            [filters, weights of a filter], a contiguous view where possible.
        """
        if isinstance(self.module, _ConvTransposeNd):
            groups = self.module.groups
            weight = weight.unflatten(0, (groups, -1)).transpose(1, 2).flatten(0, 1)
        elif weight.ndim > 2 and weight.stride(1) == 1:
            weight = weight.movedim(1, -1)
        return weight.flatten(1).contiguous()


def pictured(layers: Sequence[TrackedLayer]) -> int | None:
    """The layer whose filters can be looked at: the first, if it takes grey or RGB images.

    Args:
        layers: In forward order.
    """
    layer, module = layers[0].layer, layers[0].module
    if not isinstance(module, nn.Conv2d) or layer.weight_shape[1] not in (1, 3):
        return None
    *_, height, width = layer.weight_shape
    small = height * width > 1 and prod(layer.weight_shape) <= _MAX_KERNEL_WEIGHTS
    return 0 if small else None


def find_layers(model: nn.Module) -> list[TrackedLayer]:
    """Finds the weighted layers in the order in which they were registered.

    These are convolutions of any dimension, linear maps and the input projections of
    `nn.MultiheadAttention`. Names carry no wrapper's prefix. Of layers that share
    their weight, the first stands for all.

    Raises:
        ValueError: The model has no such layer, or lazy ones that have not seen data.
    """
    reshard(model)
    layers: list[TrackedLayer] = []
    seen: set[object] = set()
    lazy = [name for name, parameter in model.named_parameters() if is_lazy(parameter)]
    if lazy:
        raise ValueError(
            f"the model's shapes are not known yet ({lazy[0]!r} is lazy): run a batch through it"
            " first"
        )
    for path, module in walk(model):
        for suffix, attribute in _weights(module):
            weight = _effective_weight(module, attribute)
            # Tied weights are one parameter, or several that share their memory.
            key = tuple(
                (source.data_ptr() or id(source), source.shape)
                for source in _weight_sources(module, attribute)
            )
            if key in seen or not weight.is_floating_point() or not weight.numel():
                continue
            seen.add(key)
            name = f"{path}.{suffix}".strip(".") if suffix else path
            kind = "Linear" if isinstance(module, nn.MultiheadAttention) else module_type(module)
            filters = (
                weight.shape[1] * module.groups
                if isinstance(module, _ConvTransposeNd)
                else weight.shape[0]
            )
            layer = Layer(name or kind, kind, int(filters), tuple(weight.shape))
            layers.append(TrackedLayer(layer, module, attribute))
    if not layers:
        raise ValueError(
            f"{type(model).__name__} has no weighted layer: no convolution, linear map or"
            " attention projection"
        )
    return layers


def in_forward_order(layers: Sequence[TrackedLayer], model: Model) -> list[TrackedLayer]:
    """The layers in the model's forward order.

    Raises:
        ValueError: They are not the model's.
    """
    found = {layer.layer.name: layer for layer in layers}
    known = {layer.name: layer for layer in model.layers}
    for name, layer in known.items():
        if name not in found:
            raise ValueError(f"the layer {name!r} that add_model logged is gone: {_ONE_MODEL}")
        now = found[name].layer
        if now != layer:
            raise ValueError(
                f"the layer {name!r} is now {_describe(now)}, but add_model logged"
                f" {_describe(layer)}: {_ONE_MODEL}"
            )
    for name in found:
        if name not in known:
            raise ValueError(
                f"the layer {name!r} was not there when add_model logged the model: {_ONE_MODEL}"
            )
    return [found[layer.name] for layer in model.layers]


def walk(model: nn.Module, path: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yields every module once, parents first, with its path without wrapper prefixes."""
    return _walk(model, path, set())


def _walk(module: nn.Module, path: str, seen: set[nn.Module]) -> Iterator[tuple[str, nn.Module]]:
    module = unwrap(module)
    if module in seen:
        return
    seen.add(module)
    yield path, module
    for name, child in module.named_children():
        if not (name == "parametrizations" and parametrize.is_parametrized(module)):
            yield from _walk(child, f"{path}.{name}" if path else name, seen)


def unwrap(module: nn.Module) -> nn.Module:
    """Takes off what wraps a module: DDP, DataParallel, FSDP, torch.compile, AveragedModel."""
    while True:
        children = dict(module.named_children())
        names = [name for name in _WRAPPED if name in children]
        if list(children) == ["module"] and not module._parameters:
            names = ["module"]
        if not names:
            return module
        module = children[names[0]]


def module_type(module: nn.Module) -> str:
    """The name of a module's class as its author wrote it."""
    if isinstance(module, nn.modules.linear.NonDynamicallyQuantizableLinear):
        return "Linear"  # What attention's output projection is called inside torch.
    kind = parametrize.type_before_parametrizations(module)
    # `fully_shard` derives a class of its own from a module's.
    kind = next(base for base in kind.__mro__ if not is_fsdp(base))
    return str(kind.__name__)


def _weights(module: nn.Module) -> list[tuple[str, str]]:
    """Pairs of a suffix to the layer's name and the attribute that holds its weight."""
    if isinstance(module, nn.MultiheadAttention):
        return [
            (name, f"{name}_weight")
            for name in _MHA_PROJECTIONS
            if getattr(module, f"{name}_weight", None) is not None
        ]
    if not isinstance(module, _ConvNd | nn.Linear):
        return []
    below = any(isinstance(child, _ConvNd | nn.Linear) for path, child in walk(module) if path)
    # A layer that holds layers is also a node of the hierarchy, and names are unique.
    return [("weight" if below else "", "weight")]


def _weight_sources(module: nn.Module, attribute: str) -> list[Tensor]:
    parametrization = _parametrization(module, attribute)
    if parametrization is not None:
        return list(parametrization.parameters())
    # `weight_g` and `weight_v` of a weight norm, `weight_orig` of a pruned layer.
    parameters: list[Tensor] = [
        parameter
        for name, parameter in module._parameters.items()
        if parameter is not None and name.startswith(attribute)
    ]
    return parameters or [getattr(module, attribute)]


def _parametrization(module: nn.Module, attribute: str) -> nn.Module | None:
    if not parametrize.is_parametrized(module, attribute):
        return None
    return cast("nn.ModuleDict", module.parametrizations)[attribute]


@torch.no_grad()
def _effective_weight(module: nn.Module, attribute: str) -> Tensor:
    parametrization = _parametrization(module, attribute)
    weight: Tensor = (
        _hooked_weight(module, attribute)
        if parametrization is None
        else _evaluated(parametrization)
    )
    return weight.detach()


def _evaluated(parametrization: nn.Module) -> Tensor:
    # In train mode a spectral norm moves its vectors whenever it is evaluated.
    flags = [(part, part.training) for part in parametrization.modules()]
    try:
        for part, _ in flags:
            part.training = False
        weight: Tensor = parametrization()
    finally:
        for part, training in flags:
            part.training = training
    return weight


def _hooked_weight(module: nn.Module, attribute: str) -> Tensor:
    weight: Tensor = getattr(module, attribute)
    # Older norms and pruning compute the weight in a hook, when the next forward pass begins.
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNorm) and hook.name == attribute:
            weight = hook.compute_weight(module)
        elif isinstance(hook, SpectralNorm) and hook.name == attribute:
            weight = hook.compute_weight(module, do_power_iteration=False)
        elif isinstance(hook, prune.BasePruningMethod) and hook._tensor_name == attribute:
            weight = hook.apply_mask(module)
    return weight


def _describe(layer: Layer) -> str:
    return f"a {layer.type} with a weight of shape {list(layer.weight_shape)}"
