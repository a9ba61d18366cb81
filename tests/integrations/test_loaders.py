"""Validation loaders as people have them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    IterableDataset,
    SequentialSampler,
    Subset,
    TensorDataset,
)

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker
from tensorboard_plugin_deeptracker.summary.loading import identified

from ..summary.reading import read_log
from .problem import ALL, TRAINING, Digits, network, predictions, seed
from .tracked import VALIDATION, by_image, validation_loader


class Classifier(nn.Module):
    """As Hugging Face's are called: by keywords, with an output that has logits."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = network()

    def forward(self, *, pixel_values: Tensor) -> Any:
        return type("Output", (), {"logits": self.layers(pixel_values)})


def collate(items: list[tuple[Tensor, int]]) -> dict[str, Tensor]:
    images, labels = zip(*items, strict=True)
    return {"pixel_values": torch.stack(images), "labels": torch.tensor(labels)}


class Stream(IterableDataset[Any]):
    def __iter__(self) -> Iterator[Any]:
        return iter([VALIDATION[i] for i in range(len(VALIDATION))])


LOADERS = {
    "a list of batches": [(torch.stack([VALIDATION[i][0] for i in range(44)]), VALIDATION.labels)],
    "an iterable dataset": DataLoader(Stream(), batch_size=10),
    "dictionaries": validation_loader(collate_fn=collate),
}


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
def test_loaders_of_all_kinds(tmp_path: Path, loader: Any) -> None:
    seed()
    model = network()
    wrapped = Classifier() if getattr(loader, "collate_fn", None) is collate else model
    wrapped.load_state_dict(
        {name: model.state_dict()[name.removeprefix("layers.")] for name in wrapped.state_dict()}
    )
    with SummaryWriter(tmp_path) as writer:
        Tracker(writer, wrapped, loader).log(7)
    assert by_image(read_log(tmp_path), 7) == predictions(model, VALIDATION)


class Forever:
    """As timm's and Ultralytics' loaders, whose batch sampler never ends, so that workers live."""

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler

    def __iter__(self) -> Iterator[list[int]]:
        while True:
            yield from self.sampler


class Sized(Digits):
    """Images that are asked for with a size, before or behind the position."""

    def __init__(self, place: int) -> None:
        super().__init__(TRAINING, ALL)
        self.place = place

    def __getitem__(self, index: Any) -> tuple[Tensor, int]:
        return super().__getitem__(index[self.place])


@pytest.mark.parametrize("place", [0, 1])
def test_samplers_that_choose_a_size_too(tmp_path: Path, place: int) -> None:
    positions = reversed(range(len(VALIDATION)))
    batch = [(i, 8) if place == 0 else (8, i) for i in positions]
    model = network()
    with SummaryWriter(tmp_path) as writer:
        loader = DataLoader(Sized(place), batch_sampler=[batch[:30], batch[30:]])
        Tracker(writer, model, loader).log(0)
    assert by_image(read_log(tmp_path), 0) == predictions(model, VALIDATION)


class Reused(DataLoader[Any]):
    """As timm's `MultiEpochsDataLoader` and Ultralytics' `InfiniteDataLoader` do it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(VALIDATION, 16, **options)
        self.batches = self.batch_sampler
        object.__setattr__(self, "batch_sampler", Forever(self.batches))
        self.iterator: Any = None

    def __len__(self) -> int:
        return len(self.batches)  # type: ignore[arg-type]

    def __iter__(self) -> Any:
        if self.iterator is None:
            self.iterator = super().__iter__()
        for _ in range(len(self)):
            yield next(self.iterator)


READ: dict[str, Callable[[], DataLoader[Any]]] = {
    "shuffled": lambda: validation_loader(shuffle=True),
    "without end": lambda: Reused(shuffle=False),
    "shuffled, without end": lambda: Reused(shuffle=True),
}


@pytest.mark.parametrize("name", READ)
def test_loaders_are_read_once_in_the_datasets_order(tmp_path: Path, name: str) -> None:
    model = network()
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, model, READ[name](), every=1)
        tracker.step(0)
        tracker.step(1)
    logged = read_log(tmp_path)
    assert by_image(logged, 0) == by_image(logged, 1) == predictions(model, VALIDATION)


def test_samplers_that_never_end_are_refused(tmp_path: Path) -> None:
    batches = BatchSampler(range(len(VALIDATION)), 16, drop_last=False)
    endless = DataLoader(VALIDATION, batch_sampler=Forever(batches))
    with SummaryWriter(tmp_path) as writer, pytest.raises(ValueError, match="never ends"):
        Tracker(writer, network(), endless).log(0)


class Augmented(Digits):
    """Noise from a generator of its own."""

    def __init__(self) -> None:
        super().__init__(TRAINING, ALL)
        self.transform = [torch.Generator().manual_seed(3)]

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image, label = super().__getitem__(index)
        return image + torch.randn(image.shape, generator=self.transform[0]), label


def test_generators_of_the_dataset_are_not_advanced(tmp_path: Path) -> None:
    dataset = Augmented()
    before = dataset.transform[0].get_state()
    with SummaryWriter(tmp_path) as writer:
        part: Subset[Any] = Subset(ConcatDataset([dataset]), range(20))
        loader = DataLoader(part, batch_size=10)
        Tracker(writer, network(), loader, images=dataset.images[:20]).log(0)
    assert torch.equal(dataset.transform[0].get_state(), before)


@pytest.mark.parametrize("fails", [False, True])
def test_accelerate_accumulates_as_without(tmp_path: Path, fails: bool) -> None:
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
    training = accelerator.prepare(validation_loader(batch_size=5))
    validation = accelerator.prepare(validation_loader())
    calls = 0

    def predict(model: nn.Module, x: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        if fails and calls == 8:
            raise OSError("in the middle of a pass")
        scores: Tensor = model(x)
        return scores

    def steps(tracker: Tracker | None) -> list[bool]:
        """Where the optimizer is to step."""
        found = []
        for step, (x, _) in enumerate(training):
            with accelerator.accumulate(model):
                model(x)
                found.append(bool(accelerator.sync_gradients))
                if tracker is not None:
                    tracker.step(step)
        return found

    model = network()
    without = steps(None)
    assert without == [False, True, False, True, False, True, False, True, True]
    with SummaryWriter(tmp_path) as writer, warnings.catch_warnings():
        warnings.simplefilter("error" if not fails else "ignore", RuntimeWarning)
        assert steps(Tracker(writer, model, validation, every=1, predict=predict)) == without
    assert accelerator.gradient_state.active_dataloader is None
    assert validation.iteration == 0


@given(st.integers(0, 12), st.integers(1, 5), st.booleans())
def test_images_in_order_are_known_without_reading_a_sampler(
    images: int, batch: int, drop_last: bool
) -> None:
    class Asked(SequentialSampler):
        """One of the user's own, which has to be asked."""

    data = TensorDataset(torch.zeros(images, 1))
    known, asked = (
        identified(DataLoader(data, batch, sampler=kind(data), drop_last=drop_last))[1]
        for kind in (SequentialSampler, Asked)
    )
    assert known is not None
    if asked is None:  # No image, no identifier.
        asked = np.empty(0, np.int64)
    np.testing.assert_array_equal(known, asked, strict=True)
