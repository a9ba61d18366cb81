"""Iterations as users have them, and what happens where they do not go forwards."""

from __future__ import annotations

import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.summary.numbers import MAX_STEP, whole_step

from .reading import read_log

TYPES = [
    int,
    float,
    np.int32,
    np.float64,
    np.array,
    torch.tensor,
    lambda step: torch.tensor(float(step), dtype=torch.float64),
    lambda step: torch.tensor([step]),
    lambda step: np.array([[step]]),
]


@given(st.integers(0, 2**31 - 1), st.sampled_from(TYPES))
def test_whole_numbers_of_all_types_are_steps(step: int, kind: Any) -> None:
    found = whole_step(kind(step))
    assert (found, type(found)) == (step, int)


@pytest.mark.parametrize("step", [0, MAX_STEP - 1, MAX_STEP, float(MAX_STEP)])
def test_the_first_and_the_last_step(step: Any) -> None:
    assert whole_step(step) == int(step)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (None, "must be a whole number, got None"),
        ("7", "must be a whole number, got '7'"),
        (0.5, "must be a whole number, got 0.5"),
        (float("nan"), "must be a whole number, got nan"),
        (float("inf"), "must be a whole number, got inf"),
        (Fraction(3), "must be a whole number"),
        (torch.tensor(1.5), "must be a whole number"),
        (torch.tensor([1, 2]), "must be a whole number"),
        (np.array([]), "must be a whole number"),
        (-1, "must not be below 0, got -1: count iterations from 0"),
        (torch.tensor(-3), "must not be below 0, got -3"),
        (MAX_STEP + 1, "must be at most 2\\^53, got 9007199254740993: count iterations, not nano"),
        (2**63, "must be at most .*: count iterations, not nanoseconds"),
        (1e300, "must be at most .*: count iterations, not nanoseconds"),
    ],
)
def test_what_is_no_step_is_refused(tmp_path: Path, step: Any, message: str) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set([0, 1], ["a", "b"])
        with pytest.raises(ValueError, match=f"^global_step {message}"):
            writer.add_predictions([0, 1], step)
        with pytest.raises(ValueError, match=f"^global_step {message}"):
            writer.add_weights(nn.Linear(2, 2), step)
        writer.add_predictions([0, 1], 3)
    assert list(read_log(tmp_path).predicted) == [3]
    if step is not None:
        with pytest.raises(ValueError, match=f"^purge_step {message}"):
            SummaryWriter(tmp_path, purge_step=step)


def test_a_step_that_is_counted_up_in_place(tmp_path: Path) -> None:
    step = torch.tensor(0)
    with SummaryWriter(tmp_path) as writer, warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.add_validation_set([0, 1], ["a", "b"])
        for _ in range(4):
            writer.add_predictions([0, 1], step)
            writer.add_weights(nn.Linear(2, 2), step)
            step += 2
    logged = read_log(tmp_path)
    assert list(logged.predicted) == list(logged.filters) == [0, 2, 4, 6]


def test_a_step_that_is_not_after_the_last_ends_no_training(tmp_path: Path) -> None:
    """As where iterations begin again at each epoch: one warning for each method."""
    model = nn.Linear(2, 2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with SummaryWriter(tmp_path) as writer:
            writer.add_validation_set([0, 1], ["a", "b"])
            for epoch in range(3):
                for step in range(4 + epoch):
                    writer.add_weights(model, step)
                    writer.add_predictions([epoch, epoch % 2][:2] if epoch < 2 else [0, 0], step)
    logged = read_log(tmp_path)
    assert list(logged.filters) == list(logged.predicted) == [0, 1, 2, 3, 4, 5]
    # What came first stays.
    assert [predicted.tolist() for predicted in logged.predicted.values()] == [
        *[[0, 0]] * 4,
        [1, 1],
        [0, 0],
    ]
    messages = [str(warning.message) for warning in caught]
    assert [message.partition(":")[0] for message in messages] == [
        "global_step 0 of add_weights is not after the last one, 3",
        "global_step 0 of add_predictions is not after the last one, 3",
    ]
    assert all("epoch * len(loader) + batch" in message for message in messages)
    assert all(f"SummaryWriter({str(tmp_path)!r}, purge_step=0)" in each for each in messages)
    assert {warning.filename for warning in caught} == {__file__}


def test_a_resumed_writer_may_begin_anywhere(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, purge_step=np.float64(3)) as writer:
        writer.add_weights(nn.Linear(2, 2), 3)
    assert read_log(tmp_path).session.purge_step == 3
