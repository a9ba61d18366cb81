"""Where many images of a class flip, in short."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...features.images.records import IMAGE_SETS
from ...features.layers.records import DUMPS
from ..run import Run
from .bounds import TOP, Bounded, about, image_set_of, name_of

# Dumps between two validations that are looked at.
_DUMPS = 50


def anomalies(run: Run, image_set: str | None = None, top: int = TOP) -> dict[str, Any]:
    """The anomaly iterations, those with most images first.

    Args:
        run: The run.
        image_set: Of which one; `validation`, or the only one there is, if None.
        top: How many iterations at most.
    """
    own, bounded = image_set_of(run, image_set), Bounded(top)
    answer = run.anomalies(image_set=own).to_json()
    by_step: dict[int, list[dict[str, Any]]] = {}
    for each in answer["anomalies"]:
        by_step.setdefault(each["step"], []).append(each)
    found: list[dict[str, Any]] = [
        {
            "step": step,
            "images": sum(_by_class(marks).values()),
            "classes": [name for name, _ in sorted(_by_class(marks).items(), key=_most)][:top],
            "of_classes": len(_by_class(marks)),
        }
        for step, marks in by_step.items()
    ]
    found.sort(key=lambda each: (-each["images"], each["step"]))
    return {
        **about(run, own, window=answer["window"], min_score=answer["min_score"]),
        "iterations": bounded.first("iterations", found),
        **bounded.end("--top N; one: deeptracker anomaly RUN STEP; all: deeptracker export"),
    }


def anomaly(run: Run, step: int, image_set: str | None = None, top: int = TOP) -> dict[str, Any]:
    """What flipped at an iteration, and which filters moved most just then.

    Args:
        run: The run.
        step: A validation's.
        image_set: Of which one; `validation`, or the only one there is, if None.
        top: How many entries a list may have.

    Raises:
        NotFoundError: There was no validation then.
    """
    own, bounded = image_set_of(run, image_set), Bounded(top)
    names = run.class_names(own)
    answer = run.anomalies(image_set=own).to_json()
    marks = [each for each in answer["anomalies"] if each["step"] == step]
    at = run.iteration_image(step=step, image_set=own)
    images = run.snapshot.of(IMAGE_SETS, own)
    assert images is not None
    labels = images.labels
    seen = (at.predicted >= 0) & (at.before >= 0)
    right, was_right = at.predicted == labels, at.before == labels
    flipped = np.flatnonzero(seen & (right != was_right))
    filters = _moved(run, at.previous, step, top)
    return {
        **about(run, own, step=step, previous=at.previous),
        "window": answer["window"],
        "min_score": answer["min_score"],
        "is_anomaly": bool(marks),
        "classes": bounded.first(
            "classes",
            [
                {key: each[key] for key in ("class", "rule", "count", "score")}
                for each in sorted(marks, key=lambda each: (-each["count"], each["class"]))
            ],
        ),
        "learned": int((seen & right & ~was_right).sum()),
        "forgotten": int((seen & ~right & was_right).sum()),
        "images": bounded.first(
            "images",
            [
                {
                    "id": images.ids[i],
                    "class": name_of(names, int(labels[i])),
                    "before": name_of(names, int(at.before[i])),
                    "predicted": name_of(names, int(at.predicted[i])),
                }
                for i in flipped[:top].tolist()
            ],
            len(flipped),
        ),
        "filters": filters,
        **bounded.end(
            "--top N; all: deeptracker export RUN anomalies|iteration_image|iteration_filter"
        ),
    }


def _by_class(marks: list[dict[str, Any]]) -> dict[str, int]:
    """Images of each class; of its two rules, the larger number."""
    found: dict[str, int] = {}
    for each in marks:
        found[each["class"]] = max(found.get(each["class"], 0), each["count"])
    return found


def _most(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


def _moved(run: Run, previous: int | None, step: int, top: int) -> list[dict[str, Any]]:
    """The filters with the largest change since the validation before; of a dump's, the largest."""
    steps = run.snapshot.steps(DUMPS)
    since = steps[steps <= step]
    if previous is not None:
        since = since[since > previous]
    largest: dict[tuple[str, int], float] = {}
    for dump in since[-_DUMPS:].tolist():
        for each in run.iteration_filter(step=dump, top_k=top).to_json()["filters"]:
            key, value = (each["layer"], each["filter"]), each["value"]
            if value is not None and value > largest.get(key, 0.0):
                largest[key] = value
    order = sorted(largest, key=lambda key: (-largest[key], key))[:top]
    return [
        {"layer": layer, "filter": position, "change": largest[layer, position]}
        for layer, position in order
    ]
