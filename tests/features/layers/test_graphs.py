"""The graph of models that are called in the user's own way; and no graph, and why, otherwise."""

from __future__ import annotations

import warnings
from collections import UserDict
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn
from torch.nn.attention.flex_attention import flex_attention

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.features.layers.log.forward import GraphError, forward_order
from tensorboard_plugin_deeptracker.features.layers.log.layers import find_layers
from tests.http.client import tab
from tests.summary.reading import read_log


class Two(nn.Module):
    """Takes a dictionary with two inputs, and is run by a method of another name."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)

    def score(self, batch: dict[str, Tensor]) -> Tensor:
        y: Tensor = self.c(self.a(batch["x"]) + self.b(batch["y"]))
        return y


def half(model: nn.Module, inputs: Any) -> Tensor:
    assert isinstance(model, Two)
    with torch.autocast("cpu", torch.bfloat16):
        return model.score(inputs)


EDGES = [(0, 2), (1, 2)]


@pytest.mark.parametrize("one_memory", [False, True])
def test_a_model_is_called_the_users_way(tmp_path: Path, one_memory: bool) -> None:
    model = Two()
    if one_memory:
        flat = torch.randn(12)
        for i, layer in enumerate((model.a, model.b, model.c)):
            layer.weight.data = flat[4 * i : 4 * i + 4].view(2, 2)
    x = torch.randn(3, 2)
    with SummaryWriter(tmp_path) as writer:
        writer.add_model(model, {"x": x, "y": x}, call=half)
    logged = read_log(tmp_path).model
    assert list(logged.edges) == EDGES
    assert [layer.name for layer in logged.layers] == ["a", "b", "c"]
    assert not logged.notes


def test_a_batch_may_be_only_like_a_dictionary() -> None:
    class Named(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Two()

        def forward(self, x: Tensor, y: Tensor) -> Tensor:
            return self.inner.score({"x": x, "y": y})

    batch = UserDict({"x": torch.randn(3, 2), "y": torch.randn(3, 2)})
    model = Named()
    layers = find_layers(model)
    for call in (None, lambda model, batch: model.inner.score(batch)):
        assert forward_order(model, layers, batch, call) == ([0, 1, 2], EDGES)


def test_what_fails_the_users_way_is_an_error(tmp_path: Path) -> None:
    with (
        SummaryWriter(tmp_path) as writer,
        pytest.raises(ValueError, match="cannot be run on example_input: KeyError: 'y'"),
    ):
        writer.add_model(Two(), {"x": torch.zeros(1, 2)}, call=half)


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, 1, 8)).permute(2, 0, 3, 1, 4)
        y: Tensor = self.out(flex_attention(q, k, v)[:, 0])
        return y


@pytest.mark.filterwarnings("ignore:flex_attention called without")
def test_flex_attention_is_seen_through() -> None:
    model = Attention()
    order, edges = forward_order(model, find_layers(model), torch.randn(2, 4, 8))
    assert (order, edges) == ([0, 1], [(0, 1)])


def chain() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3), nn.Linear(3, 2))


@pytest.mark.parametrize("regional", [False, True])
def test_what_is_compiled_in_place_is_run_as_it_was_written(regional: bool) -> None:
    compiled: list[Any] = []

    def backend(graph: torch.fx.GraphModule, _: list[Any]) -> Any:
        compiled.append(graph)
        return graph.forward

    model = chain()
    for part in model if regional else [model]:
        part.compile(backend=backend)
    x = torch.randn(2, 3)
    model(x)
    before = len(compiled)
    assert before
    _, edges = forward_order(model, find_layers(model), x)
    assert edges == [(0, 1), (1, 2)]
    model(x)
    assert len(compiled) == before


class Quantiser(nn.Module):
    """brevitas' kind: a module below a layer, with buffers that its weight is computed with."""

    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(0.1))
        self.inner = nn.Module()
        self.inner.register_buffer("zero", torch.tensor(0.0))

    def forward(self, weight: Tensor) -> Tensor:
        zero: Any = self.inner.zero
        rounded: Tensor = (weight / self.scale + zero).round()
        return rounded * self.scale


class QuantConv2d(nn.Conv2d):
    def __init__(self, *sizes: Any) -> None:
        super().__init__(*sizes)
        self.weight_quant = Quantiser()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self._conv_forward(x, self.weight_quant(self.weight), self.bias)
        return y


class QuantLinear(nn.Linear):
    def __init__(self, *sizes: Any) -> None:
        super().__init__(*sizes)
        self.weight_quant = Quantiser()

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight_quant(self.weight), self.bias)


def test_the_buffers_of_quantisers_are_no_data() -> None:
    model = nn.Sequential(
        QuantConv2d(1, 2, 3), nn.ReLU(), QuantConv2d(2, 2, 3), nn.Flatten(), QuantLinear(2, 2)
    )
    order, edges = forward_order(model, find_layers(model), torch.randn(1, 1, 5, 5))
    assert (order, edges) == ([0, 1, 2], [(0, 1), (1, 2)])


class Unwatchable(nn.Module):
    """Cannot be run while somebody looks."""

    seen: ClassVar[list[bool]] = []

    def __init__(self) -> None:
        super().__init__()
        self.last, self.first = nn.Linear(3, 2), nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        from torch.utils._python_dispatch import _get_current_dispatch_mode

        if _get_current_dispatch_mode() is not None:
            raise NotImplementedError("no rule for this operator")
        y: Tensor = self.last(self.first(x))
        return y


def test_no_graph_is_a_smaller_loss_than_no_log(tmp_path: Path) -> None:
    model, x = Unwatchable(), torch.randn(2, 3)
    with pytest.raises(GraphError, match="no rule for this operator"):
        forward_order(model, find_layers(model), x)
    with SummaryWriter(tmp_path / "run") as writer, warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.add_model(model, x)
        writer.add_weights(model, 1)
    logged = read_log(tmp_path / "run")
    assert [layer.name for layer in logged.model.layers] == ["last", "first"]
    assert not logged.model.edges
    with tab(tmp_path) as opened:
        (note,) = opened.json("run", run="run")["notes"]
    assert note == (
        "The connections of the layers are not known: NotImplementedError: no rule for this"
        " operator."
    )


def test_what_is_not_tracked_is_said_once(tmp_path: Path) -> None:
    model = nn.Sequential(nn.LSTM(3, 3), nn.Linear(3, 3))
    said = r"2 parameters of 2 kinds are not tracked: LSTM.weight_ih_l0, LSTM.weight_hh_l0\."
    with SummaryWriter(tmp_path) as writer:
        with pytest.warns(RuntimeWarning, match=said):
            writer.add_model(model)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for step in (1, 2):
                writer.add_model(model)
                writer.add_weights(model, step)
    (note,) = read_log(tmp_path).model.notes
    assert note.startswith("2 parameters of 2 kinds are not tracked")
