"""`confusion`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...http import schema
from ...http.answers import Answer, in_parts
from ...http.params import Params
from ...http.route import Route
from ...http.schema import INTEGER, NUMBER, STRING, Tensor, array, nullable, obj
from ...index.run import Snapshot
from ..images.compute import image_set_of
from ..images.routes import IMAGE_SET
from ..validation.compute import validation_at
from ..validation.routes import VALIDATION_STEP
from .compute import confusion_at


def confusion(snapshot: Snapshot, params: Params) -> Answer:
    """The confusion matrix at a validation, with each class's precision and recall."""
    name, step = params.text("image_set"), params.integer("step")
    images = image_set_of(snapshot, name)
    found = confusion_at(snapshot, name, images, validation_at(snapshot, name, step))
    fields = {
        "label": found.label,
        "predicted": found.predicted,
        "count": found.count,
        "images": found.images,
        "correct": found.correct,
        "predicted_as": found.predicted_as,
        "precision": found.precision,
        "recall": found.recall,
    }

    def json() -> Mapping[str, Any]:
        columns = "images", "correct", "predicted_as", "precision", "recall"
        rows = zip(images.class_names, *(fields[each].tolist() for each in columns), strict=True)
        names = "label", "predicted", "count"

        def cells(of: slice) -> list[dict[str, int]]:
            values = zip(*(fields[each][of].tolist() for each in names), strict=True)
            return [dict(zip(names, each, strict=True)) for each in values]

        return {
            "step": step,
            "classes": [dict(zip(("class", *columns), row, strict=True)) for row in rows],
            "cells": in_parts(len(found.count), cells),
        }

    return Answer({"step": step, **fields}, json)


_COUNT = Tensor("int32", ("cells",))
_OF_CLASS = Tensor("int32", ("classes",))
_SHARE = Tensor("float32", ("classes",), "NaN of none")

ROUTES = (
    Route(
        "/confusion",
        confusion,
        (VALIDATION_STEP, IMAGE_SET),
        obj(
            {
                "step": schema.STEP,
                "classes": array(
                    obj(
                        {
                            "class": STRING,
                            "images": INTEGER,
                            "correct": INTEGER,
                            "predicted_as": INTEGER,
                            "precision": nullable(NUMBER),
                            "recall": nullable(NUMBER),
                        }
                    )
                ),
                "cells": array(
                    obj({"label": INTEGER, "predicted": INTEGER, "count": INTEGER}),
                    "those that are not 0, by positions of classes",
                ),
            }
        ),
        {
            "label": _COUNT,
            "predicted": _COUNT,
            "count": Tensor("int32", ("cells",), "of those that are not 0"),
            "images": Tensor("int32", ("classes",), "evaluated"),
            "correct": _OF_CLASS,
            "predicted_as": Tensor("int32", ("classes",), "of all images"),
            "precision": _SHARE,
            "recall": _SHARE,
        },
        {"step": schema.STEP},
    ),
)
