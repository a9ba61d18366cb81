"""`toy_scores`."""

from __future__ import annotations

from tensorboard_plugin_deeptracker.features.images.compute import identifiers, image_set_of
from tensorboard_plugin_deeptracker.features.images.routes import IMAGE_SET
from tensorboard_plugin_deeptracker.http.answers import Answer
from tensorboard_plugin_deeptracker.http.params import FRACTION, Parameter, Params
from tensorboard_plugin_deeptracker.http.route import Route
from tensorboard_plugin_deeptracker.http.schema import INTEGER, NUMBER, STEPS, Tensor, array, obj
from tensorboard_plugin_deeptracker.index.run import Snapshot

from .compute import count_above, scores
from .records import SCORES

_THRESHOLD = Parameter("threshold", FRACTION, "what is high", "0.5")
_IDS = array({"type": ["integer", "string"]}, "identifiers of the images")


def toy_scores(snapshot: Snapshot, params: Params) -> Answer:
    """The score of each image over time, and how many are high."""
    name, threshold = params.text("image_set"), params.fraction("threshold")
    images = image_set_of(snapshot, name)
    return Answer(
        {
            "steps": snapshot.steps(SCORES, name),
            "ids": identifiers(images),
            "scores": scores(snapshot, name, images),
            "above": count_above(snapshot, name, images, threshold),
        }
    )


ROUTES = (
    Route(
        "/toy_scores",
        toy_scores,
        (_THRESHOLD, IMAGE_SET),
        obj(
            {
                "steps": STEPS,
                "ids": _IDS,
                "scores": array(array(NUMBER), "a row an image"),
                "above": array(INTEGER),
            }
        ),
        {
            "steps": Tensor("int64", ("steps",)),
            "scores": Tensor("float32", ("images", "steps")),
            "above": Tensor("int64", ("steps",)),
        },
        {"ids": _IDS},
    ),
)
