"""A model -> the order in which data reaches its layers, and which layer feeds which.

Order and edges are those of one real forward pass on an example. Every operation of
the pass is watched: where data meets a layer's weight, the layer is reached, and data
that comes out of an operation carries the layers that it last went through. So it
does not matter whether a layer's module is called or its weight is used directly, as
attention does. Without an example, the same is read from a symbolic trace.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode, is_traceable_wrapper_subclass
from torch.utils._pytree import tree_leaves, tree_map

from ....summary.calling import call_model
from ....summary.distributed import is_fsdp
from ....summary.eval_mode import evaluating
from .layers import TrackedLayer
from .modules import unwrap

Sources = frozenset[int]
# Takes a model and an example, and runs the one on the other.
Call = Callable[[nn.Module, Any], object]

# Operations that take only shape and type from their input.
_CONSTANTS = {f"{kind}_like" for kind in ("empty", "full", "ones", "zeros")} | {
    f"new_{kind}" for kind in ("empty", "empty_strided", "full", "ones", "zeros")
}


class GraphError(Exception):
    """A model runs, but what happens in it cannot be watched."""


class _Flow:
    """The layers reached so far, and the data flow between them."""

    def __init__(self) -> None:
        self.order: list[int] = []
        self.edges: set[tuple[int, int]] = set()

    def reach(self, layer: int, sources: Iterable[int]) -> None:
        if layer not in self.order:
            self.order.append(layer)
        self.edges.update((source, layer) for source in sources)


def forward_order(
    model: nn.Module,
    layers: Sequence[TrackedLayer],
    example_input: Any = None,
    call: Call | None = None,
) -> tuple[list[int], list[tuple[int, int]]]:
    """Finds in which order data reaches the layers, and which layer feeds which.

    The pass is run in eval mode without gradients; training flags, buffers and random
    number generators are as before afterwards. Layers that it does not reach (an
    auxiliary classifier, say) come behind the layer registered before them.

    Args:
        model: The model.
        layers: Its layers in the order of registration.
        example_input: What the model is called with: one argument, or a tuple of them,
            or a dictionary of keyword arguments; tensors are moved to the model's
            device. None if there is no example: then the model is traced symbolically,
            and if it cannot be, keeps the order of registration and has no edges.
        call: Takes the model and the example, and runs the one on the other; None: the model is
            called with it.

    Returns:
        The order, as positions in `layers`, and edges as pairs of positions *in that
        order*: from a layer to one it feeds with no other layer in between. Loops back
        to the same or an earlier layer (weights used repeatedly) are left out.

    Raises:
        ValueError: The model fails on the example.
        GraphError: The model does not fail on it, but cannot be watched.
    """
    wrapped, model = model, unwrap(model)
    with evaluating(wrapped, exactly=False), _unfused_attention(), _uncompiled():
        if example_input is None:
            flow = _trace_symbolically(model, layers)
        else:
            if call is None:
                call = call_model
                if isinstance(example_input, Mapping):
                    example_input = dict(example_input)
            example = _on_device(example_input, layers)
            try:
                flow = _watch_forward(model, layers, example, call)
            except ValueError:
                if wrapped is model:
                    raise
                # A wrapper may bring inputs into the model's precision, as Fabric's does.
                flow = _watch_forward(wrapped, layers, example, call)
    order = list(flow.order)
    for layer in range(len(layers)):
        if layer not in order:
            order.insert(order.index(layer - 1) + 1 if layer else 0, layer)
    position = {layer: i for i, layer in enumerate(order)}
    edges = ((position[source], position[target]) for source, target in flow.edges)
    return order, sorted(edge for edge in edges if edge[0] < edge[1])


@contextlib.contextmanager
def _unfused_attention() -> Iterator[None]:
    """Keeps attention from hiding which weight is used where."""
    fastpath = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fastpath)


def _uncompiled() -> contextlib.AbstractContextManager[object]:
    """Runs what is compiled as it was written: a compiler would hide the operations."""
    stance = getattr(torch.compiler, "set_stance", None)  # Since torch 2.6.
    # Importing the compiler takes seconds; where nobody did, nothing is compiled.
    if stance is None or "torch._dynamo" not in sys.modules:
        return contextlib.nullcontext()
    context: contextlib.AbstractContextManager[object] = stance("force_eager")
    return context


def _on_device(example: Any, layers: Sequence[TrackedLayer]) -> Any:
    device = layers[0].sources()[0].device
    return tree_map(lambda x: x.to(device) if isinstance(x, Tensor) else x, example)


def _tensors(example: Any) -> Iterator[Tensor]:
    """All tensors of a batch, also of one that is only like a dictionary."""
    for leaf in tree_leaves(example):
        if isinstance(leaf, Tensor):
            yield leaf
        elif isinstance(leaf, Mapping):
            yield from _tensors(dict(leaf))


class _Called(nn.Module):
    """A model that is called in the user's way, as torch's functions want a module."""

    def __init__(self, model: nn.Module, call: Call) -> None:
        super().__init__()
        self.model = model
        self._call = call

    def forward(self, example: Any) -> object:
        return self._call(self.model, example)


def _watch_forward(
    model: nn.Module, layers: Sequence[TrackedLayer], example: Any, call: Call
) -> _Flow:
    # Weights are told apart by their memory, so those that share one get their own for the pass.
    sources = {id(source): source for layer in layers for source in layer.sources()}
    shared = len({_storage(source) for source in sources.values()}) < len(sources)
    state = {name: p.detach().clone() for name, p in model.named_parameters()} if shared else {}
    copies = {id(p): state[name] for name, p in model.named_parameters() if shared}
    watch = _Watch()

    def register(modules: set[nn.Module]) -> None:
        for position, layer in enumerate(layers):
            if layer.module in modules:
                for source in layer.sources():
                    watch.weight(position, copies.get(id(source), source))
        for tensor in _other_inputs(modules, layers):
            watch.input(copies.get(id(tensor), tensor))

    for tensor in _tensors(example):
        watch.input(tensor)
    try:
        with watch, _as_they_are_gathered(model, register):
            if shared:
                own = {f"model.{name}": copy for name, copy in state.items()}
                torch.func.functional_call(_Called(model, call), own, (example,))
            else:
                call(model, example)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        try:
            call(model, example)
        except Exception as itself:
            raise ValueError(
                f"the model cannot be run on example_input: {type(itself).__name__}: {itself}"
            ) from itself
        raise GraphError(reason) from error
    return watch.flow


@contextlib.contextmanager
def _as_they_are_gathered(
    model: nn.Module, register: Callable[[set[nn.Module]], None]
) -> Iterator[None]:
    """Calls a function with modules whose parameters are there: at once, or when FSDP has them."""
    units = [module for module in model.modules() if is_fsdp(type(module))]
    with contextlib.ExitStack() as hooks:
        rest = set(model.modules())
        # Inner units come last, and take their modules from the outer ones'.
        for unit in reversed(units):
            own = rest & set(unit.modules())
            rest -= own
            hook = unit.register_forward_pre_hook(lambda *_, own=own: register(own))
            hooks.callback(hook.remove)
        register(rest)
        yield


def _other_inputs(modules: Iterable[nn.Module], layers: Sequence[TrackedLayer]) -> list[Tensor]:
    """Parameters and buffers that are data to the layers: learned queries, tables, tokens.

    What belongs to a layer itself (a bias, a mask, the vectors of a spectral norm) is not.
    """
    own = {id(tensor) for layer in layers for tensor in layer.state()}
    return [
        tensor
        for module in modules
        for tensor in (*module.parameters(recurse=False), *module.buffers(recurse=False))
        if id(tensor) not in own
    ]


class _Watch(TorchDispatchMode):
    """Follows data and weights through every operation, by the memory they lie in."""

    # As flex attention is one: see what goes in and what comes out.
    supports_higher_order_operators = True

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flow = _Flow()
        # Weak references keep an address from being used again while it is a key.
        self._data: dict[StorageWeakRef, Sources] = {}
        self._weights: dict[StorageWeakRef, Sources] = {}

    def input(self, tensor: Tensor) -> None:
        """Makes a tensor known as data that comes from no layer."""
        self._data[_storage(tensor)] = Sources()

    def weight(self, layer: int, tensor: Tensor) -> None:
        """Makes a tensor known as one that a layer's weight, or several', are computed from."""
        storage = _storage(tensor)
        self._weights[storage] = self._weights.get(storage, Sources()) | {layer}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "overloadpacket", func).__name__
        inputs = [_storage(x) for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
        if name in _CONSTANTS:
            return result
        data = [self._data[storage] for storage in inputs if storage in self._data]
        weights = Sources().union(*(self._weights.get(storage, ()) for storage in inputs))
        if name == "embedding":
            weights = Sources()  # A table tied to a linear layer: looking up is not the layer.
        if not inputs and torch.Tag.nondeterministic_seeded in getattr(func, "tags", ()):
            data = [Sources()]  # Noise that the model draws is an input like another.
        sources = Sources().union(*data)
        if data and weights:
            for layer in sorted(weights):
                self.flow.reach(layer, sources)
            sources = weights
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor):
                if data:
                    self._data[_storage(tensor)] = sources
                elif weights:
                    self._weights[_storage(tensor)] = weights
        return result


def _storage(tensor: Tensor) -> StorageWeakRef:
    while is_traceable_wrapper_subclass(tensor):
        # A part of a distributed tensor has the memory, or the result of communication.
        tensor = getattr(tensor, tensor.__tensor_flatten__()[0][0])
    return StorageWeakRef(tensor.untyped_storage())


def _trace_symbolically(model: nn.Module, layers: Sequence[TrackedLayer]) -> _Flow:
    if any(layer.is_sharded() for layer in layers):
        return _Flow()  # A symbol cannot be communicated.
    try:
        graph = fx.Tracer().trace(model)
    except Exception:  # Whatever the model's code may raise when it meets a symbol.
        return _Flow()
    flow = _Flow()
    modules = dict(model.named_modules(remove_duplicate=False))
    owners: dict[nn.Module, list[int]] = {}
    by_parameter: dict[int, int] = {}
    for position, tracked in enumerate(layers):
        owners.setdefault(tracked.module, []).append(position)
        by_parameter.update((id(source), position) for source in tracked.sources())
    tensors = dict(model.state_dict(keep_vars=True))
    others = {id(tensor) for tensor in _other_inputs(model.modules(), layers)}
    data: dict[fx.Node, Sources] = {}
    weights: dict[fx.Node, list[int]] = {}
    for node in graph.nodes:
        inputs = [data[source] for source in node.all_input_nodes if source in data]
        used = [layer for source in node.all_input_nodes for layer in weights.get(source, ())]
        target = node.target if isinstance(node.target, str) else node.target.__name__
        if node.op == "placeholder":
            inputs = [Sources()]
        elif target in _CONSTANTS:
            continue
        elif node.op == "get_attr":
            tensor = id(tensors.get(target))
            used = [by_parameter[tensor]] if tensor in by_parameter else []
            inputs = [Sources()] if tensor in others else []
        elif node.op == "call_module":
            inside = modules[target].modules()
            used = [layer for module in inside for layer in owners.get(module, ())]
        sources = Sources().union(*inputs)
        if inputs:
            for layer in dict.fromkeys(used):
                flow.reach(layer, sources)
                sources = Sources({layer})
            data[node] = sources
        elif used:
            weights[node] = used
    return flow
