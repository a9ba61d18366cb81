"""Evaluating leaves nothing behind, whatever a model keeps, and however it ends."""

from __future__ import annotations

import random
import types
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from transformers import DynamicCache

from tensorboard_plugin_deeptracker.summary.eval_mode import evaluating
from tensorboard_plugin_deeptracker.summary.held import Copies

WIDTH = 4


def content(value: Any) -> Any:
    """What an object holds, to be compared: with nothing of the code under test."""
    if isinstance(value, Tensor):
        if value.is_meta:
            return "meta", tuple(value.shape)
        dense = value.detach()
        parts = dense.unbind() if dense.is_nested else [dense.to_dense()]
        return [(tuple(part.shape), str(part.tolist())) for part in parts]
    if isinstance(value, np.ndarray):
        return value.dtype, value.tolist()
    if isinstance(value, torch.Generator):
        return value.get_state().tolist()
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    if isinstance(value, random.Random):
        return value.getstate()
    if isinstance(value, dict):
        return type(value).__name__, [(key, content(part)) for key, part in value.items()]
    if isinstance(value, list | tuple | deque):
        return type(value).__name__, [content(part) for part in value]
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, type | Callable) and not isinstance(value, nn.Module):
        return value
    if hasattr(value, "__dict__"):
        return type(value).__name__, content(vars(value))
    return value


class Cache:
    """As a generating model's, with what earlier tokens were."""

    def __init__(self) -> None:
        self.keys: list[Tensor] = []
        self.position = torch.zeros(())


class Rotary(nn.Module):
    """Angles that are computed for the longest sequence so far."""

    def __init__(self) -> None:
        super().__init__()
        self.angles: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.angles is None or len(self.angles) < len(x):
            self.angles = torch.arange(len(x)).cos()
        return x * self.angles[: len(x), None]


class Counts(nn.Module):
    """Containers of all kinds, and containers in them."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.seen: list[Any] = [1, [2]]
        self.sizes: Counter[int] = Counter({3: 1})
        self.last: deque[int] = deque([1, 2], maxlen=2)
        self.kinds = {"a"}
        self.by_name: dict[str, Any] = {"deep": {"list": [0]}, "array": np.zeros(2)}
        self.ordered = OrderedDict(a=1, b=2)
        self.pair = ([0], "fixed")

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.seen.append(len(x))
        self.seen[1].append(3)
        self.sizes[len(x)] += 1
        self.last.append(len(x))
        self.kinds |= {"b"}
        self.by_name["deep"]["list"][0] += 1
        self.by_name["array"][0] += 1
        self.by_name["new"] = 1
        self.ordered.move_to_end("a")
        self.pair[0].append(1)
        self.added = True
        return x


class Neuron(nn.Module):
    """A membrane whose charge stays, in place and replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.charge = torch.zeros(WIDTH)
        self.spikes = torch.zeros(1, WIDTH)
        self.cache = Cache()
        self.transformers = DynamicCache()

    def forward(self, x: Tensor) -> Tensor:
        self.charge.add_(x.detach().mean(0))
        self.spikes = x.detach() > 0
        self.cache.keys.append(x.detach())
        self.cache.position += 1
        self.transformers.update(x[None, None].detach(), x[None, None].detach(), 0)
        return x + self.charge


class Drawing(nn.Module):
    """Noise from generators of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(1)
        self.numpy = np.random.default_rng(1)
        self.python = random.Random(1)

    def forward(self, x: Tensor) -> Tensor:
        scale = float(self.numpy.random()) + self.python.random()
        return x + scale * torch.randn(x.shape, generator=self.generator)


class Buffers(nn.Module):
    """Buffers that `clone`, `equal` and `copy_` do not suffice for."""

    low: Tensor
    sparse: Tensor
    nested: Tensor
    meta: Tensor
    gone: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("low", torch.empty(0))
        self.register_buffer("sparse", torch.eye(WIDTH).to_sparse())
        self.register_buffer("nested", torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]))
        self.register_buffer("meta", torch.empty(3, device="meta"))
        self.register_buffer("gone", torch.ones(2))
        self.register_buffer("nothing", None)
        self.register_buffer("unknown", torch.full((2,), torch.nan))

    def forward(self, x: Tensor) -> Tensor:
        self.low.resize_(WIDTH).copy_(x.detach().amin(0))
        self.sparse.mul_(2)
        self.nested.mul_(2)
        if hasattr(self, "gone"):
            del self.gone
        self.register_buffer("more", torch.ones(1))
        return x


class Weights(nn.Module):
    """Weights that a forward pass writes to: norms that are kept, values from the first batch."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(3, WIDTH, max_norm=0.1)
        self.shift = nn.Parameter(torch.zeros(WIDTH))
        self.scale = nn.Parameter(torch.ones(WIDTH))
        self.hidden = [nn.BatchNorm1d(WIDTH)]  # No child, so it stays in train mode.

    def forward(self, x: Tensor) -> Tensor:
        if not self.shift.any():
            self.shift.data.copy_(-x.detach().mean(0))
        self.scale = nn.Parameter(self.scale.detach() * 2)
        y: Tensor = self.hidden[0](x + self.shift) + self.table(torch.arange(len(x)) % 3)
        return y


class Expanding(nn.Module):
    """As escnn's convolutions: filters are expanded by `eval()` and dropped by `train()`."""

    filters: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))
        self.register_buffer("filters", torch.zeros(2 * WIDTH))

    def expanded(self) -> Tensor:
        return torch.cat([self.weight, -self.weight])

    def train(self, mode: bool = True) -> Expanding:
        if mode and not self.training:
            del self.filters
        elif not mode and self.training:
            self.register_buffer("filters", self.expanded().detach())
        return super().train(mode)

    def forward(self, x: Tensor) -> Tensor:
        filters = self.expanded() if self.training else self.filters
        y: Tensor = x * filters[:WIDTH]
        return y


