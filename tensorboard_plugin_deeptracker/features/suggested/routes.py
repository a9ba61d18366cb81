"""The defaults that a run's own data give."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...http.answers import Answer
from ...http.params import Params
from ...http.route import Route
from ...http.schema import INTEGER, nullable, obj
from ...index.run import Snapshot
from ..correlation.compute import suggested_top_k
from ..images.compute import image_set_of
from ..images.routes import IMAGE_SET
from ..layers.records import MODEL
from ..validation.compute import SuggestedRules, suggested_clusters, suggested_rules


def _rules(snapshot: Snapshot, image_set: str) -> SuggestedRules:
    return suggested_rules(snapshot, image_set, image_set_of(snapshot, image_set))


def _top_k(snapshot: Snapshot, _: str) -> int:
    model = snapshot.of(MODEL)
    return suggested_top_k(model.filters if model else 0)


def _clusters(snapshot: Snapshot, image_set: str) -> int | None:
    return suggested_clusters(snapshot, image_set, image_set_of(snapshot, image_set))


# Parameters of other questions: each by itself, since a run without images has filters.
SUGGESTIONS: Mapping[str, Callable[[Snapshot, str], float | None]] = {
    "window": lambda snapshot, image_set: _rules(snapshot, image_set).window,
    "min_score": lambda snapshot, image_set: _rules(snapshot, image_set).min_score,
    "top_k": _top_k,
    "k": _clusters,
}


def suggested(snapshot: Snapshot, params: Params) -> Answer:
    """The defaults that the run's data give, and what they leave."""
    name = params.text("image_set")
    rules = _rules(snapshot, name)
    return Answer(
        {
            **{key: suggest(snapshot, name) for key, suggest in SUGGESTIONS.items()},
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
