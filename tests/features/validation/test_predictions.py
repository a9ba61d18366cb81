"""What `add_predictions` logs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
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


@pytest.mark.parametrize("kind", [int, str])
def test_predictions_of_some_images_in_any_order(
    tmp_path: Path, kind: Callable[[int], Any]
) -> None:
    """A loader that reads others each epoch: what is known of each image is what was evaluated."""
    names = [kind(each) for each in (10, 20, 30, 40)]
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set([1, 0, 1, 0], NAMES, ids=names)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_predictions([2, 1, 0, 0], 1)
            writer.add_predictions([0, 1], 2, ids=[names[3], names[0]])
        others = [kind(50), names[1], kind(60)]
        with pytest.warns(RuntimeWarning, match="2 of 3 images .* iteration 3 .* among the 4 of"):
            writer.add_predictions([0, 2, 1], 3, ids=others)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_predictions(np.array([0, 2]), 4, ids=others[::2])
        for ids, message in (([1], "1 ids for 2 predictions"), ([1, 1], "the id 1 is given 2")):
            with pytest.raises(ValueError, match=message):
                writer.add_predictions([0, 1], 5, ids=ids)
    logged = read_log(tmp_path)
    # By row: 20, 40, 10, 30.
    assert {step: row.tolist() for step, row in logged.predicted.items()} == {
        1: [1, 0, 2, 0],
        2: [-1, 0, 1, -1],
        3: [2, -1, -1, -1],
        4: [-1, -1, -1, -1],
    }
