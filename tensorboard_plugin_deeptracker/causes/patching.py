"""Where in a model the numbers of its filters are, and others in their place for a while.

With a filter goes what belongs to its output channel alone: its entry of the layer's bias, and
of the normalisation that follows, whose statistics and scale fit only the filter they were made
with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..features.layers.log import TrackedLayer, find_layers, own_parameter
from ..summary.distributed import is_sharded
from .exchange import Exchange, has_channels

# Of each layer, by its name: positions of filters, int[n].
Group: TypeAlias = Mapping[str, NDArray[np.integer]]
# As users give them.
GivenGroup: TypeAlias = Mapping[str, Sequence[int] | NDArray[np.integer]]

_OF_CHANNELS = ("weight", "bias", "running_mean", "running_var")


@dataclass(frozen=True)
class LayerPatch:
    """Numbers at places of a layer's tensors.

    Attributes:
        parts: The tensor, int64[n] positions in it as if it were flat, and the n numbers.
        modules: Those that the tensors are of.
        filters: int64[n]: whose numbers they are.
        exchange: The same with all of the layer's filters; None: nobody can tell what of the
            layer's output is of which filter.
    """

    parts: tuple[tuple[Tensor, Tensor, Tensor], ...]
    modules: tuple[nn.Module, ...]
    filters: Tensor
    exchange: Exchange | None


@dataclass(frozen=True)
class Patch:
    """Numbers at places of tensors.

    Attributes:
        layers: Those that have them.
    """

    layers: tuple[LayerPatch, ...]

    @property
    def modules(self) -> tuple[nn.Module, ...]:
        """Those that the tensors are of."""
        return tuple(dict.fromkeys(module for layer in self.layers for module in layer.modules))

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The tensors have these numbers."""
        parts = [part for layer in self.layers for part in layer.parts]
        before = [torch.take(tensor.data, at) for tensor, at, _ in parts]
        try:
            for tensor, at, values in parts:
                # By `data`, as graphs that wait for `backward` must not find them changed.
                tensor.data.put_(at, values)
            yield
        finally:
            for (tensor, at, _), values in zip(parts, before, strict=True):
                tensor.data.put_(at, values)


