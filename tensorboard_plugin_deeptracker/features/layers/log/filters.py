"""What the filters of a module are: rules, to which users add theirs.

A filter is what makes one output channel: a convolution's kernel, a row of a linear layer. Which
numbers of a parameter belong to one, a rule says by the dimensions that count the filters. What
no rule is about is not tracked, and said (see `untracked`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

from torch import Tensor, nn
from torch.nn.utils import parametrize

from .modules import class_names, classes

Axes: TypeAlias = int | tuple[int, ...]
Compute: TypeAlias = Callable[[Any], Tensor]


@dataclass(frozen=True)
class Weight:
    """A weight of a module, and what its filters are.

    Attributes:
        name: What the layer is called, behind the module, if that has several.
        attribute: Where the module has the parameter, or what is computed from it.
        axes: Dimensions of the weight that count its filters, the slowest first.
        groups: Of a transposed convolution: those of its first dimension that belong together.
        view: Brings a parameter, or its gradient, into the shape that `axes` is about.
        compute: Computes the weight that a module uses; None: it is the attribute.
        kind: What the layer's class was called, where the module's own does not say it.
        beside: Tensors of other modules, from which what is used is computed, too.
    """

    name: str
    attribute: str
    axes: tuple[int, ...] = (0,)
    groups: int = 1
    view: Compute | None = None
    compute: Compute | None = None
    kind: str = ""
    beside: tuple[Tensor, ...] = ()

    def filters(self, shape: Sequence[int]) -> int:
        """How many there are in a weight of a shape (as `axes` is about it)."""
        return prod(shape[axis] for axis in self.axes) * self.groups


_registered: dict[type | str, Mapping[str, Axes | Compute]] = {}


def register_filters(kind: type[nn.Module] | str, **weights: Axes | Compute) -> None:
    """Says what the filters of a kind of module are.

    Example:
        ```python
        register_filters(MyLinear, weight=1)  # weight is [inputs, outputs]: a filter is a column
        register_filters(MyExperts, w_in=(0, 1), w_out=(0, 2))  # [experts, rows, columns]
        register_filters("library.layers.Equivariant", kernel=lambda module: module.expanded())
        ```

    It goes before what is built in, and holds for models that are logged from then on.

    Args:
        kind: The class, or its full name if it is not to be imported for this; classes derived
            from it are meant too.
        **weights: For each parameter of the module that has filters, the dimension that counts
            them, or several. Where the weight that is used is not a parameter but made from some:
            a function of the module that returns it, as [filters, ...]; it must leave the module
            as it is.

    Raises:
        ValueError: These are no module class, or no dimensions.
    """
    if not (issubclass(kind, nn.Module) if isinstance(kind, type) else isinstance(kind, str)):
        raise ValueError(f"kind must be a class of modules, or its full name, got {kind!r}")
    name = kind if isinstance(kind, str) else kind.__qualname__
    if not weights:
        raise ValueError(f"name the weights of {name} that have filters, as in weight=0")
    for attribute, axes in weights.items():
        numbers = axes if isinstance(axes, tuple) else (axes,)
        if not callable(axes) and not (
            numbers and all(type(number) is int and number >= 0 for number in numbers)
        ):
            raise ValueError(
                f"{attribute} must be the dimension that counts the filters (0 if they are rows),"
                f" a tuple of such, or a function of the module, got {axes!r}"
            )
    _registered[kind] = dict(weights)


def weights_of(module: nn.Module) -> list[Weight]:
    """The weights of a module itself, not of those below it, that have filters."""
    names = class_names(module)
    for kind in (*classes(module), *names):
        if kind in _registered:
            return _by_axes(module, _registered[kind])
    for rule in _RULES:
        found = rule(module, names)
        if found is not None:
            return found
    return []


def _by_axes(module: nn.Module, weights: Mapping[str, Axes | Compute]) -> list[Weight]:
    answer = []
    for attribute, axes in weights.items():
        name = attribute.removesuffix("_weight")
        if callable(axes):
            answer.append(Weight(name, attribute, compute=axes))
        elif has_tensor(module, attribute):
            answer.append(Weight(name, attribute, axes if isinstance(axes, tuple) else (axes,)))
    return answer


def has_tensor(module: nn.Module, attribute: str) -> bool:
    """Whether a module has a tensor, without having it computed where a parametrization does."""
    return (
        own_parameter(module, attribute) is not None
        or parametrize.is_parametrized(module, attribute)
        or isinstance(getattr(module, attribute, None), Tensor)
    )


def own_parameter(module: nn.Module, attribute: str) -> Tensor | None:
    """A parameter of the module itself; None if it has none of that name."""
    return dict(module.named_parameters(recurse=False)).get(attribute)


# By the full names of classes; the first that a module is derived from counts.
_BUILT_IN: Mapping[str, Mapping[str, Axes | Compute]] = {
    "torch.nn.modules.activation.MultiheadAttention": {
        f"{name}_weight": 0 for name in ("in_proj", "q_proj", "k_proj", "v_proj")
    },
    "torch.nn.modules.linear.Linear": {"weight": 0},
    "torch.nn.modules.linear.Bilinear": {"weight": 0},
    # [inputs, outputs], as OpenAI's GPT has them.
    "transformers.pytorch_utils.Conv1D": {"weight": 1},
    "e3nn.nn._fc._Layer": {"weight": 1},
    # What they learn are coefficients of a basis: the weight is the sum over it.
    "escnn.nn.modules.conv.rd_convolution._RdConv": {
        "filter": lambda module: module.expand_parameters()[0]
    },
    "escnn.nn.modules.conv.rd_transposed_convolution._RdConvTransposed": {
        "filter": lambda module: module.expand_parameters()[0].transpose(0, 1)
    },
    "escnn.nn.modules.linear.Linear": {"matrix": lambda module: module.expand_parameters()[0]},
}


def _built_in(module: nn.Module, names: Sequence[str]) -> list[Weight] | None:
    for name in names:
        if name in _BUILT_IN:
            return _by_axes(module, _BUILT_IN[name])
    return None


def _convolution(module: nn.Module, names: Sequence[str]) -> list[Weight] | None:
    home = "torch.nn.modules.conv."
    if f"{home}_ConvNd" not in names or not has_tensor(module, "weight"):
        return [] if f"{home}_ConvNd" in names else None
    if f"{home}_ConvTransposeNd" not in names:
        return [Weight("weight", "weight")]
    groups = getattr(module, "groups", None)  # A traced module has forgotten it.
    return [] if groups is None else [Weight("weight", "weight", (1,), int(groups))]


def _mixed_convolution(module: nn.Module, names: Sequence[str]) -> list[Weight] | None:
    """timm's, whose kernels of all experts lie flat: [experts, weights of a convolution]."""
    if "timm.layers.cond_conv2d.CondConv2d" not in names:
        return None
    shape = tuple(module.weight_shape)  # type: ignore[arg-type]
    return [Weight("weight", "weight", (0, 1), view=lambda flat: flat.unflatten(1, shape))]


