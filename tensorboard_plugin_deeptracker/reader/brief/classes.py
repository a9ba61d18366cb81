"""A class of a run, in short."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...compute.errors import unknown
from ...features.images.records import IMAGE_SETS
from ...features.story.compute import course, learned_at
from ..run import Run
from .bounds import TOP, Bounded, about, finite, image_set_of, name_of


def class_(run: Run, name: str, image_set: str | None = None, top: int = TOP) -> dict[str, Any]:
    """How a class was learned, what it is predicted as, and its hardest images.

    Args:
        run: The run.
        name: The class.
        image_set: Whose; `validation`, or the only one there is, if None.
        top: How many entries a list may have.

    Raises:
        NotFoundError: There is no such class, or no validation.
    """
    own, bounded = image_set_of(run, image_set), Bounded(top)
    names = run.class_names(own)
    if names and name not in names:
        raise unknown("class", name, names, f"classes of {own!r}")
    rates = run.class_stat(name, window=1, image_set=own)
    confused = run.confusion(image_set=own)
    scores = run.image_scores(
        image_set=own, class_=name, sort="right", order="up", top_k=top, history="no"
    )
    position = names.index(name)
    known = np.flatnonzero(np.isfinite(rates.error_rate))
    courses = [
        {"step": int(rates.steps[i]), "error_rate": float(rates.error_rate[i])} for i in known
    ]
    best = min(courses, key=lambda each: each["error_rate"]) if courses else None
    marked = [
        {key: each[key] for key in ("step", "rule", "count", "score")}
        for each in run.anomalies(image_set=own).to_json()["anomalies"]
        if each["class"] == name
    ]
    off = confused.label != confused.predicted
    return {
        **about(run, own),
        "class": name,
        "images": int(scores.matching),
        "learned_at": _learned(run, own, position),
        "last": courses[-1] if courses else None,
        "best": best,
        "precision": finite(confused.precision[position]),
        "error_rates": bounded.spread("error_rates", courses),
        "anomalies": bounded.first("anomalies", sorted(marked, key=lambda each: -each["score"])),
        "predicted_as": bounded.first(
            "predicted_as",
            _others(names, confused.predicted, confused.count, off & (confused.label == position)),
        ),
        "predicted_as_it": bounded.first(
            "predicted_as_it",
            _others(names, confused.label, confused.count, off & (confused.predicted == position)),
        ),
        "hardest": bounded.first(
            "hardest",
            [
                {
                    "id": scores.ids[i],
                    "right": int(scores.right[i]),
                    "observed": int(scores.observed[i]),
                    "forgotten": int(scores.forgotten[i]),
                    "suspicion": finite(scores.suspicion[i]),
                }
                for i in range(len(scores.ids))
            ],
            int(scores.matching),
        ),
        **bounded.end("--top N; all: deeptracker export RUN class_stat|confusion|image_scores"),
    }


def _learned(run: Run, image_set: str, position: int) -> int | None:
    """The iteration from which on a class is told apart, as the story says it."""
    snapshot = run.snapshot
    images = snapshot.of(IMAGE_SETS, image_set)
    found = course(snapshot, image_set, images) if images else None
    if found is None:
        return None
    validation = int(learned_at(found)[position])
    return int(found.steps[validation]) if validation >= 0 else None


def _others(names: list[str], of: Any, count: Any, chosen: Any) -> list[dict[str, Any]]:
    """Other classes of the confusion matrix, most images first."""
    pairs = sorted(zip(of[chosen].tolist(), count[chosen].tolist(), strict=True), key=_most)
    return [{"class": name_of(names, each), "images": images} for each, images in pairs]


def _most(pair: tuple[int, int]) -> tuple[int, int]:
    return -pair[1], pair[0]
