"""What `add_validation_set` logs of the labels that it is given."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tensorboard_plugin_deeptracker import SummaryWriter
from tests.summary.reading import read_log

NAMES = ["cat", "dog", "eel"]


def test_images_that_do_not_count_are_left_out(tmp_path: Path) -> None:
    labels, ids = [2, -100, 0, -100, 2], ["e", "d", "c", "b", "a"]
    images = np.arange(5, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2)
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set(labels, NAMES, images, ids, ignore_label=-100)
        writer.add_predictions([0, 1, 2, 1, 2], 3)
        with pytest.raises(ValueError, match="the validation set has 5 images"):
            writer.add_predictions([0, 1, 2], 4)
    logged = read_log(tmp_path)
    (validation_set,) = logged.validation_sets
    assert validation_set.ids == ("c", "e", "a")
    assert validation_set.labels.tolist() == [0, 2, 2]
    assert logged.predicted[3].tolist() == [2, 0, 2]
    shown = [Image.open(io.BytesIO(logged.images[row])).getpixel((0, 0)) for row in range(3)]
    assert shown == [2, 0, 4]