# Which dimension of a path's weights is that of the outputs.
_OUTPUTS = {"uvw": (2,), "uvu": (0,), "uvv": (1,), "uuw": (1,), "u<vw": (1,)}


def _paths(module: nn.Module, names: Sequence[str]) -> list[Weight] | None:
    """e3nn's linear maps and tensor products: a weight a path, one behind the other in a list."""
    linear = "e3nn.o3._linear.Linear" in names
    if not linear and "e3nn.o3._tensor_product._tensor_product.TensorProduct" not in names:
        return None
    if not module.internal_weights:
        return []
    answer: list[Weight] = []
    start = 0
    paths: Any = module.instructions
    for number, path in enumerate(paths):
        if not (linear or path.has_weight):
            continue
        shape, size = tuple(path.path_shape), prod(path.path_shape)

        def view(flat: Tensor, start: int = start, size: int = size, shape: Any = shape) -> Tensor:
            return flat.narrow(0, start, size).view(shape)

        start += size
        axes = (1,) if linear else _OUTPUTS.get(path.connection_mode, tuple(range(len(shape))))
        answer.append(Weight(f"weight{number}", "weight", axes, view=view))
    return answer


def _experts(module: nn.Module, names: Sequence[str]) -> list[Weight] | None:
    """The experts of a mixture in one parameter each, [experts, outputs, inputs] or transposed."""
    fused = {
        name: tuple(parameter.shape)
        for name, parameter in module.named_parameters(recurse=False)
        if parameter.ndim == 3 and len(parameter) > 1
    }
    up, down = fused.get("gate_up_proj"), fused.get("down_proj")
    if up is None and not (fused and re.search("Experts?$|MoE$|Moe$", names[0])):
        return None
    transposed = bool(getattr(module, "is_transposed", False))
    if up is not None and down is not None:
        # A gate and a map up make twice what the map down takes.
        transposed = up[1] != 2 * down[2]
    return [Weight(name, name, (0, 2 if transposed else 1)) for name in fused]


def _router(module: nn.Module, names: Sequence[str]) -> list[Weight] | None:
    """What chooses the experts is a linear map without being called one."""
    if not re.search("Router$|Gate$|Gating$", names[0]):
        return None
    weight = own_parameter(module, "weight")
    return None if weight is None or weight.ndim != 2 else [Weight("weight", "weight")]


_RULES = (_convolution, _mixed_convolution, _paths, _built_in, _experts, _router)


def arranged(weight: Weight, tensor: Tensor) -> Tensor:
    """A parameter, or its gradient, in the shape that the axes are about."""
    return tensor if weight.view is None else weight.view(tensor)


def order(weight: Weight, tensor: Tensor) -> tuple[int, ...]:
    """Dimensions of an arranged tensor: those of the filters, then others as memory has them."""
    rest = [axis for axis in range(tensor.ndim) if axis not in weight.axes]
    return (*weight.axes, *sorted(rest, key=tensor.stride, reverse=True))


def as_matrix(weight: Weight, tensor: Tensor, dimensions: Sequence[int] | None = None) -> Tensor:
    """A row for each filter.

    Args:
        weight: What the tensor is.
        tensor: The weight as the module has it, or its gradient.
        dimensions: In which order they make the rows, as `order` has it; None: as that does.

    Returns:
        [filters, weights of a filter], a contiguous view where possible.
    """
    tensor = arranged(weight, tensor)
    dimensions = order(weight, tensor) if dimensions is None else dimensions
    counting = len(weight.axes)
    if weight.groups > 1:
        # [groups * inputs, outputs, ...]: the groups count filters too.
        tensor = tensor.unflatten(0, (weight.groups, -1))
        dimensions = (0, 2, 1, *(axis + 1 for axis in dimensions if axis > 1))
        counting += 1
    rows = prod(tensor.shape[axis] for axis in dimensions[:counting])
    return tensor.permute(*dimensions).reshape(rows, -1).contiguous()
