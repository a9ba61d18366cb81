"""Filters switched off, against the same done by hooks on a copy."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tensorboard_plugin_deeptracker import ablate
from tensorboard_plugin_deeptracker.causes import Draws

from .networks import KINDS, images, loader, trained

FEW = Draws(3, 3)
# The layer, its filters, the module at whose output they are, and on which axis.
CASES = {
    "residual": ("conv1", [1, 4, 6], "bn1", 1),
    "recurrent": ("step.linear", [0, 3], "step.linear", -1),
    "grouped": ("3", [2, 5, 7], "3", 1),
}


def predicted(model: nn.Module) -> Any:
    with torch.no_grad():
        return model(images().tensors[0].clone()).argmax(1)


@pytest.mark.parametrize("mode", ["zero", "mean"])
@pytest.mark.parametrize("kind", CASES)
def test_it_counts_what_a_hook_would_change(kind: str, mode: Any) -> None:
    layer, filters, module, axis = CASES[kind]
    model = trained(kind)
    before = copy.deepcopy(model.state_dict())
    (found,) = ablate(model, {"mine": {layer: filters}}, loader(), mode, draws=FEW)
    assert all(torch.equal(before[name], each) for name, each in model.state_dict().items())
    copied = KINDS[kind]().eval()
    copied.load_state_dict(before)
    labels = images().tensors[1]
    plain = predicted(copied) == labels
    outputs: list[Tensor] = []
    handle = copied.get_submodule(module).register_forward_hook(
        lambda _, __, output: outputs.append(output.movedim(axis, -1).flatten(0, -2))
    )
    predicted(copied)
    handle.remove()
    mean = torch.cat(outputs).double().mean(dim=0)[filters].float()

    def switch(_: nn.Module, __: Any, output: Tensor) -> Tensor:
        output = output.clone()
        output.movedim(axis, -1)[..., filters] = 0.0 if mode == "zero" else mean
        return output

    copied.get_submodule(module).register_forward_hook(switch)
    without = predicted(copied) == labels
    assert found.how == mode
    for i, (label, gained) in enumerate(zip(found.classes, found.to_right, strict=True)):
        cell = (labels == int(label)) & (plain != bool(gained))
        assert found.images[i] == cell.sum()
        assert found.changed[i] == (cell & (without != plain)).sum()
    assert found.images.sum() == len(labels)


def test_resampled_outputs_are_those_of_other_images() -> None:
    model = trained("residual")
    everything = {"all": {"conv0": list(range(8))}}
    (found,) = ablate(model, everything, loader(96), "resample", draws=FEW)
    # With all that an image is replaced by another's, it is predicted as that one.
    assert found.changed.sum() > 40
    assert np.array_equal(
        found.changed, ablate(model, everything, loader(96), "resample")[0].changed
    )


def test_a_class_that_hangs_on_a_filter_loses_its_images() -> None:
    """The filters are planted: each of four is on for one class alone."""
    model = nn.Sequential(nn.Conv2d(1, 8, 3, stride=3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 4))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.get_parameter("0.weight")[:4] = 1.0
        for place in range(4):
            # The filter's channel at its class's quarter of the picture.
            model.get_parameter("3.weight")[place, place * 4 + place] = 1.0
    groups = {str(i): {"0": [i]} for i in range(6)}
    found = ablate(model, groups, loader(), images_at_most=80, draws=Draws(5, 5))
    for i, effect in enumerate(found):
        assert effect.images.sum() == 80
        lost = {
            int(label): int(changed) / int(images)
            for label, right, changed, images in zip(
                effect.classes, effect.to_right, effect.changed, effect.images, strict=True
            )
            if not right
        }
        # Class 0 is also what is predicted of nothing.
        assert all((lost[label] > 0.7) == (label == i) for label in lost if label and i)
        if i >= 4:
            assert effect.changed.sum() == 0


def test_what_cannot_be_switched_off_is_refused() -> None:
    with pytest.raises(ValueError, match="mode must be 'zero', 'mean' or 'resample', got 'off'"):
        ablate(trained("grouped", 1), {"x": {"0": [0]}}, loader(), "off")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'attention.in_proj' is a MultiheadAttention"):
        ablate(trained("attention", 1), {"x": {"attention.in_proj": [0]}}, loader())
