"""Inputs that are kept on the model's device give what those that are read again give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset
from torch.utils.data import Sampler as AnySampler

from tensorboard_plugin_deeptracker.features.validation.log import kept_of
from tensorboard_plugin_deeptracker.summary.evaluation import Evaluation, evaluate
from tensorboard_plugin_deeptracker.summary.inputs import KeptInputs

IMAGES = 23
BYTES = IMAGES * (12 * 4 + 8)


class Images(Dataset[Any]):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.pixels = torch.rand(IMAGES, 12, generator=torch.Generator().manual_seed(0))
        self.asked = 0

    def __len__(self) -> int:
        return IMAGES

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        self.asked += 1
        return self.pixels[index], index % 3


class Writes(nn.Linear):
    """Normalises its inputs where they are."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.sub_(0.5))


def model(kind: type[nn.Linear] = nn.Linear) -> nn.Module:
    torch.manual_seed(1)
    return kind(12, 3)


def assert_same(found: Evaluation, expected: Evaluation) -> None:
    for name in ("ids", "labels", "predicted", "not_finite", "kept"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)
    assert torch.equal(found.example, expected.example)


@pytest.mark.parametrize("kind", [nn.Linear, Writes])
@pytest.mark.parametrize("at_most", [BYTES, BYTES - 1])
def test_they_are_read_once_if_they_fit(kind: type[nn.Linear], at_most: int) -> None:
    data, inputs, network = Images(), KeptInputs(at_most), model(kind)
    loader = DataLoader(data, 5)
    asked = []
    for _ in range(3):
        assert_same(
            evaluate(network, loader, keep=kept_of, inputs=inputs),
            evaluate(model(kind), DataLoader(Images(), 5), keep=kept_of),
        )
        asked.append(data.asked)
    once = at_most == BYTES and kind is nn.Linear
    assert asked == ([IMAGES] * 3 if once else [IMAGES, 2 * IMAGES, 3 * IMAGES])


def test_what_is_written_to_later_is_read_again() -> None:
    data, inputs, network = Images(), KeptInputs(BYTES), model()
    loader = DataLoader(data, 5)
    first = evaluate(network, loader, keep=kept_of, inputs=inputs)
    first.example.zero_()
    for _ in range(2):
        found = evaluate(network, loader, keep=kept_of, inputs=inputs)
        assert_same(found, evaluate(network, DataLoader(Images(), 5), keep=kept_of))
    assert data.asked == 2 * IMAGES


def test_other_images_are_read() -> None:
    data, inputs = Images(), KeptInputs(BYTES)
    for part in (range(20), range(20), range(3, 23), range(20)):
        loader = DataLoader(Subset(data, list(part)), 5)
        chosen = DataLoader(data, 5, sampler=list(part))
        found = evaluate(model(), chosen, keep=kept_of, inputs=inputs)
        np.testing.assert_array_equal(
            found.predicted, evaluate(model(), loader, keep=kept_of).predicted
        )
        np.testing.assert_array_equal(found.ids, part)
    # Four times by the loaders of subsets; of the others, the second time nothing is asked.
    assert data.asked == (4 + 3) * 20


def test_an_evaluation_that_failed_leaves_nothing_behind() -> None:
    data, inputs = Images(), KeptInputs(BYTES)

    def fails(network: nn.Module, x: Tensor) -> Tensor:
        if len(x) < 5:
            raise RuntimeError("the last batch")
        y: Tensor = network(x)
        return y

    with pytest.raises(RuntimeError, match="the last batch"):
        evaluate(model(), DataLoader(data, 5), fails, inputs=inputs)
    found = evaluate(model(), DataLoader(data, 5), keep=kept_of, inputs=inputs)
    assert_same(found, evaluate(model(), DataLoader(Images(), 5), keep=kept_of))


def test_loaders_processes_share_no_memory_with_what_is_kept() -> None:
    """It is a file for each tensor, and of files a process has few."""
    inputs, loader = KeptInputs(BYTES), DataLoader(Images(), 5, num_workers=1)
    for _ in range(2):
        assert_same(
            evaluate(model(), loader, keep=kept_of, inputs=inputs),
            evaluate(model(), DataLoader(Images(), 5), keep=kept_of),
        )
    batches = list(inputs.read((), np.arange(IMAGES), torch.device("cpu")))
    assert len(batches) == 5
    assert not any(x.is_shared() or y.is_shared() for x, y in batches)


def test_images_that_no_sampler_names_are_read_each_time() -> None:
    class Nameless(AnySampler[Any]):
        """Yields what are no positions."""

        def __iter__(self) -> Any:
            return iter(map(str, range(IMAGES)))

    class ByText(Images):
        def __getitem__(self, index: Any) -> tuple[Tensor, int]:
            return super().__getitem__(int(index))

    data, inputs = ByText(), KeptInputs(BYTES)
    for _ in range(2):
        evaluate(model(), DataLoader(data, 5, sampler=Nameless()), inputs=inputs)
    assert data.asked == 2 * IMAGES
