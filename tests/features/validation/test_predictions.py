"""What `add_predictions` logs."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tensorboard_plugin_deeptracker import SummaryWriter
from tests.summary.reading import read_log

NAMES = ["cat", "dog", "eel"]


def test_classes_beyond_the_names_are_logged_as_they_are(tmp_path: Path) -> None:
    """A head may have more outputs than there are names; the first use of one ends nothing."""
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set([2, 0, 1, 0, 2], NAMES)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_predictions([0, 1, 2, -1, 0], 1)
        with pytest.warns(RuntimeWarning, match='Class 7 is .* 3 class_names.*"class 7"'):
            writer.add_predictions([7, 1, 2, 3, 0], 2)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_predictions([40_000, 1, 2, 3, 0], 3)
    logged = read_log(tmp_path)
    assert [logged.predicted[step].tolist() for step in (1, 2, 3)] == [
        [1, -1, 2, 0, 0],
        [1, 3, 2, 7, 0],
        [1, 3, 2, 40_000, 0],
    ]
