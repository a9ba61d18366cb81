"""What error rates cost: little of a log of tiny validations, nothing of what cannot be sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.validation.compute import class_history, results
from tensorboard_plugin_deeptracker.http import answers
from tensorboard_plugin_deeptracker.index.record import Record
from tests.http.client import tab
from tests.logs import SessionLog, small_validation_set


def write(run: Path, classes: int, predicted: NDArray[np.int64]) -> None:
    """A log of validations of one image a class: int[validations, classes]."""
    with SessionLog(run) as log:
        log.validation_set(small_validation_set(*[1] * classes))
        for step, row in enumerate(predicted):
            log.validation(step, row.tolist(), classes + 1)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many validations were read together, each time."""
    sizes = []
    original = results.predictions

    def predictions(records: tuple[Record, ...], images: int) -> NDArray[Any]:
        sizes.append(len(records))
        return original(records, images)

    monkeypatch.setattr(class_history, "predictions", predictions)
    return sizes


def test_many_tiny_validations_are_worked_on_together(tmp_path: Path, read: list[int]) -> None:
    predicted = np.random.default_rng(0).integers(-1, 2, (5000, 1))
    write(tmp_path, 1, predicted)
    with tab(tmp_path) as opened:
        answer = opened.json("error_rates", run=".")
    expected = [None if one < 0 else one != 0 for one in predicted[:, 0].tolist()]
    assert answer["overall"] == answer["classes"][0] == expected
    assert read == [5000]


def test_large_ones_are_worked_on_in_parts(
    tmp_path: Path, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    predicted = np.random.default_rng(0).integers(-1, 4, (50, 3))
    write(tmp_path, 3, predicted)
    with tab(tmp_path) as opened:
        whole = (
            opened.json("error_rates", run="."),
            opened.json("anomalies", run=".", window=2, min_score=0),
        )
    monkeypatch.setattr(class_history.history, "__defaults__", (7 * 3,))
    with tab(tmp_path) as opened:
        parts = (
            opened.json("error_rates", run="."),
            opened.json("anomalies", run=".", window=2, min_score=0),
        )
    assert parts == whole
    assert read == [50, *[7] * 7, 1]


def test_what_cannot_be_sent_is_refused_before_it_is_read(
    tmp_path: Path, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 3, np.zeros((50, 3), np.int64))
    monkeypatch.setattr(answers, "MAX_BYTES", 3 * 50 * 4 - 1)
    with tab(tmp_path) as opened:
        message = opened.json("error_rates", 400, run=".")["error"]
        assert "3 rows of 50 steps" in message
        assert "class_stat" in message
        assert read == []
        monkeypatch.setattr(answers, "MAX_BYTES", 3 * 50 * 4)
        opened.json("error_rates", run=".")
    assert read == [50]
