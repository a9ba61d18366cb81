"""The defaults that a run's own data give."""

from __future__ import annotations

from ...http.answers import Answer
from ...http.params import Params
from ...http.route import Route
from ...http.schema import INTEGER, nullable, obj
from ...index.run import Snapshot
from ..correlation.compute import suggested_top_k
from ..images.compute import image_set_of
from ..images.routes import IMAGE_SET
from ..layers.records import MODEL
from ..validation.compute import suggested_clusters, suggested_rules


def suggested(snapshot: Snapshot, params: Params) -> Answer:
    """The defaults that the run's data give, and what they leave."""
    name = params.text("image_set")
    images = image_set_of(snapshot, name)
    rules = suggested_rules(snapshot, name, images)
    model = snapshot.of(MODEL)
    return Answer(
        {
            "window": rules.window,
            "min_score": rules.min_score,
            "top_k": suggested_top_k(model.filters if model else 0),
            "k": suggested_clusters(snapshot, name, images),
            "anomalies": rules.anomalies,
            "iterations": rules.iterations,
            "chance": rules.chance,
        }
    )


_SUGGESTED = {
    "window": INTEGER,
    "min_score": {"type": "number"},
    "top_k": INTEGER,
    "k": nullable({**INTEGER, "description": "number of clusters; null: nothing separates"}),
    "anomalies": {**INTEGER, "description": "how many the window and the score leave"},
    "iterations": {**INTEGER, "description": "at how many validations they are"},
    "chance": {"type": "number", "description": "how many chance alone is expected to make"},
}

ROUTES = (Route("/suggested", suggested, (IMAGE_SET,), obj(_SUGGESTED), {}, _SUGGESTED),)
