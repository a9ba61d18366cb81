"""What classes have in common: clusters (7.1), and where many images flip (7.1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....compute.errors import InvalidQuestionError
from ....http import schema
from ....http.answers import Answer
from ....http.params import COUNT, FRACTION, Parameter, Params
from ....http.route import Route
from ....http.schema import INTEGER, NUMBER, STEPS, STRING, Tensor, array, nullable, obj
from ....index.run import Snapshot
from ...images.compute import image_set_of
from ...images.routes import IMAGE_SET
from ..compute import (
    RULES,
    chance_of,
    clusters_of,
    find_anomalies,
    history,
    separations,
)
from ..records import VALIDATIONS
from .classes import WINDOW

MIN_SCORE = Parameter(
    "min_score", FRACTION, "the least share of a class's images that makes an anomaly", "0.1"
)
K = Parameter("k", COUNT, "how many clusters, at most the number of classes", "2")
MAX_K = Parameter("most", COUNT, "the largest number of clusters", "2")


def clusters(snapshot: Snapshot, params: Params) -> Answer:
    """Classes that are learned alike."""
    image_set = params.text("image_set")
    images = image_set_of(snapshot, image_set)
    k = params.integer("k")
    names = images.class_names
    if k > len(names):
        raise InvalidQuestionError(f"k={k}: must be at most {len(names)}, the number of classes")
    found = clusters_of(snapshot, image_set, images, k)
    classes = [[names[c] for c in cluster.classes] for cluster in found]
    rates = np.array([cluster.error_rate for cluster in found], np.float32)
    steps = snapshot.steps(VALIDATIONS, image_set)

    def json() -> Mapping[str, Any]:
        rows = [
            {"classes": own, "error_rate": cluster.error_rate}
            for own, cluster in zip(classes, found, strict=True)
        ]
        return {"k": k, "steps": steps, "clusters": rows}

    return Answer(
        {
            "k": k,
            "steps": steps,
            "clusters": classes,
            "error_rate": rates.reshape(len(found), len(steps)),
        },
        json,
    )


def cluster_counts(snapshot: Snapshot, params: Params) -> Answer:
    """How far apart the clusters lie, for several numbers of them, and which number is best."""
    image_set = params.text("image_set")
    images = image_set_of(snapshot, image_set)
    counts, scores = separations(snapshot, image_set, images, params.integer("most"))
    best = int(counts[np.nanargmax(scores)]) if np.isfinite(scores).any() else None
    return Answer({"suggested": best, "k": counts, "separation": scores})


def anomalies(snapshot: Snapshot, params: Params) -> Answer:
    """Where many images of a class flip."""
    image_set = params.text("image_set")
    images = image_set_of(snapshot, image_set)
    window, min_score = params.integer("window"), params.fraction("min_score")
    flips = history(snapshot, image_set, images).flips
    found = find_anomalies(flips, images.class_sizes, window, min_score)
    steps = snapshot.steps(VALIDATIONS, image_set)[found.at]
    options = {"window": window, "min_score": min_score}

    def json() -> Mapping[str, Any]:
        rows = zip(
            found.label.tolist(),
            steps.tolist(),
            found.rule.tolist(),
            found.count.tolist(),
            found.score.tolist(),
            strict=True,
        )
        return {
            **options,
            "anomalies": [
                {
                    "class": images.class_names[label],
                    "step": step,
                    "rule": RULES[rule],
                    "count": count,
                    "score": score,
                }
                for label, step, rule, count, score in rows
            ],
        }

    return Answer(
        {
            **options,
            "class": found.label,
            "step": steps,
            "rule": found.rule,
            "count": found.count,
            "score": found.score.astype(np.float32),
        },
        json,
    )


def anomaly_chance(snapshot: Snapshot, params: Params) -> Answer:
    """How many anomalies chance alone would make."""
    name = params.text("image_set")
    images = image_set_of(snapshot, name)
    window, min_score = params.integer("window"), params.fraction("min_score")
    chance = chance_of(snapshot, name, images, window, min_score)
    return Answer({"window": window, "min_score": min_score, "chance": chance})


_STEPS = Tensor("int64", ("validations",))
_CHANCE = {
    "window": INTEGER,
    "min_score": NUMBER,
    "chance": {"type": "number", "description": "how many are to be expected"},
}

ROUTES = (
    Route(
        "/clusters",
        clusters,
        (K, IMAGE_SET),
        obj(
            {
                "k": INTEGER,
                "steps": STEPS,
                "clusters": array(
                    obj({"classes": array(STRING), "error_rate": array(NUMBER)}),
                    "from easy to hard",
                ),
            }
        ),
        {"steps": _STEPS, "error_rate": Tensor("float32", ("clusters", "validations"))},
        {"k": INTEGER, "clusters": array(array(STRING), "the classes of each, from easy to hard")},
    ),
    Route(
        "/cluster_counts",
        cluster_counts,
        (MAX_K, IMAGE_SET),
        obj(
            {
                "suggested": nullable(INTEGER),
                "k": array(INTEGER),
                "separation": array(NUMBER, "mean silhouettes"),
            }
        ),
        {
            "k": Tensor("int32", ("numbers of clusters",)),
            "separation": Tensor("float32", ("numbers of clusters",), "mean silhouettes"),
        },
        {"suggested": nullable(INTEGER)},
    ),
    Route(
        "/anomalies",
        anomalies,
        (WINDOW, MIN_SCORE, IMAGE_SET),
        obj(
            {
                "window": INTEGER,
                "min_score": NUMBER,
                "anomalies": array(
                    obj(
                        {
                            "class": STRING,
                            "step": schema.STEP,
                            "rule": {"enum": list(RULES)},
                            "count": INTEGER,
                            "score": NUMBER,
                        }
                    ),
                    "by class, then step, left before right",
                ),
            }
        ),
        {
            "class": Tensor("int32", ("anomalies",), "positions in the run's classes"),
            "step": Tensor("int64", ("anomalies",)),
            "rule": Tensor("uint8", ("anomalies",), "0 left, 1 right"),
            "count": Tensor("int32", ("anomalies",)),
            "score": Tensor("float32", ("anomalies",), "share of the class's images"),
        },
        {"window": INTEGER, "min_score": NUMBER},
    ),
    Route(
        "/anomaly_chance",
        anomaly_chance,
        (WINDOW, MIN_SCORE, IMAGE_SET),
        obj(_CHANCE),
        {},
        _CHANCE,
    ),
)
