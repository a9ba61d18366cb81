"""Reading what a run logged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tensorboard_plugin_deeptracker.index.queries import predictions

from tensorboard_plugin_deeptracker.index.run import Run, Snapshot


def only_run(logdir: Path) -> Path:
    (run,) = logdir.iterdir()
    return run


def snapshot(run: Path) -> Snapshot:
    reader = Run(run.name, run)
    reader.refresh()
    assert reader.snapshot.problems == ()
    return reader.snapshot


def class_error_rates(log: Snapshot) -> NDArray[np.float64]:
    """float64[validations, classes]"""
    assert log.validation_set is not None
    labels = log.validation_set.labels
    wrong = predictions(log.validations, len(labels)) != labels
    return np.stack(
        [wrong[:, labels == c].mean(1) for c in range(len(log.validation_set.class_names))], axis=1
    )
