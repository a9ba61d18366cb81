"""What `torch.export` makes of a model has the model's layers, and is evaluated as such."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn

from tensorboard_plugin_deeptracker.features.layers.log.exported import exported_weights
from tensorboard_plugin_deeptracker.features.layers.log.forward import forward_order
from tensorboard_plugin_deeptracker.features.layers.log.layers import find_layers, pictured
from tensorboard_plugin_deeptracker.summary.eval_mode import evaluating


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.up = nn.ConvTranspose2d(4, 6, 2, groups=2)
        self.table = nn.Embedding(5, 3)
        self.out = nn.Linear(6 * 7 * 7, 3)

    def forward(self, x: Tensor) -> Tensor:
        kinds = self.table(torch.zeros(len(x), dtype=torch.long))
        scores: Tensor = self.out(self.up(self.body(x)).flatten(1)) + kinds
        return scores


INPUT = torch.rand(4, 1, 8, 8)


@pytest.fixture(scope="module")
def model() -> Net:
    return Net()


@pytest.fixture(scope="module")
def program(model: Net) -> Any:
    return torch.export.export(model, (INPUT,)).module()


def quantised(program: fx.GraphModule) -> Any:
    """As torchao prepares it: weights go through a module of their own, with numbers of its own."""

    class Quantise(nn.Module):
        scale: Tensor

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("scale", torch.tensor(0.5))

        def forward(self, x: Tensor) -> Tensor:
            return torch.round(x / self.scale) * self.scale

    own = copy.deepcopy(program)
    for i, node in enumerate(list(own.graph.nodes)):
        if node.op == "get_attr" and node.target.endswith("weight"):
            own.add_module(f"quantise_{i}", Quantise())
            with own.graph.inserting_after(node):
                after = own.graph.call_module(f"quantise_{i}", (node,))
            node.replace_all_uses_with(after, lambda user, after=after: user is not after)
    own.recompile()
    return own


@pytest.mark.parametrize("prepare", [lambda it: it, quantised], ids=["exported", "quantised"])
@pytest.mark.parametrize("inside", [False, True])
def test_it_has_the_layers_of_the_model(
    model: Any, program: fx.GraphModule, prepare: Any, inside: bool
) -> None:
    own = prepare(program)
    own = nn.ModuleDict({"net": own})["net"] if inside else own
    expected, found = find_layers(model), find_layers(own)
    assert [each.layer for each in found] == [each.layer for each in expected]
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one.filters(one.weight()), other.filters(other.weight()))
    assert forward_order(own, found, INPUT) == forward_order(model, expected, INPUT)
    assert pictured(found) == pictured(expected) == 0


def test_other_graphs_have_modules_that_say_what_they_are(model: Any) -> None:
    assert exported_weights(fx.symbolic_trace(nn.Sequential(nn.Linear(2, 2)))) == {}
    assert exported_weights(model) == {}


def test_one_that_stays_in_train_mode_is_refused(model: Any, program: fx.GraphModule) -> None:
    """Batch norm goes by the batch, whatever the program's flag says."""
    before = model.body[1].running_mean.clone()
    with (
        pytest.raises(ValueError, match="allow_exported_model_train_eval"),
        evaluating(program),
    ):
        pass
    assert program.training
    assert torch.equal(model.body[1].running_mean, before)
    fixed: Any = torch.export.export(Net().eval(), (INPUT,)).module()
    fixed.training = True
    with evaluating(fixed):
        assert not fixed.training
