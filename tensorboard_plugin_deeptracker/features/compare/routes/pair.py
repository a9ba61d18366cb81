"""Two runs: what the second lost and won."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....http.answers import MAX_BYTES, Answer, check_size
from ....http.params import FRACTION, Parameter, Params
from ....http.route import PAIR, Route
from ....http.schema import INTEGER, NUMBER, STRING, Schema, array, nullable, obj
from ....index.run import Snapshot
from ...images.routes import IMAGE_SET
from ..compute import Changed, Counts, Run, alike, course, known_axes, pair, places, reached
from .shared import (
    ABOUT,
    AXIS,
    ID,
    ITERATION,
    SPAN_OF_RATE,
    STEPS_OF_TWO,
    about,
    asked,
    listed,
    or_none,
    span,
)

# About what an image of an answer takes as JSON.
_BYTES_OF_IMAGE = 160
_RATES = {"negative_flip_rate": "lost", "positive_flip_rate": "won", "churn": "churned"}

LEVEL = Parameter(
    "level",
    FRACTION,
    "the error rate at which a class is taken as learned; if not given, the larger one of the two"
    " at `steps`, which both have reached",
    "0.5",
    required=False,
)


def compare(
    snapshots: tuple[Snapshot, ...], params: Params, *, max_bytes: int = MAX_BYTES
) -> Answer:
    """What the second of two runs lost and won: classes, images, rates with intervals.

    Args:
        snapshots: Of the two runs.
        params: Of the request.
        max_bytes: See `check_size`.
    """
    axis = params.choice("axis")
    a, b = runs = asked(snapshots, params)
    found = pair(a, b)
    check_size(
        len(found.lost.images) + len(found.won.images),
        1,
        _BYTES_OF_IMAGE,
        "compare fewer",
        max_bytes,
    )
    at = [places(run.snapshot, axis, run.steps) for run in runs]
    level = params.fraction("level") if params.given("level") else None
    classes: dict[str, NDArray[Any] | Sequence[Any]] = {
        "class": a.alignment.classes,
        **_told(found.classes),
        "q": found.q,
        **_learned(runs, at, found.classes, level),
    }
    total = found.classes.total()
    together = listed({**_told(total), **_learned(runs, at, total, level)})[0]
    return Answer(
        {
            **about(runs, params.text("image_set")),
            "axis": axis,
            "axes": known_axes(snapshots),
            "weights": vars(alike(a, b)),
            **together,
            "classes": listed(classes),
            "images": _changed(runs, at, found.lost, "lost_at"),
            "won_images": _changed(runs, at, found.won, "won_at"),
        }
    )


def _told(counts: Counts) -> dict[str, NDArray[Any]]:
    """What an answer says of each class, or of all together."""
    told: dict[str, NDArray[Any]] = {
        "evaluated": counts.images,
        "error": np.moveaxis(counts.error, 0, -1),
        "lost": counts.lost,
        "won": counts.won,
        "ci": span(counts.difference),
        "p": counts.p,
        "by_chance": counts.by_chance,
    }
    for name, of in _RATES.items():
        rate, *ends = counts.of(of)
        told |= {name: rate, f"{name}_ci": span((ends[0], ends[1]))}
    return told


def _learned(
    runs: tuple[Run, ...],
    at: list[NDArray[np.float64]],
    counts: Counts,
    level: float | None,
) -> dict[str, NDArray[Any]]:
    """When each run's error rate was first at a level, and how much earlier the second's."""
    courses = [course(run) for run in runs]
    if len(counts.images) < len(runs[0].alignment.classes):
        courses = [each.overall() for each in courses]
    worse = np.max(counts.error, axis=0) if level is None else np.full(len(counts.images), level)
    # Single precision, as the error rates over time have.
    first = [reached(each.error, worse.astype(np.float32)) for each in courses]
    steps = [run.steps[np.maximum(own, 0)] for run, own in zip(runs, first, strict=True)]
    when = [
        np.where(own < 0, np.nan, where[np.maximum(own, 0)])
        for where, own in zip(at, first, strict=True)
    ]
    return {
        "learned": or_none(np.stack(steps), np.stack(first) >= 0).T,
        "earlier": when[0] - when[1],
    }


def _changed(
    runs: tuple[Run, ...], at: list[NDArray[np.float64]], found: Changed, name: str
) -> list[dict[str, Any]]:
    """The images that were lost or won, and since when."""
    alignment, images = runs[0].alignment, found.images
    since = zip(runs, at, found.since, strict=True)
    parted = [where[np.searchsorted(run.steps, steps)] for run, where, steps in since]
    said = found.predicted.T
    return listed(
        {
            "id": alignment.ids(images),
            "label": alignment.labels[images],
            name: or_none(found.since[1], found.before[1]),
            "parted_at": np.max(parted, axis=0),
            "predicted": or_none(said, said < len(alignment.classes)),
            "rows": np.stack([alignment.rows_of(i, images) for i in range(len(runs))], -1),
        }
    )


_RATE_FIELDS = {
    name: each for rate in _RATES for name, each in ((rate, NUMBER), (f"{rate}_ci", SPAN_OF_RATE))
}
_OF_IMAGES: Mapping[str, Schema] = {
    "evaluated": {"type": "integer", "description": "images evaluated in both"},
    "error": array(NUMBER, "error rate in each run, over these"),
    "lost": {"type": "integer", "description": "right in the first, wrong in the second"},
    "won": {"type": "integer", "description": "wrong in the first, right in the second"},
    "ci": array(NUMBER, "interval of 95 % of the second's error rate less the first's"),
    "p": {**NUMBER, "description": "McNemar's exact test"},
    "by_chance": {**NUMBER, "description": "negative flip rate if errors were independent"},
    **_RATE_FIELDS,
    "learned": array(ITERATION, "from when on each run's error rate was at most the level"),
    "earlier": {**NUMBER, "description": "by how much the second was earlier, on the axis"},
}


def _image(name: str) -> Schema:
    since = "iteration of the second run from which on it has been so; null: from the beginning"
    return obj(
        {
            "id": ID,
            "label": {"type": "integer", "description": "position of its class"},
            name: {**ITERATION, "description": since},
            "parted_at": {
                **NUMBER,
                "description": "from there on the axis, the runs have not agreed",
            },
            "predicted": array(
                nullable(INTEGER), "in each run; null: a class that not both runs have"
            ),
            "rows": array(INTEGER, "in each run's image set"),
        }
    )


_RESPONSE: Mapping[str, Schema] = {
    **ABOUT,
    "axis": STRING,
    "axes": array(STRING, "those that both runs can be put on"),
    "weights": obj(
        {
            "dumps": {
                "type": "integer",
                "description": "iterations at which both logged weights of the layers in common",
            },
            "alike": {
                "type": "integer",
                "description": "how many of them, from the first on, these are the same at",
            },
            "until": {**ITERATION, "description": "the last of these; null: there is none"},
        }
    ),
    **_OF_IMAGES,
    "classes": array(
        obj({"class": STRING, **_OF_IMAGES, "q": {**NUMBER, "description": "p, corrected"}}),
        "those that both runs have",
    ),
    "images": array(_image("lost_at"), "the images that were lost"),
    "won_images": array(_image("won_at"), "the images that were won"),
}

ROUTES = (
    Route(
        "/compare",
        compare,
        (IMAGE_SET, STEPS_OF_TWO, AXIS, LEVEL),
        obj(_RESPONSE),
        {},
        _RESPONSE,
        about=PAIR,
    ),
)
