"""Rules that look at several courses at once; each row counts what is known up to its iteration."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....compute.names import isolated
from ...findings.compute import Remedy as Advice
from .images import ImagesCourse
from .judge import BURN_IN, Floats, held, severity, stretches
from .sign import Kind, Sign

_RISE, _LEAST, _RISE_FOR, _GAP = 0.1, 0.05, 8, 2.0

OVERFITTING = Kind(
    "overfitting",
    "images",
    "Training images are learned by heart",
    f"At {_RISE_FOR} validations in a row, the mean loss of images that are not trained on is at"
    f" least {_RISE:.0%} and {_LEAST:g} above its lowest so far, and {_GAP:g} times that of the"
    " training images, which has not risen since.",
    "predictions with scores of a validation set and of the training images (tracker.observe)",
    "Goodfellow et al. 2016, section 7.8; SageMaker Debugger, Overfit",
    Advice(
        "Stop at the lowest validation loss; augment the images, or decay the weights more.",
        "Goodfellow et al. 2016, Deep Learning, chapter 7",
        "https://www.deeplearningbook.org/contents/regularization.html",
    ),
    explains=("overtraining", "confusion_growing", "purity_falling", "classes_collapse"),
)


def overfitting(train: ImagesCourse, other: ImagesCourse, name: str) -> Iterator[Sign]:
    """Where the training images' loss falls and another set's rises.

    Args:
        train: The images that are trained on.
        other: Those that are not.
        name: How that set is called.
    """
    steps = other.steps
    loss, own = other.loss.values, train.loss.values[:, 0]
    if not len(own) or len(loss) < BURN_IN + _RISE_FOR:
        return
    with np.errstate(invalid="ignore", divide="ignore"):
        best = np.fmin.accumulate(loss)
        rise = np.minimum((loss / np.maximum(best, 1e-3) - 1) / _RISE, (loss - best) / _LEAST)
        # The last observation of the training images before each validation.
        at = np.searchsorted(train.steps, steps, side="right") - 1
        known = np.where(at >= 0, own[np.maximum(at, 0)], np.nan)
        lowest_at = np.maximum.accumulate(np.where(loss == best, np.arange(len(loss))[:, None], 0))
        at_lowest = known[lowest_at[:, 0]]
        gap = np.where(known <= at_lowest, loss[:, 0] / np.maximum(known, 1e-3), 0)
    times: Floats = np.zeros(len(steps))
    for row in range(BURN_IN + _RISE_FOR - 1, len(steps)):
        rises = float(held(rise, row, _RISE_FOR)[0])
        apart = float(held(gap[:, None], row, _RISE_FOR)[0]) / _GAP
        times[row] = max(0.0, min(rises, apart))
    for first, last, most in stretches(times):
        lowest = int(lowest_at[first, 0])
        yield Sign(
            OVERFITTING,
            steps[first],
            steps[last],
            severity(most),
            f"The loss of {name} was lowest at {steps[lowest]:,}, {loss[lowest, 0]:.3g}, and is"
            f" {loss[last, 0]:.3g}; that of the training images is {known[last]:.3g}."
            f"{_classes(other, lowest, last)}",
            image_set=name,
        )


def _classes(other: ImagesCourse, lowest: int, last: int) -> str:
    """Which classes it is mostly."""
    rise = other.losses.values[last] - other.losses.values[lowest]
    order = np.argsort(np.nan_to_num(-rise, nan=np.inf))[:3]
    names = [other.images.class_names[c] for c in order.tolist() if rise[c] > 0]
    return f" Mostly {', '.join(map(isolated, names))}." if names else ""
