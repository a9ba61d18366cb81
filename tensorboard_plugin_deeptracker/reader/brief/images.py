"""An image of a run, in short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..run import Run
from .bounds import TOP, Bounded, about, finite, image_set_of, name_of


def image(
    run: Run, identifier: str | int, image_set: str | None = None, top: int = TOP
) -> dict[str, Any]:
    """What became of an image: what it was predicted as when, and its scores.

    Args:
        run: The run.
        identifier: The image's identifier.
        image_set: Of which one; `validation`, or the only one there is, if None.
        top: How many stretches of equal predictions at most, the last ones.

    Raises:
        NotFoundError: There is no such image.
    """
    own, bounded = image_set_of(run, image_set), Bounded(top)
    names = run.class_names(own)
    scores = run.image_scores(image_set=own, id=identifier, history="yes")
    label = int(scores.label[0])
    assert scores.predicted is not None
    stretches = _stretches(scores.steps.tolist(), scores.predicted[0], names, label)
    # The last ones count: how it ended.
    last = bounded.first("predictions", stretches[::-1])[::-1]

    def step(position: int) -> int | None:
        return int(scores.steps[position]) if position >= 0 else None

    return {
        **about(run, own),
        "id": scores.ids[0],
        "class": name_of(names, label),
        "row": int(scores.row[0]),
        "learned_at": step(int(scores.learned_at[0])),
        "settled_at": step(int(scores.settled_at[0])),
        "observed": int(scores.observed[0]),
        "right": int(scores.right[0]),
        "flips": int(scores.flips[0]),
        "forgotten": int(scores.forgotten[0]),
        "margin": finite(scores.margin[0]),
        "confidence": finite(scores.confidence[0]),
        "variability": finite(scores.variability[0]),
        "suspicion": finite(scores.suspicion[0]),
        "second": name_of(names, int(scores.second[0])),
        "predictions": last,
        **bounded.end("--top N; all: deeptracker export RUN image_scores id=ID history=yes"),
    }


def _stretches(
    steps: Sequence[int], predicted: np.ndarray[Any, Any], names: Sequence[str], label: int
) -> list[dict[str, Any]]:
    """Validations in a row at which the image was predicted as the same class."""
    if not len(predicted):
        return []
    starts = [0, *(np.flatnonzero(np.diff(predicted)) + 1).tolist()]
    ends = [*starts[1:], len(predicted)]
    return [
        {
            "predicted": name_of(names, int(predicted[first])),
            "right": None if predicted[first] < 0 else bool(predicted[first] == label),
            "first_step": steps[first],
            "last_step": steps[end - 1],
            "validations": end - first,
        }
        for first, end in zip(starts, ends, strict=True)
    ]
