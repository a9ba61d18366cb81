"""The map: where images lie, what is predicted between them, and how true that is."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from ...http import schema
from ...http.answers import Answer
from ...http.params import STEP, Parameter, Params, whole
from ...http.route import Route
from ...http.schema import INTEGER, NUMBER, STEPS, Tensor, array, obj
from ...index.run import Snapshot
from ..images.compute import identifiers, image_set_of, row_of
from ..images.records import ImageSet
from ..images.routes import IMAGE_ID, IMAGE_SET
from .compute import Quality, background_at, made, map_at, neighbours_of

MAP_STEP = Parameter("step", STEP, "iteration of a frame of the map", "1")
CELLS = Parameter("cells", whole(1, 256), "cells along each side", "4")
RETRY = Parameter(
    "retry", whole(0, 1), "1: try once more to make a frame that could not be made", "0", False, "0"
)
_FAILURE: dict[str, schema.Schema] = {
    "failure": {
        "type": ["string", "null"],
        "description": "why no more frames are made; null if they are",
    }
}
_QUALITIES = tuple(field.name for field in fields(Quality))


def map_(snapshot: Snapshot, params: Params) -> Answer:
    """The map at an iteration: images that look alike to the network lie together."""
    name, step = params.text("image_set"), params.integer("step")
    found = map_at(snapshot, name, step)
    images = image_set_of(snapshot, name)
    x, y = (np.ascontiguousarray(each) for each in found.frame.places.T)
    return Answer(
        {
            "step": step,
            "steps": found.steps,
            "ids": _ids(images, found.rows),
            "rows": found.rows.astype(np.int32),
            "x": x,
            "y": y,
            "label": found.labels.astype(np.int32),
            "predicted": found.predicted,
            "margin": found.margins,
            "kept": found.frame.kept,
            "images": len(images.labels),
            "finite": found.logged.finite,
            "not_finite": found.logged.not_finite,
            "copies": found.logged.copies,
            "recall": found.logged.recall,
        }
    )


def map_background(snapshot: Snapshot, params: Params) -> Answer:
    """What would be predicted at each place of the map, and how clearly."""
    found = background_at(
        snapshot, params.text("image_set"), params.integer("step"), params.integer("cells")
    )
    return Answer(
        {
            "extent": list(found.extent),
            "cells": params.integer("cells"),
            "predicted": found.predicted,
            "margin": found.margin,
        }
    )


def map_quality(snapshot: Snapshot, params: Params) -> Answer:
    """How true the frames of the map are that are ready."""
    found = made(snapshot, params.text("image_set"), params.integer("retry") > 0)
    columns = {
        name: np.array([getattr(each, name) for each in found.qualities], np.float32)
        for name in _QUALITIES
    }
    rest = {"logged": found.logged, "failure": found.failure}
    return Answer({"steps": found.steps, **columns, **rest})


def map_neighbours(snapshot: Snapshot, params: Params) -> Answer:
    """The images that are nearest to one in the features, from the nearest on."""
    name, step = params.text("image_set"), params.integer("step")
    images = image_set_of(snapshot, name)
    row = row_of(images, params.text("id"))
    rows, labels, predicted = neighbours_of(snapshot, name, step, row)
    return Answer(
        {
            "step": step,
            "ids": _ids(images, rows),
            "rows": rows.astype(np.int32),
            "label": labels.astype(np.int32),
            "predicted": predicted.astype(np.int32),
        }
    )


def _ids(images: ImageSet, rows: Any) -> list[int | str]:
    if len(rows) == len(images.labels):
        return identifiers(images)
    every = images.ids
    if isinstance(every, tuple):
        return [every[row] for row in rows]
    return identifiers(ImageSet(images.class_names, images.labels[rows], every[rows]))


_ID: schema.Schema = {"type": ["integer", "string"]}
_COUNTS: dict[str, schema.Schema] = {
    "images": {"type": "integer", "description": "of the image set; the map may be of a sample"},
    "finite": {
        "type": "integer",
        "description": "images with finite features: the map is of these",
    },
    "not_finite": {"type": "integer", "description": "images whose features are not finite"},
    "copies": {"type": "integer", "description": "images with exactly another one's features"},
    "recall": {
        "type": ["number", "null"],
        "description": "share of the nearest images that were found; null if all were",
    },
}
_OF_IMAGES = array(INTEGER)
_NUMBERS = array(NUMBER)
_WHAT = {
    "neighbours": "of the 15 nearest images, how many are among the 15 nearest dots: mean",
    "boundary": "the same of the 15 nearest images with low margins",
    "predictions": "share of images whose prediction is that of the dots around and their own",
    "predictions_left_out": "the same without their own",
    "trustworthiness": "of Venna and Kaski, k = 15; ranks beyond are estimated",
    "continuity": "likewise",
    "stillness": "1 less how far dots whose neighbours stayed moved, over the spread of the map",
}

ROUTES = (
    Route(
        "/map",
        map_,
        (MAP_STEP, IMAGE_SET),
        obj(
            {
                "step": schema.STEP,
                "steps": array(INTEGER, "iterations of the frames that are ready"),
                "ids": array(_ID),
                "rows": array(INTEGER, "in the image set"),
                "x": _NUMBERS,
                "y": _NUMBERS,
                "label": _OF_IMAGES,
                "predicted": array(INTEGER, "-1: not known"),
                "margin": _NUMBERS,
                "kept": array(NUMBER, "share of the 15 nearest that are nearest on the map"),
                **_COUNTS,
            }
        ),
        {
            "steps": Tensor("int64", ("frames",), "those that are ready"),
            "rows": Tensor("int32", ("images",), "in the image set"),
            "x": Tensor("float32", ("images",), "NaN without a place"),
            "y": Tensor("float32", ("images",)),
            "label": Tensor("int32", ("images",)),
            "predicted": Tensor("int32", ("images",), "-1: not known"),
            "margin": Tensor("float32", ("images",), "NaN: not known"),
            "kept": Tensor("float32", ("images",)),
        },
        {"step": schema.STEP, "ids": array(_ID), **_COUNTS},
    ),
    Route(
        "/map_background",
        map_background,
        (MAP_STEP, CELLS, IMAGE_SET),
        obj(
            {
                "extent": array({"type": "number"}, "least x, least y, largest x, largest y"),
                "cells": INTEGER,
                "predicted": array(array(INTEGER), "a list for each row of cells, by y"),
                "margin": array(array(NUMBER)),
            }
        ),
        {
            "predicted": Tensor("int32", ("cells down", "cells across"), "-1: nothing is known"),
            "margin": Tensor("float32", ("cells down", "cells across"), "NaN likewise"),
        },
        {"extent": array({"type": "number"}), "cells": INTEGER},
    ),
    Route(
        "/map_quality",
        map_quality,
        (RETRY, IMAGE_SET),
        obj(
            {
                "steps": array(INTEGER, "iterations of the frames that are ready"),
                **{name: array(NUMBER, _WHAT[name]) for name in _QUALITIES},
                "logged": STEPS,
                **_FAILURE,
            }
        ),
        {
            "steps": Tensor("int64", ("frames",)),
            **{name: Tensor("float32", ("frames",), _WHAT[name]) for name in _QUALITIES},
            "logged": Tensor("int64", ("records",), "iterations of all frames"),
        },
        _FAILURE,
    ),
    Route(
        "/map_neighbours",
        map_neighbours,
        (MAP_STEP, IMAGE_ID, IMAGE_SET),
        obj(
            {
                "step": schema.STEP,
                "ids": array(_ID),
                "rows": array(INTEGER, "in the image set"),
                "label": _OF_IMAGES,
                "predicted": array(INTEGER, "-1: not known"),
            }
        ),
        {
            "rows": Tensor("int32", ("images",)),
            "label": Tensor("int32", ("images",)),
            "predicted": Tensor("int32", ("images",)),
        },
        {"step": schema.STEP, "ids": array(_ID)},
    ),
)
