"""Many runs: seeds of a recipe, or a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....compute.worker import in_worker
from ....http.answers import MAX_BYTES, Answer, check_size
from ....http.params import TEXT, Parameter, Params, choice, several
from ....http.route import RUNS, Route
from ....http.schema import INTEGER, NUMBER, STRING, Schema, Tensor, array, nullable, obj
from ....index.hparams import hparams
from ....index.run import Snapshot
from ...images.routes import IMAGE_SET
from ..compute import (
    Many,
    Network,
    Run,
    When,
    course,
    known_axes,
    learned,
    many,
    moves,
    named,
    network_of,
    order,
    outliers,
    places,
    reached,
    recipes,
    recipes_of_names,
    unusual,
    varying,
    when,
)
from .shared import ABOUT, AXIS, ID, STEPS_OF_RUNS, about, asked, listed

# About what an image of an answer takes as JSON.
_BYTES_OF_IMAGE = 160

SEEDS = Parameter(
    "seeds",
    several(TEXT, 2, 50),
    "names of the runs that are seeds of one recipe; if not given, those of the same layers whose"
    " hyperparameters are the same but for the seed, and, of runs without any, those whose names"
    " are the same but for the number behind the word seed",
    ("run", "run"),
    required=False,
)


def compare_many(
    snapshots: tuple[Snapshot, ...], params: Params, *, max_bytes: int = MAX_BYTES
) -> Answer:
    """Two to fifty runs: what all, some or none have right, how alike they are, what moves what.

    Args:
        snapshots: Of the runs.
        params: Of the request.
        max_bytes: See `check_size`.
    """
    axis = params.choice("axis")
    runs = asked(snapshots, params)
    alignment = runs[0].alignment
    check_size(len(alignment.labels), 1, _BYTES_OF_IMAGE, "compare fewer images", max_bytes)
    found = many(runs)
    at = [places(run.snapshot, axis, run.steps) for run in runs]
    errors = found.errors(alignment.labels, len(alignment.classes))
    overall = found.errors(np.zeros_like(alignment.labels), 1)
    known = [hparams(snapshot) for snapshot in snapshots]
    names = [snapshot.name for snapshot in snapshots]
    groups = _recipes(params, names, known, [network_of(each) for each in alignment.models])
    far = unusual(found.differing, len(alignment.labels))
    lone = outliers(far)
    fields = {
        **about(runs, params.text("image_set")),
        "axis": axis,
        "axes": known_axes(snapshots),
        "error": overall[:, 0].tolist(),
        "order": order(found.differing),
        "unusual": far.tolist(),
        "outliers": lone,
        "differing": found.differing.tolist(),
        "classes": _classes(runs, at, errors, alignment.classes, lone),
        "yardstick": [
            {**each, "taken_from": source}
            for source, own in groups.items()
            for each in _yardstick(found, overall[:, 0], own)
        ],
        "parameters": _parameters(known, np.concatenate([overall, errors], axis=1)),
    }
    first = when(at, [learned(run) for run in runs])
    images = np.arange(len(alignment.labels))
    arrays = {
        "label": alignment.labels,
        "right": found.right,
        "evaluated": found.evaluated,
        **_when(first),
    }
    ids = alignment.ids(images)

    def json() -> Mapping[str, Any]:
        return {**fields, "images": listed({"id": ids, **arrays})}

    return Answer({**fields, "ids": ids, **arrays}, json)


def _recipes(
    params: Params,
    names: Sequence[str],
    known: Sequence[Mapping[str, Any]],
    networks: Sequence[Network | None],
) -> dict[str, list[list[int]]]:
    """Runs that are seeds of one recipe, by what tells so."""
    if params.given("seeds"):
        return {"request": named(params.texts("seeds"), names)}
    return {
        "hyperparameters": recipes(known, networks),
        "names": recipes_of_names(names, known, networks),
    }


def _when(found: When) -> dict[str, NDArray[Any]]:
    return {
        "learned": found.runs,
        "median": found.median.astype(np.float32),
        "earliest": found.low.astype(np.float32),
        "latest": found.high.astype(np.float32),
    }


def _classes(
    runs: Sequence[Run],
    at: Sequence[NDArray[np.float64]],
    errors: NDArray[np.float64],
    names: Sequence[str],
    lone: Sequence[int],
) -> list[dict[str, Any]]:
    """The errors of each class, and since when each run had the error that all have in the end.

    All but outliers: what one run that failed has in the end, the others had from the beginning.
    """
    others = np.delete(errors, lone, axis=0)
    level = np.nanmax(np.where(np.isnan(others), -1, others), axis=0).astype(np.float32)
    first = when(at, [reached(course(run).error, level) for run in runs])
    return listed({"class": names, "error": errors.T, "level": level.astype(float), **_when(first)})


def _yardstick(
    found: Many, errors: NDArray[np.float64], groups: Sequence[Sequence[int]]
) -> list[dict[str, Any]]:
    """How far runs of one recipe are from each other: the medians and ranges over all pairs."""
    told = []
    for group in groups:
        pairs = np.array(list(combinations(group, 2))).T
        i, j = np.concatenate([pairs, pairs[::-1]], axis=1)
        told.append(
            {
                "runs": list(group),
                "churn": _range(found.differing[i, j]),
                "negative_flip_rate": _range(found.lost[i, j]),
                "difference": _range(np.abs(errors[i] - errors[j])),
            }
        )
    return told


def _range(values: NDArray[np.float64]) -> list[float]:
    return [float(each) for each in (values.min(), np.median(values), values.max())]


def _parameters(
    known: Sequence[Mapping[str, Any]], errors: NDArray[np.float64]
) -> list[dict[str, Any]]:
    parameters = varying(known)
    if not parameters:
        return []
    found = in_worker(moves, parameters, errors, heavy=errors.size > 1000)
    return [
        {
            "name": each.name,
            "numeric": each.numeric,
            "values": each.values,
            **{name: getattr(found, name)[i, 0].item() for name in ("effect", "p", "q")},
            "classes": listed({name: getattr(found, name)[i, 1:] for name in ("effect", "p", "q")}),
        }
        for i, each in enumerate(parameters)
    ]


_RANGE = array(NUMBER, "least, median and largest over all pairs of these runs")
_WHEN: Mapping[str, Schema] = {
    "learned": {"type": "integer", "description": "in how many runs it was"},
    "median": {**NUMBER, "description": "when, on the axis: the median of these runs"},
    "earliest": NUMBER,
    "latest": NUMBER,
}
_EFFECT: Mapping[str, Schema] = {
    "effect": {**NUMBER, "description": "rank correlation, or share of the ranks' variance"},
    "p": {**NUMBER, "description": "by permutation; null: nothing varies, or too few runs"},
    "q": {**NUMBER, "description": "p, corrected for all parameters and classes"},
}
_FIELDS: Mapping[str, Schema] = {
    **ABOUT,
    "axis": STRING,
    "axes": array(STRING, "those that all runs can be put on"),
    "error": array(NUMBER, "error rate of each run"),
    "order": array(INTEGER, "positions of the runs, those side by side that are alike"),
    "unusual": array(NUMBER, "how far each run is from the others, in scaled deviations"),
    "outliers": array(INTEGER, "positions of runs that are like none of the others"),
    "differing": array(array(NUMBER), "share of images that two runs predict differently"),
    "classes": array(
        obj(
            {
                "class": STRING,
                "error": array(NUMBER, "in each run"),
                "level": {**NUMBER, "description": "the largest of these, without outliers"},
                **_WHEN,
            }
        )
    ),
    "yardstick": array(
        obj(
            {
                "runs": array(INTEGER, "positions of the runs"),
                "taken_from": {
                    **choice("request", "hyperparameters", "names"),
                    "description": "what tells that they are seeds of one recipe",
                },
                "churn": _RANGE,
                "negative_flip_rate": _RANGE,
                "difference": {**_RANGE, "description": "of the error rates, likewise"},
            }
        ),
        "how far runs of one recipe are from each other",
    ),
    "parameters": array(
        obj(
            {
                "name": STRING,
                "numeric": {"type": "boolean"},
                "values": array(nullable({"type": ["number", "string", "boolean"]}), "of each run"),
                **_EFFECT,
                "classes": array(obj(_EFFECT)),
            }
        ),
        "hyperparameters in which the runs differ",
    ),
}
_COUNT = Tensor("int32", ("images",))
_PLACE = Tensor("float32", ("images",), "NaN: in no run")

ROUTES = (
    Route(
        "/compare_runs",
        compare_many,
        (IMAGE_SET, STEPS_OF_RUNS, AXIS, SEEDS),
        obj(
            {
                **_FIELDS,
                "images": array(
                    obj(
                        {
                            "id": ID,
                            "label": {"type": "integer", "description": "position of its class"},
                            "right": {"type": "integer", "description": "runs that have it right"},
                            "evaluated": {"type": "integer", "description": "that evaluated it"},
                            **_WHEN,
                        }
                    ),
                    "those that all runs have",
                ),
            }
        ),
        {
            "label": _COUNT,
            "right": Tensor("int32", ("images",), "runs that have it right"),
            "evaluated": _COUNT,
            "learned": Tensor("int32", ("images",), "runs that ever had it right"),
            "median": _PLACE,
            "earliest": _PLACE,
            "latest": _PLACE,
        },
        {**_FIELDS, "ids": array(ID)},
        about=RUNS,
    ),
)
