"""What other rules say of the same logs: SentryCam's, early stopping, SageMaker Debugger's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.images.records import IMAGE_SETS
from tensorboard_plugin_deeptracker.features.layers.compute import node_statistics
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, MODEL
from tensorboard_plugin_deeptracker.features.map.compute import read_representations
from tensorboard_plugin_deeptracker.features.map.records import REPRESENTATIONS
from tensorboard_plugin_deeptracker.features.signs.compute.images import ImagesCourse
from tensorboard_plugin_deeptracker.index.run import Snapshot
from tensorboard_plugin_deeptracker.index.scalars import scalars

Floats = NDArray[np.float64]
# SentryCam's notebook.
_EPOCHS, _STEP, _LAST, _BURN_IN = 2, 0.2, 10, 5
# What is usual.
_PATIENCE = 10
# SageMaker Debugger's published defaults.
_GRADIENT = 1e-7
_RATIOS = (1e-8, 10.0)
_UNCHANGED_FOR, _UNCHANGED = 3, 1e-5
_NOT_DECREASING, _DECREASE = 10, 0.001
_OVERFIT = 0.1
_TRAIN_PATIENCE, _VALIDATION_PATIENCE, _DELTA = 5, 10, 0.01
_IMBALANCE = 10.0


@dataclass(frozen=True)
class Courses:
    """A finished run.

    Attributes:
        snapshot: Its log.
        validation: Its validation images.
        train: Those that it was trained on.
    """

    snapshot: Snapshot
    validation: ImagesCourse
    train: ImagesCourse | None


def sentrycam(run: Courses) -> Mapping[str, int]:
    """First step of its alert, on the first two principal components.

    Within classes the variance rises, or the mean distance of the classes' centres falls, for two
    records, the last step by more than 0.2 standard deviations of the last ten; burn-in 5.
    """
    snapshot = run.snapshot
    images = snapshot.of(IMAGE_SETS)
    assert images is not None
    within, apart, steps = [], [], snapshot.steps(REPRESENTATIONS).tolist()
    for record in snapshot.of(REPRESENTATIONS):
        places = read_representations(record).components.astype(np.float64)
        fine = np.isfinite(places).all(axis=1)
        own = [places[fine & (images.labels == c)] for c in range(len(images.class_names))]
        own = [each for each in own if len(each)]
        if not own:
            break
        centers = np.stack([each.mean(axis=0) for each in own])
        within.append(float(np.mean([each.var(axis=0).sum() for each in own])))
        distances = np.linalg.norm(centers[:, None] - centers[None], axis=2)
        apart.append(float(distances[np.triu_indices(len(own), 1)].mean()))
    for values in (np.array(within), -np.array(apart)):
        changes = np.diff(values)
        for row in range(_BURN_IN + _EPOCHS, len(values)):
            last = changes[row - _EPOCHS : row]
            deviation = values[max(0, row - _LAST) : row].std()
            if (last > 0).all() and last[-1] > _STEP * deviation:
                return {"SentryCam": int(steps[row])}
    return {}


def early_stopping(run: Courses) -> Mapping[str, int]:
    """Where the validation loss has had no new minimum for ten validations."""
    row = _no_new_minimum(run.validation.loss.values[:, 0], _PATIENCE)
    return {} if row is None else {"early stopping": run.validation.steps[row]}


def sagemaker(run: Courses) -> Mapping[str, int]:
    """First steps of the rules whose data the log has, with the published thresholds."""
    found: dict[str, int] = {}
    snapshot = run.snapshot
    model = snapshot.of(MODEL)
    steps = snapshot.steps(DUMPS).tolist()
    if model is not None and steps:
        rows = [i for i, node in enumerate(model.nodes) if node.layer is not None]
        sizes = np.array([np.prod(each.weight_shape) for each in model.layers])
        order = np.array([model.nodes[i].layer for i in rows])

        def values(name: str) -> Floats:
            position = model.statistics.index(name)
            every = node_statistics(snapshot, model, position, 0, len(model.nodes))[rows]
            return every.astype(np.float64)

        gradient = values("gradient_l1") / sizes[order][:, None]
        ratio = values("update_ratio")
        finite = np.isfinite(values("weight_max"))
        still = ratio < _UNCHANGED
        unchanged = np.zeros_like(still)
        for back in range(_UNCHANGED_FOR):
            unchanged[:, _UNCHANGED_FOR:] |= ~still[
                :, _UNCHANGED_FOR - back : still.shape[1] - back
            ]
        unchanged[:, _UNCHANGED_FOR:] = ~unchanged[:, _UNCHANGED_FOR:]
        for name, holds in (
            ("VanishingGradient", gradient < _GRADIENT),
            ("ExplodingTensor", ~finite),
            ("WeightUpdateRatio", (ratio < _RATIOS[0]) | (ratio > _RATIOS[1])),
            ("UnchangedTensor", unchanged),
        ):
            at = np.flatnonzero(holds.any(axis=0))
            if len(at):
                found[name] = int(steps[at[0]])
    loss = scalars(snapshot).get("train/loss")
    if loss is not None:
        values_, at_steps = loss.values, loss.steps
        for row in range(_NOT_DECREASING, len(values_)):
            if not values_[row] < (1 - _DECREASE) * values_[row - _NOT_DECREASING]:
                found["LossNotDecreasing"] = int(at_steps[row])
                break
    found.update(_of_sets(run))
    return found


def _of_sets(run: Courses) -> Mapping[str, int]:
    found: dict[str, int] = {}
    train, validation = run.train, run.validation
    if train is None or not len(train.loss):
        return found
    sizes = train.images.class_sizes
    if sizes.max() / max(1, sizes.min()) > _IMBALANCE:
        found["ClassImbalance"] = train.steps[0]
    at = np.searchsorted(train.steps, validation.steps, side="right") - 1
    own, loss = train.loss.values[:, 0], validation.loss.values[:, 0]
    for row in np.flatnonzero(at >= 0).tolist():
        if loss[row] - own[at[row]] > _OVERFIT * own[at[row]]:
            found["Overfit"] = validation.steps[row]
            break
    no_better = _no_new_minimum(loss, _VALIDATION_PATIENCE, _DELTA)
    if no_better is not None:
        found["Overtraining"] = validation.steps[no_better]
    return found


def _no_new_minimum(loss: Floats, patience: int, delta: float = 0.0) -> int | None:
    best, since = np.inf, 0
    for row, value in enumerate(loss.tolist()):
        if value < best - delta:
            best, since = value, 0
        else:
            since += 1
            if since >= patience:
                return row
    return None
