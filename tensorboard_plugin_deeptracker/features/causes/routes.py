"""`effects`: what filters did, found by experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from ...compute.errors import InvalidQuestionError
from ...http import schema
from ...http.answers import MAX_BYTES, Answer
from ...http.params import STEP, Parameter, Params
from ...http.route import Route
from ...http.schema import INTEGER, NUMBER, STEPS, STRING, Tensor, array, nullable, obj
from ...index.run import Snapshot
from ..images.compute import class_at, image_set_of
from ..images.routes import IMAGE_SET
from ..validation.routes import CLASS
from .compute import Found, experiments, findings, is_beyond_chance
from .records import Experiments

_OPTIONAL_STEP = Parameter("step", STEP, "only those of this iteration", "3", required=False)
_OPTIONAL_CLASS = Parameter(
    "class", CLASS.schema, "only those on its images", "class 0", required=False
)
# About what a filter, and a row without its filters, take as JSON.
_BYTES_OF_FILTER, _BYTES_OF_ROW = 6, 512


def effects(snapshot: Snapshot, params: Params) -> Answer:
    """Groups of filters that were put back, and what reverted, beside chance."""
    name = params.text("image_set")
    images = image_set_of(snapshot, name)
    found = findings(snapshot, name)
    if params.given("step"):
        step = params.integer("step")
        found = [each for each in found if each.step == step]
    if params.given("class"):
        position = class_at(images, params.text("class"))
        found = [each for each in found if each.kind is not None and each.kind[0] == position]
    size = sum(_BYTES_OF_ROW + _BYTES_OF_FILTER * each.effect.size for each in found)
    if size > MAX_BYTES:
        raise InvalidQuestionError(
            f"the effects of {len(found)} groups and kinds of images are about {size >> 20} MB:"
            " ask for those of a step or a class"
        )
    tried = experiments(snapshot, name)
    budgets = [each.budget for _, each in tried if each.budget is not None]
    return Answer(
        {
            "steps": np.array([at for at, each in tried if each.effects], np.int64),
            "passed": np.array([at for at, each in tried if not each.effects], np.int64),
            "budget": _number(budgets[-1]) if budgets else None,
            "moments": [_moment(at, each) for at, each in tried],
            "effects": [row(each, images.class_names) for each in found],
        }
    )


def _moment(step: int, tried: Experiments) -> Mapping[str, Any]:
    given = tried.allotment
    return {
        "step": step,
        "since": tried.since,
        "images": tried.images,
        "seconds": _number(tried.seconds),
        "flips": None if given is None else given.flips,
        "allowed": None if given is None else _number(given.allowed),
        "planned": None if given is None else _number(given.planned),
        "groups": None if given is None else given.groups,
        "draws": None if given is None else given.draws,
    }


def row(found: Found, class_names: Sequence[str]) -> Mapping[str, Any]:
    """An effect as it is answered."""
    effect, measured = found.effect, found.measured
    return {
        "step": found.step,
        "since": found.since,
        "group": effect.name,
        "how": effect.how,
        "layers": [
            {"layer": layer, "filters": filters.tolist()}
            for layer, filters in effect.filters.items()
        ],
        "class": None if found.kind is None else class_names[found.kind[0]],
        "to": None if found.kind is None else ("right" if found.kind[1] else "wrong"),
        "images": measured.images,
        "changed": measured.changed,
        "interval": [measured.low, measured.high],
        "draws": measured.draws,
        "chance": _number(measured.chance),
        "chance_sd": _number(measured.chance_sd),
        "p": _number(measured.p),
        "q": _number(found.q),
        "beyond_chance": is_beyond_chance(found),
        "others": effect.others,
        "others_changed": effect.others_changed,
    }


def _number(value: float) -> float | None:
    return value if isfinite(value) else None


_EFFECT = obj(
    {
        "step": schema.STEP,
        "since": {**INTEGER, "description": "the iteration of the state before"},
        "group": {**STRING, "description": "what the group of filters is called"},
        "how": {"type": "string", "enum": ["put_back", "put_in", "zero", "mean", "resample"]},
        "layers": array(obj({"layer": STRING, "filters": array(INTEGER)})),
        "class": nullable({**STRING, "description": "of the images; null: of all"}),
        "to": nullable(
            {**STRING, "description": '"right" or "wrong": what they have become; null: either'}
        ),
        "images": INTEGER,
        "changed": {**INTEGER, "description": "how many flip back, or are lost or won"},
        "interval": array({"type": "number"}, "of 95 % of their share"),
        "draws": {**INTEGER, "description": "groups drawn from the same layers"},
        "chance": {**NUMBER, "description": "how many images change with those, in the mean"},
        "chance_sd": NUMBER,
        "p": NUMBER,
        "q": {**NUMBER, "description": "`p` corrected for all that was tried in the run"},
        "beyond_chance": {
            "type": "boolean",
            "description": "`q` is at most 0.05, and a tenth of the images or more change beside"
            " what chance does; without draws, as of a whole layer: half of them or more change",
        },
        "others": {**INTEGER, "description": "evaluated images that are not of these kinds"},
        "others_changed": INTEGER,
    }
)

_MOMENT = obj(
    {
        "step": schema.STEP,
        "since": {**INTEGER, "description": "the iteration of the state before"},
        "images": {**INTEGER, "description": "how many were evaluated; 0: nothing was tried"},
        "seconds": {**NUMBER, "description": "how long it took"},
        "flips": nullable({**INTEGER, "description": "images that had flipped"}),
        "allowed": {**NUMBER, "description": "seconds of the budget that the moment was given"},
        "planned": {
            **NUMBER,
            "description": "seconds that what was planned was to take at most; where nothing was,"
            " the least that could have been",
        },
        "groups": nullable({**INTEGER, "description": "how many were planned"}),
        "draws": nullable({**INTEGER, "description": "of each at most"}),
    }
)
_PASSED = {
    **STEPS,
    "description": "iterations at which images flipped and the budget did not suffice to try",
}
_BUDGET = {**NUMBER, "description": "the share of the training's time that may be spent on it"}

ROUTES = (
    Route(
        "/effects",
        effects,
        (_OPTIONAL_STEP, _OPTIONAL_CLASS, IMAGE_SET),
        obj(
            {
                "steps": STEPS,
                "passed": _PASSED,
                "budget": _BUDGET,
                "moments": array(_MOMENT),
                "effects": array(_EFFECT),
            }
        ),
        {"steps": Tensor("int64", ("tested",)), "passed": Tensor("int64", ("passed",))},
        {"budget": _BUDGET, "moments": array(_MOMENT), "effects": array(_EFFECT)},
    ),
)
