"""Reading what a run logged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.images.records import IMAGE_SETS
from tensorboard_plugin_deeptracker.features.validation.compute import predictions
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tensorboard_plugin_deeptracker.index.run import Snapshot
from tests.logs import open_run


def only_run(logdir: Path) -> Path:
    (run,) = logdir.iterdir()
    return run


def snapshot(run: Path) -> Snapshot:
    reader = open_run(run, run.name)
    reader.refresh()
    assert reader.snapshot.problems == ()
    return reader.snapshot


def class_error_rates(log: Snapshot) -> NDArray[np.float64]:
    """float64[validations, classes]"""
    images = log.of(IMAGE_SETS)
    assert images is not None
    wrong = predictions(log.of(VALIDATIONS), len(images.labels)) != images.labels
    return np.stack(
        [wrong[:, images.labels == c].mean(1) for c in range(len(images.class_names))], axis=1
    )
