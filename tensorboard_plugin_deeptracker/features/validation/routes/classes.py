"""What became of classes: error rates, and I_cs (section 6)."""

from __future__ import annotations

import numpy as np

from ....http.answers import LIMIT, Answer, check_size
from ....http.params import COUNT, Parameter, Params
from ....http.route import Route
from ....http.schema import INTEGER, NUMBER, STEPS, STRING, Tensor, array, obj
from ....index.run import Snapshot
from ...images.compute import class_at, image_set_of
from ...images.routes import IMAGE_SET
from ..compute import (
    history,
)
from ..records import VALIDATIONS
from .images import CLASS

# Of error rates, compressed: larger ones are neither computed nor made into text.
_MAX_BYTES = 5 * LIMIT

WINDOW = Parameter("window", COUNT, "length of a stable run of results, in validations", "2")


def error_rates(snapshot: Snapshot, params: Params) -> Answer:
    """Error rates of all classes and over all images."""
    name = params.text("image_set")
    images = image_set_of(snapshot, name)
    steps = snapshot.steps(VALIDATIONS, name)
    shape = len(images.class_names), len(steps)
    check_size(*shape, 4, "ask for one class with class_stat", _MAX_BYTES)
    found = history(snapshot, name, images)
    return Answer({"steps": steps, "overall": found.overall, "classes": found.error_rates})


def class_stat(snapshot: Snapshot, params: Params) -> Answer:
    """The class-stat index."""
    name, image_set = params.text("class"), params.text("image_set")
    window = params.integer("window")
    images = image_set_of(snapshot, image_set)
    label = class_at(images, name)
    found = history(snapshot, image_set, images)
    own = slice(label, label + 1)
    left, right = found.flips.counts(window, own)[:, 0].astype(np.int32)
    return Answer(
        {
            "class": name,
            "steps": snapshot.steps(VALIDATIONS, image_set),
            "error_rate": found.error_rates_of(own)[0],
            "left": left,
            "right": right,
        }
    )


_STEPS = Tensor("int64", ("validations",))

ROUTES = (
    Route(
        "/error_rates",
        error_rates,
        (IMAGE_SET,),
        obj(
            {
                "steps": STEPS,
                "overall": array(NUMBER, "over all images"),
                "classes": array(array(NUMBER), "a row a class"),
            }
        ),
        {
            "steps": _STEPS,
            "overall": Tensor("float32", ("validations",)),
            "classes": Tensor("float32", ("classes", "validations")),
        },
    ),
    Route(
        "/class_stat",
        class_stat,
        (CLASS, WINDOW, IMAGE_SET),
        obj(
            {
                "class": STRING,
                "steps": STEPS,
                "error_rate": array(NUMBER),
                "left": array(INTEGER, "images that the left rule marks"),
                "right": array(INTEGER, "images that the right rule marks"),
            }
        ),
        {
            "steps": _STEPS,
            "error_rate": Tensor("float32", ("validations",)),
            "left": Tensor("int32", ("validations",)),
            "right": Tensor("int32", ("validations",)),
        },
        {"class": STRING},
    ),
)
