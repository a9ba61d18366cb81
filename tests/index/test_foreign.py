"""Logs that follow the format, or nearly, but are not of our writer."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tensorboard_plugin_deeptracker.events import encode
from tensorboard_plugin_deeptracker.events.session import Session, encode_session
from tensorboard_plugin_deeptracker.features.images.records import (
    THUMBNAIL_ROWS_TAG,
    THUMBNAILS_TAG,
)
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, MODEL
from tensorboard_plugin_deeptracker.features.validation.records import PREDICTED_TAG, VALIDATIONS
from tensorboard_plugin_deeptracker.index.opening import LocalReader
from tensorboard_plugin_deeptracker.index.reading import columns
from tensorboard_plugin_deeptracker.index.record import DamagedRecordError
from tensorboard_plugin_deeptracker.index.run import Snapshot
from tests.logs import SessionLog, open_run, png, random_dump, small_model, small_validation_set

NETWORK = small_model(3, 2)
IMAGES = small_validation_set(2, 2)


def snapshot_of(path: Path) -> Snapshot:
    run = open_run(path)
    run.refresh(float("inf"))
    return run.snapshot


def validation_of_type(step: int, dtype: str) -> tuple[bytes, list[int]]:
    """A validation whose predictions have a type of their own."""
    predicted = np.array([step % 2, 1, -1, 0], dtype)
    return encode.event({PREDICTED_TAG: encode.array(predicted)}, step), predicted.tolist()


def write_validations(run: Path, types: list[str]) -> tuple[SessionLog, list[list[int]]]:
    with SessionLog(run) as log:
        log.validation_set(IMAGES)
        logged = [validation_of_type(step, dtype) for step, dtype in enumerate(types)]
        for payload, _ in logged:
            log.append(payload)
    return log, [predicted for _, predicted in logged]


def test_predictions_of_several_types_are_read_as_the_widest(tmp_path: Path) -> None:
    _, expected = write_validations(tmp_path, ["<i1", "<i4", "<i2", "<i1"])
    found = snapshot_of(tmp_path)
    assert found.problems == ()
    for start, stop in ((0, 4), (1, 3)):
        values = columns(found.of(VALIDATIONS), PREDICTED_TAG, start, stop)
        assert values.dtype == np.int32
        assert values.tolist() == [row[start:stop] for row in expected]


@pytest.mark.parametrize("types", [["<i1", "<i1"], ["<i4", "<i1"]])
def test_a_file_that_is_cut_off_while_it_is_read(
    tmp_path: Path, types: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log, _ = write_validations(tmp_path, types)
    validations = snapshot_of(tmp_path).of(VALIDATIONS)

    def cut(*_: object) -> None:
        os.truncate(log.path, log.offsets[-1] + 20)

    # It is called when the file has been opened.
    monkeypatch.setattr(LocalReader, "prefetch", cut)
    with pytest.raises(DamagedRecordError, match="ends within a record"):
        columns(validations, PREDICTED_TAG, 0, 4)


def test_what_a_session_may_say_only_once_is_told(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.images([0], [png(0)])
        for model in (NETWORK, NETWORK, small_model(4, 2)):
            log.model(model)
        for images in (IMAGES, IMAGES, small_validation_set(1, 2)):
            log.validation_set(images)
        log.append(encode_session(Session("second", 2.0, "tests", None)))
        numbers = encode.array(np.zeros(1, np.int32))
        log.append(encode.event({THUMBNAIL_ROWS_TAG: numbers, THUMBNAILS_TAG: numbers}))
        two = encode.array(np.zeros(2, np.int32))
        one_image = encode.strings([png(0)])
        log.append(encode.event({THUMBNAIL_ROWS_TAG: two, THUMBNAILS_TAG: one_image}))
        log.dump(0, *random_dump(NETWORK, 0))
        log.validation(0, [0, 0, 1, 1], 2)
    found = snapshot_of(tmp_path)
    assert (found.of(MODEL), len(found.of(DUMPS)), len(found.of(VALIDATIONS))) == (NETWORK, 1, 1)
    assert [problem.reason for problem in found.problems] == [
        "a record of images before any image set",
        "a second, other model in one session",
        "a second, other image set in one session",
        "a session record that is not the first of its file",
        "expected strings, found numbers",
        "'deeptracker/image_rows' is (dtype('int32'), (2,)), not (1,)",
    ]
