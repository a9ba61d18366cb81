"""What became of classes and images: I_cs, I_ci (section 6), clusters and anomalies (7.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...compute.errors import InvalidQuestionError
from ...compute.pyramid import Pyramid
from ...http import part
from ...http.answers import Answer, check_size
from ...http.params import COUNT, FRACTION, STEP, TEXT, Parameter, Params
from ...http.route import Route, RunPart
from ...index.run import Snapshot
from ..images.compute import class_at, identifiers, image_set_of
from ..images.records import ImageSet
from ..images.routes import IMAGE_SET
from .compute import (
    NOT_EVALUATED,
    RULES,
    ClassImages,
    clusters_of,
    history,
    predictions,
    result_bits,
    separations,
    validation_at,
)
from .compute import (
    anomalies as find_anomalies,
)
from .records import VALIDATIONS

_INSTEAD = "ask for a part with rows and columns, or for less with max_rows and max_columns"

CLASS = Parameter("class", TEXT, "name of a class", "class 0")
VALIDATION_STEP = Parameter("step", STEP, "iteration of a validation", "1")
WINDOW = Parameter("window", COUNT, "length of a stable run of results, in validations", "2")
MIN_SCORE = Parameter(
    "min_score", FRACTION, "the least share of a class's images that makes an anomaly", "0.1"
)
K = Parameter("k", COUNT, "how many clusters, at most the number of classes", "2")
MAX_K = Parameter("most", COUNT, "the largest number of clusters", "2")


def error_rates(snapshot: Snapshot, params: Params) -> Answer:
    """Error rates of all classes and over all images."""
    name = params.text("image_set")
    images = image_set_of(snapshot, name)
    steps = snapshot.steps(VALIDATIONS, name)
    check_size(len(images.class_names), len(steps), 4, "ask for one class with class_stat")
    found = history(snapshot, name, images)
    return Answer({"steps": steps, "overall": found.overall, "classes": found.error_rates})


def class_stat(snapshot: Snapshot, params: Params) -> Answer:
    """The class-stat index."""
    name, image_set = params.text("class"), params.text("image_set")
    window = params.integer("window")
    images = image_set_of(snapshot, image_set)
    label = class_at(images, name)
    found = history(snapshot, image_set, images)
    left, right = found.flips.of_class(label).counts(window)[:, 0].astype(np.int32)
    return Answer(
        {
            "class": name,
            "steps": snapshot.steps(VALIDATIONS, image_set),
            "error_rate": found.error_rates[label],
            "left": left,
            "right": right,
        }
    )


def class_image(snapshot: Snapshot, params: Params) -> Answer:
    """The class-image index."""
    name, image_set = params.text("class"), params.text("image_set")
    images = image_set_of(snapshot, image_set)
    label = class_at(images, name)
    matrix = ClassImages(snapshot, image_set, images, label)
    steps = snapshot.steps(VALIDATIONS, image_set)
    if not part.asked(params):
        check_size(*matrix.shape, 5, _INSTEAD)
        everything = slice(0, matrix.shape[0]), slice(0, matrix.shape[1])
        fields = {"class": name, "steps": steps, "images": _listed(images, label, matrix)}
        return _results(matrix, fields, *everything)
    blocks = part.part(params, matrix.shape)
    fields = {"class": name, **part.place(blocks, steps)}
    if blocks.levels[0] == 0:
        fields["images"] = _listed(images, label, matrix, blocks.covered(0))
    if blocks.exact:
        return _results(matrix, fields, blocks.covered(0), blocks.covered(1))
    return Answer({**fields, **part.aggregates(Pyramid(snapshot.memo), matrix, blocks)})


def _listed(
    images: ImageSet, label: int, matrix: ClassImages, rows: slice | None = None
) -> list[dict[str, Any]]:
    """Identifiers and labels of some images of a class."""
    first, last = matrix.rows(rows or slice(0, matrix.shape[0]))
    return [{"id": identifier, "label": label} for identifier in identifiers(images, first, last)]


def _results(matrix: ClassImages, fields: Mapping[str, Any], rows: slice, columns: slice) -> Answer:
    predicted = matrix.predicted(rows, columns)
    correct = matrix.correct(predicted)
    fields = {**fields, "correct": correct, "predicted": predicted}

    def json() -> Mapping[str, Any]:
        result = np.array([0, 1, None], object)[correct]
        classes = predicted.astype(object)
        classes[correct == NOT_EVALUATED] = None
        return {**fields, "correct": result.tolist(), "predicted": classes.tolist()}

    return Answer(fields, json)


def results(snapshot: Snapshot, params: Params) -> Answer:
    """Whether each image was right, at every validation."""
    name = params.text("image_set")
    images = image_set_of(snapshot, name)
    records = snapshot.of(VALIDATIONS, name)
    shape = (len(images.labels), len(records))
    correct, evaluated = result_bits(records, images)
    fields = {"steps": snapshot.steps(VALIDATIONS, name), "ids": identifiers(images)}

    def json() -> Mapping[str, Any]:
        rows = np.unpackbits(correct, axis=1, count=shape[1]).astype(object)
        rows[np.unpackbits(evaluated, axis=1, count=shape[1]) == 0] = None
        return {**fields, "labels": images.labels, "correct": rows.reshape(shape).tolist()}

    return Answer({**fields, "correct": correct, "evaluated": evaluated}, json)


def iteration_image(snapshot: Snapshot, params: Params) -> Answer:
    """What each image was predicted as at a validation, and at the one before."""
    name, step = params.text("image_set"), params.integer("step")
    images = image_set_of(snapshot, name)
    at = validation_at(snapshot, name, step)
    steps = snapshot.steps(VALIDATIONS, name)
    records = snapshot.of(VALIDATIONS, name)[max(0, at - 1) : at + 1]
    predicted = predictions(records, len(images.labels)).astype(np.int32)
    before = predicted[0] if at else np.full(len(images.labels), -1, np.int32)
    rest = {"step": step, "previous": int(steps[at - 1]) if at else None}
    arrays = {"predicted": predicted[-1], "before": before}

    def json() -> Mapping[str, Any]:
        known = {
            name: [c if c >= 0 else None for c in row.tolist()] for name, row in arrays.items()
        }
        return {**rest, "ids": identifiers(images), "labels": images.labels, **known}

    return Answer({**rest, **arrays}, json)


def clusters(snapshot: Snapshot, params: Params) -> Answer:
    """Classes that are learned alike."""
    image_set, k = params.text("image_set"), params.integer("k")
    images = image_set_of(snapshot, image_set)
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


def describe(snapshot: Snapshot) -> Mapping[str, Any]:
    """The iterations of the validations."""
    return {"steps": {"validations": snapshot.steps(VALIDATIONS).tolist()}}


ROUTES = (
    Route("/error_rates", error_rates, (IMAGE_SET,)),
    Route("/class_stat", class_stat, (CLASS, WINDOW, IMAGE_SET)),
    Route("/class_image", class_image, (CLASS, *part.PARAMETERS, IMAGE_SET)),
    Route("/results", results, (IMAGE_SET,)),
    Route("/iteration_image", iteration_image, (VALIDATION_STEP, IMAGE_SET)),
    Route("/clusters", clusters, (K, IMAGE_SET)),
    Route("/cluster_counts", cluster_counts, (MAX_K, IMAGE_SET)),
    Route("/anomalies", anomalies, (WINDOW, MIN_SCORE, IMAGE_SET)),
)
RUN_PART = RunPart(describe)
