"""Images are handed to convolutions in the order in memory that these are fastest with."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tensorboard_plugin_deeptracker.causes.experiment import Predictions, predictions
from tensorboard_plugin_deeptracker.causes.layout import are_close

from .networks import CLASSES, images
from .test_prefix import changes_of


class Model(nn.Module):
    """Notes the order in which it gets images."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc = nn.Linear(8 * 16, CLASSES)
        self.seen: list[bool] = []

    def forward(self, x: Tensor) -> Any:
        self.seen.append(x.is_contiguous(memory_format=torch.channels_last))
        return self.fc(self.flat(torch.relu(self.conv(x))))

    def flat(self, x: Tensor) -> Tensor:
        return x.flatten(1)


class Viewing(Model):
    """Takes no other order than the usual one."""

    def flat(self, x: Tensor) -> Tensor:
        return x.view(len(x), -1)


class ViewingMany(Model):
    """Takes no other order of more images than are looked at beforehand."""

    def flat(self, x: Tensor) -> Tensor:
        return x.view(len(x), -1) if len(x) > 2 else x.flatten(1)


class Reading(Model):
    """Reads numbers in the order in which they lie in memory."""

    def flat(self, x: Tensor) -> Tensor:
        return x.as_strided((len(x), x[0].numel()), (x[0].numel(), 1))


def tried(model: Model) -> tuple[Predictions, list[list[int]]]:
    """What is predicted, and what the whole model predicts."""
    pixels, labels = images().tensors
    pixels = pixels.repeat(1, 3, 1, 1) * torch.tensor([1.0, 0.5, -1.0])[:, None, None]
    batches = [(pixels[:50], labels[:50]), (pixels[50:], labels[50:])]
    with torch.no_grad():
        changes = changes_of(model.eval(), ["conv", "fc"], batches)
        model.seen.clear()
        found = predictions(model, batches, changes)
        seen = [*model.seen]
        rows = [model(pixels).argmax(1).tolist()]
        for change in changes:
            with change.made():
                rows.append(model(pixels).argmax(1).tolist())
        model.seen = seen
    return found, rows


@pytest.mark.parametrize(
    ("kind", "arranged"), [(Model, True), (Viewing, False), (ViewingMany, False), (Reading, False)]
)
def test_a_model_that_cannot_take_it_gets_the_usual_order(
    kind: type[Model], arranged: bool
) -> None:
    torch.manual_seed(0)
    model = kind()
    found, rows = tried(model)
    assert [found.plain.tolist(), *found.changed.tolist()] == rows
    # The last ones are of the images themselves.
    assert model.seen[-3:] == [arranged] * 3


def test_what_is_no_convolution_gets_the_usual_order() -> None:
    class Linear(Model):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Flatten()  # type: ignore[assignment]
            self.fc = nn.Linear(3 * 36, CLASSES)

    model = Linear().eval()
    pixels, labels = images().tensors
    with torch.no_grad():
        predictions(model, [(pixels.repeat(1, 3, 1, 1), labels)], [])
    assert not any(model.seen)


def test_scores_are_close_where_only_the_last_bits_differ() -> None:
    scores = torch.tensor([[3.0, -200.0], [float("nan"), float("inf")]])
    assert are_close(scores * (1 + 1e-6), scores)
    assert not are_close(scores + 0.1, scores)
    assert not are_close(scores.double(), scores)
    assert not are_close(scores[:1], scores)
    assert not are_close({"logits": scores}, scores)
    classes = torch.tensor([1, 2])
    assert are_close(classes, classes)
    assert not are_close(classes + 1, classes)
