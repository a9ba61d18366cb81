"""Labels in the forms in which people have them, and what is said of those that are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.summary.numbers import IGNORED, labels_of

CLASSES = st.lists(st.integers(0, 6), min_size=1, max_size=20)
FORMS: dict[str, Callable[[list[int]], Any]] = {
    "list": lambda labels: labels,
    "array": np.array,
    "bytes": lambda labels: np.array(labels, np.uint8),
    "a column": lambda labels: np.array(labels)[:, None],
    "a column of tensors": lambda labels: torch.tensor(labels)[:, None],
    "lists of one": lambda labels: [[label] for label in labels],
    "arrays of one": lambda labels: [np.array([label]) for label in labels],
    "tensors of one": lambda labels: [torch.tensor([label]) for label in labels],
    "scalars": lambda labels: [torch.tensor(label) for label in labels],
    "whole floats": lambda labels: torch.tensor(labels, dtype=torch.float32),
    "whole bfloat16": lambda labels: torch.tensor(labels, dtype=torch.bfloat16),
    "float columns": lambda labels: np.array(labels, np.float64)[:, None],
    "one-hot": lambda labels: np.eye(7, dtype=np.int64)[labels],
    "one-hot floats": lambda labels: torch.eye(7)[torch.tensor(labels)],
    "one-hot booleans": lambda labels: np.eye(7, dtype=np.bool_)[labels],
}


@pytest.mark.parametrize("form", FORMS)
@given(labels=CLASSES)
def test_whatever_the_form_the_labels_are_the_same(form: str, labels: list[int]) -> None:
    found = labels_of(FORMS[form](labels), "labels", classes=7)
    assert found.dtype == np.int64
    assert found.tolist() == labels


@pytest.mark.parametrize("labels", [[True, False, True], np.array([[True], [False], [True]])])
def test_booleans_are_two_classes(labels: Any) -> None:
    assert labels_of(labels, "labels", classes=2).tolist() == [1, 0, 1]


@pytest.mark.parametrize("form", ["array", "whole floats", "a column"])
@pytest.mark.parametrize("ignore", [-100, -1, 255])
def test_labels_that_do_not_count(form: str, ignore: int) -> None:
    labels = FORMS[form]([2, ignore, 0, ignore])
    assert labels_of(labels, "y", classes=3, ignore_label=ignore).tolist() == [
        2,
        IGNORED,
        0,
        IGNORED,
    ]


@pytest.mark.parametrize("classes", [3, None])
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (torch.full((4, 3), 1 / 3), r"float32 of shape \(4, 3\): these are soft labels.*argmax"),
        (np.array([[0.9, 0.1]]), r"float64 of shape \(1, 2\): these are soft labels"),
        (np.array([[1, 0, 1], [0, 1, 0]]), r"shape \(2, 3\): of y\[0\], 2 are 1"),
        (np.array([[0, 1], [0, 0]]), r"of y\[1\], 0 are 1"),
        (np.arange(6).reshape(2, 3), r"int64 of shape \(2, 3\): pass class numbers of shape \[n\]"),
        (torch.zeros(2, 8, 8).long(), r"shape \(2, 8, 8\): pass one class number for each"),
        (torch.tensor(3), r"shape \(\): pass one class number for each"),
        ([0, 1, 0.5], r"y\[2\] is 0.5, which is no class number"),
        ([0, float("nan")], r"y\[1\] is nan, which is no class number"),
        ([0, float("inf")], r"y\[1\] is inf"),
        (["cat", "dog"], r"<U3 of shape \(2,\): pass class numbers"),
        ([[0], [1, 2]], "object of shape"),
        ([0, -100, 2, -100], r"y\[1\] is -100.*marks images that do not count.*ignore_label=-100"),
        ([0, -1, -2], r"y\[1\] is -1.*expected a class from 0 (on|to 2)$"),
    ],
)
def test_what_is_no_label_is_named(labels: Any, message: str, classes: int | None) -> None:
    with pytest.raises(ValueError, match=message):
        labels_of(labels, "y", classes=classes)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 255, 1], r"y\[1\] is 255, but there are 3 class_names.*ignore_label=255"),
        ([1, 2, 3, 1], r"y\[2\] is 3, but there are 3 class_names.*begin at 1: pass labels - 1"),
        ([1, 2, 4], r"y\[2\] is 4, but there are 3 class_names: expected a class from 0 to 2"),
    ],
)
def test_labels_beyond_the_classes_are_named(labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        labels_of(labels, "y", classes=3)
    assert labels_of(labels, "y").tolist() == labels
