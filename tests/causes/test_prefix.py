"""What comes before a change is not computed again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tensorboard_plugin_deeptracker.causes.changes import Change
from tensorboard_plugin_deeptracker.causes.experiment import predictions
from tensorboard_plugin_deeptracker.causes.patching import States, named_tensors
from tensorboard_plugin_deeptracker.causes.preparing import patchable_of

from .networks import CLASSES, KINDS, images, loader, trained


class Counting(nn.Conv2d):
    computed = 0

    def forward(self, x: Tensor) -> Tensor:
        self.computed += 1
        return super().forward(x)


def block(channels: int) -> nn.Module:
    return nn.Sequential(
        Counting(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU(inplace=True)
    )


def changes_of(
    model: nn.Module, layers: list[str], batches: Iterable[Any] | None = None
) -> list[Change]:
    patchable = patchable_of(model, loader() if batches is None else batches, None)
    values = {
        name: each + 1 if each.is_floating_point() else each
        for name, each in named_tensors(model).items()
    }
    states = States(model, values)
    return [Change(patchable.patch({name: np.array([0, 1])}, states.before)) for name in layers]


def test_only_what_a_change_reaches_is_computed() -> None:
    model = nn.Sequential(
        Counting(1, 4, 1), block(4), block(4), block(4), nn.Flatten(), nn.Linear(4 * 36, CLASSES)
    ).eval()
    with torch.no_grad():
        changes = changes_of(model, ["3.0", "5", "0", "1.0", "3.0"])
        convolutions = [each for each in model.modules() if isinstance(each, Counting)]
        before = [each.computed for each in convolutions]
        predictions(model, loader(96), changes)
    # Five times without a change: a look at a few images, the same with their channels side by
    # side, twice to note what is there, and all; on the few each of the four changes whole; and
    # then each that reaches it, on the few and all, as does the layer itself with all of its
    # filters changed, however many changes it has.
    computed = [each.computed - count for each, count in zip(convolutions, before, strict=True)]
    assert computed == [5 + 4 + 2 * 1, 5 + 4 + 2 * 2, 5 + 4 + 2 * 2, 5 + 4 + 2 * 3]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("memory", [1, 1 << 15, 1 << 28])
def test_it_predicts_what_the_whole_model_predicts(kind: str, memory: int) -> None:
    model = trained(kind, steps=5).eval()
    pixels, labels = images().tensors

    def whole() -> Any:
        with torch.no_grad():
            output = model(pixels.clone())
        scores = output["logits"] if isinstance(output, dict) else output
        return scores.argmax(1).tolist()

    with torch.no_grad():
        layers = list(patchable_of(model, loader(), None).sizes)
        changes = changes_of(model, layers)
        batches = [(pixels[i : i + 32].clone(), labels[i : i + 32]) for i in range(0, 96, 32)]
        found = predictions(model, batches, changes, memory=memory)
        assert found.plain.tolist() == whole()
        assert found.labels.tolist() == labels.tolist()
        for change, row in zip(changes, found.changed, strict=True):
            assert change.patch is not None
            with change.patch.applied():
                assert row.tolist() == whole()


def test_what_hooks_make_of_a_layer_is_not_forgotten() -> None:
    model = nn.Sequential(block(1), nn.Conv2d(1, 4, 1), nn.Flatten(), nn.Linear(144, CLASSES))
    # Of its output with other numbers too, which is computed beside it.
    model[1].register_forward_hook(lambda _, __, output: output.flip(1))
    pixels, _ = images().tensors
    with torch.no_grad():
        (change,) = changes_of(model.eval(), ["1"])
        found = predictions(model, loader(), [change])
        assert found.plain.tolist() == model(pixels).argmax(1).tolist()
        with change.made():
            whole = model(pixels).argmax(1).tolist()
    assert found.changed[0].tolist() == whole != found.plain.tolist()


def test_inputs_of_any_form_are_taken() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(36, CLASSES)

        def forward(self, pixels: Tensor, scale: float) -> Any:
            return self.fc(pixels.flatten(1)) * scale

    model = Model().eval()
    pixels, labels = images().tensors
    batch: dict[str, Any] = {"pixels": pixels, "scale": 2.0, "labels": labels}
    with torch.no_grad():
        found = predictions(model, [batch], [])
    assert found.plain.tolist() == model(pixels, 2.0).argmax(1).tolist()
