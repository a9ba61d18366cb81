"""Classes and images of several runs over time, on an axis that the runs have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....http.answers import MAX_BYTES, Answer, check_size
from ....http.params import COUNT, TEXT, Parameter, Params, several
from ....http.route import RUNS, Route
from ....http.schema import INTEGER, NUMBER, STRING, Schema, Tensor, array, nullable, obj
from ....index.run import Snapshot
from ...histories.compute import predicted_over_time
from ...images.compute import row_of
from ...images.routes import IMAGE_SET
from ..compute import Grid, Run, by_name, course, grid, places
from .shared import ABOUT, AXIS, ID, STEPS_OF_RUNS, about, asked, or_none

_INSTEAD = "ask for fewer columns with max_columns"
_NO_IMAGE, _NOT_SHARED = -1, -2

MAX_COLUMNS = Parameter(
    "max_columns", COUNT, "how many places on the axis at most", "4", False, "1000"
)
IDS = Parameter(
    "ids", several(TEXT, 1, 500), "the first run's identifiers of some images", ("100", "99")
)


def classes_over_time(
    snapshots: tuple[Snapshot, ...], params: Params, *, max_bytes: int = MAX_BYTES
) -> Answer:
    """Error rates of some runs over time, of each class and over all images that all have.

    Args:
        snapshots: Of the runs.
        params: Of the request.
        max_bytes: See `check_size`.
    """
    runs = asked(snapshots, params)
    fields, columns = _columns(runs, params)
    names = runs[0].alignment.classes
    check_size(len(runs) * len(names), len(columns.at), 4, _INSTEAD, max_bytes)
    courses = [course(run) for run in runs]
    arrays = {
        "overall": np.stack(
            [columns.of(i, own.overall().error.T, np.nan)[0] for i, own in enumerate(courses)]
        ),
        "classes": np.stack([columns.of(i, own.error.T, np.nan) for i, own in enumerate(courses)]),
    }
    return Answer({**fields, "names": names, **arrays})


def images_over_time(
    snapshots: tuple[Snapshot, ...], params: Params, *, max_bytes: int = MAX_BYTES
) -> Answer:
    """What some runs predicted some images as, over time.

    Args:
        snapshots: Of the runs.
        params: Of the request.
        max_bytes: See `check_size`.
    """
    runs = asked(snapshots, params)
    fields, columns = _columns(runs, params)
    alignment = runs[0].alignment
    rows = np.array([row_of(alignment.sets[0], each) for each in params.texts("ids")])
    known = alignment.rows_of(0, np.arange(len(alignment.labels)))
    order = np.argsort(known)
    where = order[np.minimum(np.searchsorted(known, rows, sorter=order), len(order) - 1)]
    images = where[known[where] == rows]
    check_size(len(runs) * len(images), len(columns.at), 5, _INSTEAD, max_bytes)
    correct, predicted = [], []
    for run in runs:
        found = predicted_over_time(run.records, alignment.rows_of(run.number, images))
        result = np.where(found < 0, 2, found == run.labels(images)[:, np.newaxis])
        named = by_name([run], [found])[0]
        named = np.where(named < len(alignment.classes), named, _NOT_SHARED)
        correct.append(columns.of(run.number, result.astype(np.uint8), 2))
        predicted.append(columns.of(run.number, named.astype(np.int32), _NO_IMAGE))
    arrays = {"correct": np.stack(correct), "predicted": np.stack(predicted)}
    fields |= {"names": alignment.classes, "ids": alignment.ids(images)}
    fields["labels"] = alignment.labels[images].tolist()

    def json() -> Mapping[str, Any]:
        results = np.array([0, 1, None], object)[arrays["correct"].astype(np.intp)]
        return {**fields, "correct": results.tolist(), "predicted": arrays["predicted"]}

    return Answer({**fields, **arrays}, json)


def _columns(runs: tuple[Run, ...], params: Params) -> tuple[dict[str, Any], Grid]:
    """The common axis, and what an answer says of it."""
    axis = params.choice("axis")
    at = [places(run.snapshot, axis, run.steps) for run in runs]
    columns = grid(at, params.integer("max_columns"))
    held = [
        or_none(run.steps[np.maximum(own, 0)], own >= 0)
        for run, own in zip(runs, columns.validations, strict=True)
    ]
    fields = {
        **about(runs, params.text("image_set")),
        "axis": axis,
        "at": columns.at.tolist(),
        "validations": [each.tolist() for each in held],
    }
    return fields, columns


_FIELDS: Mapping[str, Schema] = {
    **ABOUT,
    "axis": STRING,
    "at": array(NUMBER, "places on the axis, ascending"),
    "validations": array(
        array(nullable(INTEGER)),
        "of each run, the iteration of the validation that holds at each place; null: none",
    ),
    "names": array(STRING, "of the classes that all runs have"),
}
_IMAGES: Mapping[str, Schema] = {
    **_FIELDS,
    "ids": array(ID),
    "labels": array(INTEGER, "positions of their classes"),
}

ROUTES = (
    Route(
        "/compare_classes",
        classes_over_time,
        (IMAGE_SET, STEPS_OF_RUNS, AXIS, MAX_COLUMNS),
        obj(
            {
                **_FIELDS,
                "overall": array(array(NUMBER), "a row a run"),
                "classes": array(array(array(NUMBER)), "of each run a row a class"),
            }
        ),
        {
            "overall": Tensor("float32", ("runs", "places")),
            "classes": Tensor("float32", ("runs", "classes", "places")),
        },
        _FIELDS,
        about=RUNS,
    ),
    Route(
        "/compare_images",
        images_over_time,
        (IDS, IMAGE_SET, STEPS_OF_RUNS, AXIS, MAX_COLUMNS),
        obj(
            {
                **_IMAGES,
                "correct": array(
                    array(array({"enum": [1, 0, None]})), "of each run a row an image"
                ),
                "predicted": array(array(array(INTEGER)), "likewise"),
            }
        ),
        {
            "correct": Tensor(
                "uint8", ("runs", "images", "places"), "0 wrong, 1 correct, 2 not evaluated"
            ),
            "predicted": Tensor(
                "int32",
                ("runs", "images", "places"),
                "-1 not evaluated, -2 a class that not all runs have",
            ),
        },
        _IMAGES,
        about=RUNS,
    ),
)