class Merging(nn.Module):
    """As an adapter that `eval()` adds to the weight, which rounds."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((WIDTH,), 1e8))
        self.adapter = nn.Parameter(torch.full((WIDTH,), 0.1))

    def train(self, mode: bool = True) -> Merging:
        if mode != self.training:
            self.weight.data.add_(self.adapter, alpha=-1 if mode else 1)
        return super().train(mode)

    def forward(self, x: Tensor) -> Tensor:
        return x * (self.weight + self.adapter if self.training else self.weight)


class Frozen(nn.Module):
    """Norms that stay in eval mode."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(WIDTH)

    def train(self, mode: bool = True) -> Frozen:
        super().train(mode)
        self.norm.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(x)
        return y


KINDS = [
    Rotary,
    Counts,
    Neuron,
    Drawing,
    Buffers,
    Weights,
    Expanding,
    Merging,
    Frozen,
    lambda: nn.BatchNorm1d(WIDTH),
    lambda: nn.Dropout(0.5),
]
NAMES = [getattr(kind, "__name__", "torch") for kind in KINDS]


class Failing(nn.Module):
    fails = False

    def forward(self, x: Tensor) -> Tensor:
        if self.fails:
            raise RuntimeError("no more")
        return x


def built(kinds: list[Callable[[], nn.Module]]) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(*(kind() for kind in kinds), Failing())


def trained(model: nn.Module) -> Any:
    """What is there after a step of training."""
    torch.manual_seed(1)
    model.train()
    y = model(torch.rand(8, WIDTH))
    return y.tolist(), content(model)


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_nothing_is_left(kind: Callable[[], nn.Module], fails: bool) -> None:
    model, other = built([kind]), built([kind])
    assert trained(model) == trained(other)
    vars(model[1])["fails"] = fails
    ending = pytest.raises(RuntimeError, match="no more") if fails else nullcontext()
    with ending, evaluating(model):
        assert not any(module.training for module in model.modules())
        for size in 3, 5:
            model(torch.rand(size, WIDTH))
    del vars(model[1])["fails"]
    assert content(model) == content(other)
    assert trained(model) == trained(other)


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_nothing_is_left_time_and_again(kind: Callable[[], nn.Module]) -> None:
    model, other, copies = built([kind]), built([kind]), Copies()
    for size in 3, 5, 4:
        assert trained(model) == trained(other)
        with evaluating(model, copies=copies):
            model(torch.rand(size, WIDTH))
        assert content(model) == content(other)
    assert trained(model) == trained(other)


@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4), st.data())
def test_nothing_is_left_in_any_mode(kinds: list[Any], data: st.DataObject) -> None:
    model = built(kinds)
    trained(model)
    for module in list(model.modules())[1:]:
        if data.draw(st.booleans()):
            module.eval()
    before = content(model)
    with evaluating(model):
        model(torch.rand(3, WIDTH))
    assert content(model) == before


def test_graphs_that_wait_for_backward_are_unharmed() -> None:
    model = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.BatchNorm1d(WIDTH), Neuron())
    loss: Tensor = model(torch.rand(8, WIDTH)).sum()
    with evaluating(model):
        model(torch.rand(3, WIDTH))
    loss.backward()


def test_filters_that_eval_expands_are_there() -> None:
    model = Expanding()
    with evaluating(model):
        assert model(torch.ones(1, WIDTH)).tolist() == [[1.0] * WIDTH]
    assert model.training
    assert not model.filters.any()


def test_programs_whose_modes_cannot_be_changed_are_evaluated() -> None:
    def refuse(*_: Any) -> None:
        raise NotImplementedError("Calling train() or eval() is not supported yet.")

    model = nn.Sequential(nn.Linear(WIDTH, WIDTH))
    model.train = types.MethodType(refuse, model)  # type: ignore[method-assign]
    model.eval = types.MethodType(refuse, model)  # type: ignore[method-assign]
    with evaluating(model):
        assert not model[0].training
    assert model.training
    assert model[0].training


@pytest.mark.parametrize("inside", [False, True])
def test_programs_whose_flags_say_nothing_are_switched_back(inside: bool) -> None:
    """As torchao's `allow_exported_model_train_eval` has it: what is rewritten is the graph."""
    modes: list[bool] = []

    def train(_: nn.Module, mode: bool = True) -> None:
        modes.append(mode)

    def evaluate(_: nn.Module) -> None:
        modes.append(False)

    program = nn.Linear(WIDTH, WIDTH)
    program.train = types.MethodType(train, program)  # type: ignore[method-assign]
    program.eval = types.MethodType(evaluate, program)  # type: ignore[method-assign]
    with evaluating(nn.Sequential(program) if inside else program):
        assert modes == [False]
        assert program.training
    assert modes == [False, True]
    assert program.training


def test_what_is_no_data_is_not_looked_into() -> None:
    """A trainer that a module refers to goes on meanwhile."""

    class Trainer:
        def __init__(self) -> None:
            self.step = 0
            self.lock = __import__("threading").Lock()

    model = nn.Sequential(nn.Linear(WIDTH, WIDTH))
    trainer = Trainer()
    object.__setattr__(model, "trainer", trainer)
    with evaluating(model):
        trainer.step = 5
    assert trainer.step == 5