class Patchable:
    """The filters of a model that can be changed one by one.

    Args:
        model: A live model.

    Attributes:
        sizes: By the names of layers, how many filters they have; in the order of the model.
        left_out: By the names of layers whose filters cannot be changed, why.
    """

    def __init__(self, model: nn.Module) -> None:
        self._layers = {each.layer.name: each for each in find_layers(model)}
        self._norms: dict[str, nn.Module] = {}
        self._exchanges: dict[str, tuple[Mapping[str, Tensor], Exchange | None]] = {}
        self._names = {tensor: name for name, tensor in named_tensors(model).items()}
        # Those that have a tensor, which may be several.
        self._owners: dict[Tensor, list[nn.Module]] = {}
        for module in model.modules():
            for tensor in (*module._parameters.values(), *module._buffers.values()):
                if tensor is not None:
                    self._owners.setdefault(tensor, []).append(module)
        self.left_out = {
            name: reason
            for name, each in self._layers.items()
            if (reason := _hindrance(each)) is not None
        }
        self.sizes = {
            name: each.layer.filters
            for name, each in self._layers.items()
            if name not in self.left_out
        }

    def channels(self) -> dict[nn.Module, int]:
        """The layers' modules, and how many filters each has."""
        return {self._layers[name].module: size for name, size in self.sizes.items()}

    def follow(self, norms: Mapping[nn.Module, nn.Module]) -> None:
        """Takes note of the normalisations that follow layers' modules."""
        for name in self.sizes:
            norm = norms.get(self._layers[name].module)
            if norm is not None:
                self._norms[name] = norm

    def patch(self, group: Group, values: Mapping[str, Tensor]) -> Patch:
        """Filters as they are in other tensors.

        Args:
            group: The filters.
            values: The model's tensors as they are to be; see `named_tensors`.

        Raises:
            ValueError: There are no such filters, or they cannot be changed.
        """
        self.check(group)
        layers = []
        for name, filters in group.items():
            positions = torch.from_numpy(np.asarray(filters, np.int64))
            parts, modules = [], []
            for tensor, at in self._places(name, positions):
                at, other = at.to(tensor.device), self._of(tensor, values).to(tensor.device)
                parts.append((tensor, at, torch.take(other, at)))
                modules += self._owners[tensor]
            exchange = self._exchange(name, values)
            layers.append(
                LayerPatch(tuple(parts), tuple(dict.fromkeys(modules)), positions, exchange)
            )
        return Patch(tuple(layers))

    def output(self, name: str) -> nn.Module:
        """The module at whose output a layer's filters are channels: the normalisation, or it."""
        return self._norms.get(name, self._layers[name].module)

    def change(self, name: str, states: States) -> NDArray[np.float64]:
        """How much each filter of a layer has changed: 1 - cosine, float64[filters].

        NaN where that is not defined; 0 where a filter is as it was.
        """
        layer = self._layers[name]
        weight = layer.module.get_parameter(layer.attribute)
        now, before = (
            layer.filters(self._of(weight, values).detach()).double().cpu().numpy()
            for values in (states.now, states.before)
        )
        dot = (now * before).sum(axis=1)
        norms = np.sqrt((now * now).sum(axis=1) * (before * before).sum(axis=1))
        with np.errstate(invalid="ignore", divide="ignore"):
            cosine = dot / norms
        return np.where((now == before).all(axis=1), 0.0, 1 - cosine)

    def check(self, group: GivenGroup) -> None:
        """Makes sure that these are filters of the model which can be changed.

        Raises:
            ValueError: They are not; says what there is.
        """
        if not isinstance(group, Mapping) or not group:
            raise ValueError(
                'filters must be given by layer, as {"layer3.1.conv2": [4, 17]}, not'
                f" {group!r:.100}"
            )
        for name, filters in group.items():
            if name in self.left_out:
                raise ValueError(f"filters of {name!r} cannot be changed: {self.left_out[name]}")
            if name not in self.sizes:
                raise ValueError(
                    f"the model has no layer {name!r} with filters; it has, say,"
                    f" {', '.join(list(self.sizes)[-5:])}"
                )
            found = np.asarray(filters)
            if found.ndim != 1 or found.dtype.kind not in "iu" or not len(found):
                raise ValueError(f"the filters of {name!r} must be whole numbers, got {filters!r}")
            if found.min() < 0 or found.max() >= self.sizes[name]:
                raise ValueError(
                    f"{name!r} has filters 0 to {self.sizes[name] - 1}, not"
                    f" {found[(found < 0) | (found >= self.sizes[name])][0]}"
                )
            if len(np.unique(found)) < len(found):
                raise ValueError(f"a filter of {name!r} is given twice")

    def _exchange(self, name: str, values: Mapping[str, Tensor]) -> Exchange | None:
        """All filters of a layer as in other tensors; the same object for the same ones."""
        known = self._exchanges.get(name)
        if known is None or known[0] is not values:
            known = self._exchanges[name] = values, self._new_exchange(name, values)
        return known[1]

    def _new_exchange(self, name: str, values: Mapping[str, Tensor]) -> Exchange | None:
        module, norm = self._layers[name].module, self._norms.get(name)
        places = [*self._places(name, torch.arange(self.sizes[name]))]
        tensors = tuple((tensor, self._of(tensor, values)) for tensor, _ in places)
        owners = {owner for tensor, _ in tensors for owner in self._owners[tensor]}
        if (
            not has_channels(module)
            or not owners <= {module, norm}
            or any(at.numel() < tensor.numel() for tensor, at in places)
        ):
            return None
        return Exchange(module, norm, tensors)

    def _of(self, tensor: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """What values have for one of the model's tensors."""
        return values[self._names[tensor]]

    def _places(self, name: str, filters: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        layer = self._layers[name]
        weight = layer.module.get_parameter(layer.attribute)
        # Whatever a rule makes of the weight, it makes of the positions in it.
        positions = torch.arange(weight.numel()).view(weight.shape)
        yield weight, layer.filters(positions)[filters].reshape(-1)
        bias = layer.attribute.replace("weight", "bias")
        own = own_parameter(layer.module, bias)
        if own is not None and bias != layer.attribute and own.shape == (layer.layer.filters,):
            yield own, filters
        norm = self._norms.get(name)
        if norm is not None:
            for attribute in _OF_CHANNELS:
                tensor = getattr(norm, attribute, None)
                if isinstance(tensor, Tensor) and tensor.shape == (layer.layer.filters,):
                    yield tensor, filters


def _hindrance(layer: TrackedLayer) -> str | None:
    """Why the filters of a layer cannot be changed; None if they can."""
    weight = own_parameter(layer.module, layer.attribute)
    if weight is None or layer.rule.compute is not None:
        return "its weight is computed from other parameters"
    if is_sharded(weight):
        return "its weight is spread over several processes"
    if type(weight.data) is not Tensor or weight.layout != torch.strided:
        return f"its weight is kept as {type(weight.data).__name__}, not as plain numbers"
    return None


class States:
    """A model as it is, and as it was.

    Args:
        model: As it is.
        before: Its tensors as they were; see `named_tensors`.

    Attributes:
        now: Copies of its tensors as they are, likewise.
        before: See above.
    """

    def __init__(self, model: nn.Module, before: Mapping[str, Tensor]) -> None:
        self._tensors = named_tensors(model)
        self.now = {name: tensor.detach().clone() for name, tensor in self._tensors.items()}
        self.before = before

    @contextmanager
    def at_before(self) -> Iterator[None]:
        """The model is as it was."""
        try:
            self._fill(self.before)
            yield
        finally:
            self._fill(self.now)

    def _fill(self, values: Mapping[str, Tensor]) -> None:
        for name, tensor in self._tensors.items():
            tensor.data.copy_(values[name])


def named_tensors(model: nn.Module) -> dict[str, Tensor]:
    """All parameters and buffers, each once, by the first of their names."""
    return dict((*model.named_parameters(), *model.named_buffers()))


def state_of(model: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state, as `state_dict` gives it, by the names of `named_tensors`.

    Prefixes that wrappers put before names make no difference. What the state does not have of
    buffers that are not saved is as it is.

    Raises:
        ValueError: It lacks parameters of the model, or has them in other shapes.
    """
    if not isinstance(state, Mapping):
        raise ValueError(
            "before must be the model's state, as a copy of model.state_dict(), not"
            f" {type(state).__name__}"
        )
    values = {_bare(name): tensor for name, tensor in state.items()}
    found = {}
    saved = {id(each) for each in model.state_dict(keep_vars=True).values()}
    for name, tensor in named_tensors(model).items():
        value = values.get(_bare(name))
        if value is None and id(tensor) not in saved:
            value = tensor.detach().clone()
        if value is None or value.shape != tensor.shape:
            what = "is missing" if value is None else f"has the shape {list(value.shape)}"
            raise ValueError(
                f"before is not a state of this model: {name!r} {what}, and is"
                f" {list(tensor.shape)} in the model"
            )
        if value.data_ptr() == tensor.data_ptr() and tensor.numel():
            raise ValueError(
                "before is the model's own state, which changes with it: copy it, as in"
                " copy.deepcopy(model.state_dict()), before the training goes on"
            )
        found[name] = value.detach()
    return found


def _bare(name: str) -> str:
    parts = [part for part in name.split(".") if part not in ("module", "_orig_mod")]
    return ".".join(parts)
