"""The thumbnails that are found without a search: those of the first record."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tensorboard_plugin_deeptracker.features.images.compute import (
    count_thumbnails,
    first_thumbnails,
    read_thumbnail,
    rows_of_first_thumbnails,
)
from tests.logs import SessionLog, open_run, png, small_validation_set


def test_they_are_those_of_the_first_record(tmp_path: Path) -> None:
    first, second = {7: png(7), 2: png(2), 11: png(11)}, {2: png(99), 3: png(3)}
    with SessionLog(tmp_path) as log:
        log.validation_set(small_validation_set(12))
        log.validation_set(small_validation_set(5), "train")
        for logged in (first, second):
            log.images(list(logged), list(logged.values()))
        log.images([4], [png(44)], "train")
    snapshot = open_run(tmp_path).snapshot
    assert rows_of_first_thumbnails(snapshot, "validation").tolist() == [7, 2, 11]
    assert rows_of_first_thumbnails(snapshot, "train").tolist() == [4]
    wanted = np.array([0, 2, 3, 11])
    found = first_thumbnails(snapshot, "validation", wanted, 10**6)
    assert found == {2: first[2], 11: first[11]}
    cut = first_thumbnails(snapshot, "validation", wanted, 10)
    assert cut == {2: first[2][:10], 11: first[11][:10]}
    assert first_thumbnails(snapshot, "train", wanted, 10) == {}
    # All of them are counted, and the last one of an image is shown.
    assert count_thumbnails(snapshot, "validation") == 5
    assert count_thumbnails(snapshot, "train") == 1
    shown = [read_thumbnail(snapshot, "validation", 12, row, 10**6) for row in range(12)]
    assert shown == [{**first, **second}.get(row) for row in range(12)]
    assert read_thumbnail(snapshot, "train", 5, 4, 10**6) == png(44)
    assert read_thumbnail(snapshot, "train", 5, 4, 10) == png(44)[:10]


def test_there_are_none(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.validation_set(small_validation_set(3))
    snapshot = open_run(tmp_path).snapshot
    assert rows_of_first_thumbnails(snapshot, "validation").tolist() == []
    assert first_thumbnails(snapshot, "validation", np.arange(3), 10) == {}
    assert count_thumbnails(snapshot, "validation") == 0
    assert read_thumbnail(snapshot, "validation", 3, 0, 10) is None


def test_rows_that_the_set_has_not_are_nobodys(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.validation_set(small_validation_set(3))
        log.images([0, -1, 3, 1], [png(each) for each in range(4)])
    snapshot = open_run(tmp_path).snapshot
    shown = [read_thumbnail(snapshot, "validation", 3, row, 10**6) for row in range(3)]
    assert shown == [png(0), png(3), None]
