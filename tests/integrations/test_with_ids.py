"""Datasets whose items say which image they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import (
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
)

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker, WithIds

from ..summary.reading import read_log
from .observed import Labelled, images_of
from .problem import network


class Rows(Dataset[Any]):
    """Items as dictionaries."""

    targets = (0, 1, 2)

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"pixels": torch.full((2,), float(index)), "label": self.targets[index]}


class Named:
    names = ("a", "b", "c")


class Columns(Dataset[Any]):
    """As Hugging Face's: labels in a column, and a batch is read at once."""

    def __init__(self, columns: dict[str, list[int]]) -> None:
        self.columns = columns
        self.features = {name: Named() if name == "label" else None for name in columns}

    def with_format(self, kind: None) -> dict[str, list[int]]:
        assert kind is None
        return self.columns

    def __len__(self) -> int:
        return len(self.columns["label"])

    def __getitem__(self, index: int) -> dict[str, int]:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: list[int]) -> list[dict[str, int]]:
        return [{name: column[i] for name, column in self.columns.items()} for i in indices]


def datasets() -> dict[str, tuple[Any, list[int]]]:
    digits, tensors = Labelled(6), TensorDataset(torch.zeros(4, 2), torch.tensor([3, 1, 0, 1]))
    labels = digits.labels
    return {
        "dataset": (digits, labels),
        "subset": (Subset(digits, [4, 1]), [labels[4], labels[1]]),
        "joined": (ConcatDataset([digits, Subset(digits, [5])]), [*labels, labels[5]]),
        "tensors": (tensors, [3, 1, 0, 1]),
        "dictionaries": (Rows(), [0, 1, 2]),
        "columns": (Columns({"x": [0, 10, 20], "label": [2, 0, 1]}), [2, 0, 1]),
    }


@pytest.mark.parametrize("name", datasets())
@pytest.mark.parametrize("workers", [0, 2])
def test_items_say_which_they_are(tmp_path: Path, name: str, workers: int) -> None:
    dataset, labels = datasets()[name]
    ours = WithIds(dataset)
    assert len(ours) == len(labels)
    last, plain = ours[-1], dataset[len(labels) - 1]
    if isinstance(plain, dict):
        assert list(last) == [*plain, "ids"]
        assert (last["label"], last["ids"]) == (plain["label"], len(labels) - 1)
    else:
        assert last[-1] == len(labels) - 1
        assert len(last) == len(plain) + 1
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, network(), None)
        for batch in DataLoader(ours, batch_size=2, shuffle=True, num_workers=workers):
            ids = batch["ids"] if isinstance(batch, dict) else batch[-1]
            tracker.observe(ids, nn.functional.one_hot(ids, 8) * 5.0)
    logged = read_log(tmp_path, "train")
    images = images_of(logged)
    assert images.labels.tolist() == sorted(labels)
    assert [labels[i] for i in np.asarray(images.ids)] == sorted(labels)
    (predicted,) = logged.predicted.values()
    assert predicted.tolist() == np.asarray(images.ids).tolist()


def test_what_is_not_a_tuple_becomes_one() -> None:
    assert WithIds([5, 6])[1] == (6, 1)
    assert WithIds([[5], [6]])[0] == (5, 0)


def test_what_cannot_be_numbered_is_refused() -> None:
    class Stream(IterableDataset[int]):
        def __iter__(self) -> Iterator[int]:
            return iter([])

    dataset: Any
    for dataset in (Stream(), iter([])):
        with pytest.raises(ValueError, match="WithIds needs a dataset with a length"):
            WithIds(dataset)
    with pytest.raises(ValueError, match="an item has 'ids' already"):
        WithIds([{"ids": 3}])[0]
