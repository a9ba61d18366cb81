"""What error rates cost: little of a log of tiny validations, nothing of what cannot be sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.compute.errors import InvalidQuestionError
from tensorboard_plugin_deeptracker.features.images.records import IMAGE_SETS, VALIDATION, ImageSet
from tensorboard_plugin_deeptracker.features.validation.compute import (
    class_history,
    history,
    results,
)
from tensorboard_plugin_deeptracker.http.answers import MAX_BYTES, check_size
from tensorboard_plugin_deeptracker.index.record import Record
from tests.http.client import limited, tab
from tests.logs import SessionLog, open_run, small_validation_set


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


def test_large_ones_are_worked_on_in_parts(tmp_path: Path, read: list[int]) -> None:
    predicted = np.random.default_rng(0).integers(-1, 4, (50, 3))
    write(tmp_path, 3, predicted)
    found = []
    for at_once in (1000, 7 * 3):
        snapshot = open_run(tmp_path).snapshot
        images = snapshot.of(IMAGE_SETS)
        assert images is not None
        found.append(history(snapshot, VALIDATION, images, at_once))
    whole, parts = found
    np.testing.assert_array_equal(parts.error_rates, whole.error_rates)
    np.testing.assert_array_equal(parts.overall, whole.overall)
    np.testing.assert_array_equal(parts.flips.correct, whole.flips.correct)
    assert whole.flips.evaluated is not None
    assert parts.flips.evaluated is not None
    np.testing.assert_array_equal(parts.flips.evaluated, whole.flips.evaluated)
    assert read == [50, *[7] * 7, 1]


@pytest.mark.parametrize(("max_bytes", "fits"), [(3 * 50 * 4, True), (3 * 50 * 4 - 1, False)])
def test_what_is_computed_has_a_bound(max_bytes: int, fits: bool) -> None:
    if fits:
        check_size(3, 50, 4, "ask for less", max_bytes)
    else:
        with pytest.raises(InvalidQuestionError, match=r"3 rows of 50 steps .*: ask for less"):
            check_size(3, 50, 4, "ask for less", max_bytes)


def test_what_cannot_be_sent_is_refused_before_it_is_read(tmp_path: Path, read: list[int]) -> None:
    names = tuple(map(str, range(200_000)))
    with SessionLog(tmp_path) as log:
        log.validation_set(ImageSet(names, np.zeros(1, np.int32), np.zeros(1, np.int64)))
        for step in range(MAX_BYTES // 4 // len(names) + 1):
            log.validation(step, [0], len(names))
    with tab(tmp_path) as opened:
        message = opened.json("error_rates", 400, run=".")["error"]
    assert f"200000 rows of {step + 1} steps" in message
    assert "class_stat" in message
    assert read == []


def test_results_that_cannot_be_sent_are_refused_before_they_are_read(tmp_path: Path) -> None:
    write(tmp_path, 3, np.zeros((16, 3), np.int64))
    # As arrays 3 x 16 x 2 bits, as JSON at least as many bytes.
    for most, fits in ((12, ["safetensors"]), (11, []), (96, ["safetensors", "json"])):
        with tab(tmp_path, questions=limited(max_bytes=most)) as opened:
            answers = {
                form: opened.get("results", run=".", format=form)
                for form in ("safetensors", "json")
            }
            assert [form for form, each in answers.items() if each.status_code == 200] == fits
            for each in answers.values():
                assert each.status_code == 200 or "class_image" in each.get_data(as_text=True)
