"""Convolutions do the batch normalisation behind them, where nobody sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tensorboard_plugin_deeptracker.causes.calls import record, replaced
from tensorboard_plugin_deeptracker.causes.experiment import predictions
from tensorboard_plugin_deeptracker.causes.folding import folded

from .networks import CLASSES, images
from .test_prefix import changes_of


def network(bias: bool = True, affine: bool = True) -> nn.Sequential:
    torch.manual_seed(1)
    norm = nn.BatchNorm2d(8, affine=affine)
    for tensor in (*norm.parameters(), norm.running_mean, norm.running_var):
        assert tensor is not None
        tensor.data.uniform_(0.5, 2)
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, bias=bias), norm, nn.ReLU(), nn.Flatten(), nn.Linear(128, CLASSES)
    ).eval()


def pixels() -> Tensor:
    return images().tensors[0]


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("affine", [False, True])
def test_scores_are_the_same_but_for_rounding(bias: bool, affine: bool) -> None:
    model = network(bias, affine)
    with torch.no_grad():
        calls, _ = record(model, lambda: model(pixels()))
        forwards = folded(calls, 1)
        assert set(forwards) == {model[0], model[1]}
        for _ in range(2):
            exact = model.double()(pixels().double()).float()
            model.float()
            with replaced(forwards):
                torch.testing.assert_close(model(pixels()), exact, rtol=1e-5, atol=1e-5)
            # What changes a tensor changes the scores.
            model.get_parameter("0.weight").data[2] += 1
            model.get_buffer("1.running_var")[3] *= 4


@pytest.mark.parametrize(
    "spoil",
    [
        lambda model: model[0].register_forward_hook(lambda *_: None),
        lambda model: model[1].register_forward_pre_hook(lambda *_: None),
        lambda model: setattr(model[1], "forward", model[1].forward),
        lambda model: model[1].train(),
        lambda model: model.append(model[0]),
        lambda model: vars(model[1])["_buffers"].update(running_mean=None, running_var=None),
    ],
)
def test_what_others_see_is_left_as_it_is(spoil: Callable[[Any], object]) -> None:
    model = network()
    with torch.no_grad():
        calls, _ = record(model, lambda: model[:3](pixels()))
        assert folded(calls, 1)
        spoil(model)
        # A module that is called twice may be called with what has another meaning.
        calls, _ = record(model, lambda: [each(pixels()[:, :1]) for each in (model[:3], model[5:])])
        assert not folded(calls, 1)


def test_a_weight_that_takes_longer_to_scale_is_left_as_it_is() -> None:
    model = network()
    with torch.no_grad():
        calls, _ = record(model, lambda: model(pixels()[:1]))
    # 72 numbers in the weight, 128 in an output.
    assert folded(calls, 2.3)
    assert not folded(calls, 2.2)


def test_a_model_that_uses_what_the_convolution_returns_is_left_as_it_is() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8)
            self.fc = nn.Linear(128, CLASSES)
            self.norm.running_var = torch.full((8,), 9.0)
            self.norm.running_mean = torch.ones(8)

        def forward(self, x: Tensor) -> Any:
            x = self.conv(x)
            return self.fc((self.norm(x) + x).flatten(1))

    torch.manual_seed(0)
    model = Model().eval()
    with torch.no_grad():
        (change,) = changes_of(model, ["conv"])
        found = predictions(model, [images().tensors], [change])
        assert found.plain.tolist() == model(pixels()).argmax(1).tolist()
        with change.made():
            assert found.changed[0].tolist() == model(pixels()).argmax(1).tolist()
    assert "forward" not in vars(model.conv)
    assert "forward" not in vars(model.norm)
