"""Scores of images by what became of them, and which image sets there are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compute.errors import InvalidQuestionError, NotFoundError
from ...events.kinds import Series
from ...http import part
from ...http.answers import MAX_BYTES, Answer, check_size
from ...http.params import COUNT, STEP, Parameter, Params, choice, whole
from ...http.route import Route
from ...http.schema import INTEGER, NUMBER, STEPS, STRING, Schema, Tensor, array, nullable, obj
from ...index.record import Record
from ...index.run import Snapshot
from ..images.compute import class_at, identifiers, image_set_of, row_of
from ..images.records import IMAGE_SETS, ImageSet
from ..images.routes import IMAGE_ID, IMAGE_SET
from ..validation.records import VALIDATIONS
from ..validation.routes import CLASS
from .compute import (
    SORTS,
    Choice,
    ImageScores,
    cartography,
    image_scores,
    predicted_over_time,
    second_choices,
)

# Of records about an image set, those whose numbers `image_sets` tells, whoever logs them.
_COUNTED = ("validations", "representations")
# About what an image of an answer takes as JSON.
_BYTES_OF_IMAGE = 256
_INSTEAD = "ask for some of them with rows, top_k or class"

_RANGE: Schema = {"type": "string", "pattern": r"^[0-9.]+:[0-9.]+$"}
_OPTIONAL_CLASS = Parameter("class", CLASS.schema, "only its images", "class 0", required=False)
_OPTIONAL_ID = Parameter("id", IMAGE_ID.schema, "only this image", "100", required=False)
FIND = Parameter(
    "find", IMAGE_ID.schema, "only the image with this identifier, or none", "100", required=False
)
SORT = Parameter("sort", choice(*SORTS), "what images are sorted by", "flips", False, "log")
ORDER = Parameter("order", choice("up", "down"), "the smallest or the largest first", "up", False)
TOP_K = Parameter("top_k", COUNT, "how many images at most", "3", required=False)
ROWS = Parameter("rows", part.ROWS.schema, "of the sorted images, first:end", "0:2", required=False)
HISTORY = Parameter(
    "history", choice("no", "yes"), "whether to tell what each was predicted as", "yes", False, "no"
)
FIRST_STEP = Parameter("first_step", STEP, "the first iteration that counts", "0", required=False)
LAST_STEP = Parameter("last_step", STEP, "the last one", "9", required=False)
CONFIDENCE = Parameter(
    "confidence", _RANGE, "only images with one in this range, least:most", "0:0.5", required=False
)
VARIABILITY = Parameter("variability", _RANGE, "likewise", "0:0.2", required=False)
CELLS = Parameter("cells", whole(1, 256), "how many a side", "8", required=False, default="64")


def image_sets(snapshot: Snapshot, params: Params) -> Answer:
    """Which image sets there are, and how much was logged about each."""
    del params
    counted: Sequence[Series[Any]] = [
        kind
        for kind in snapshot.kinds
        if isinstance(kind, Series) and kind.about is IMAGE_SETS and kind.count in _COUNTED
    ]
    found = []
    for name in snapshot.keys(IMAGE_SETS):
        images = image_set_of(snapshot, name)
        counts = dict.fromkeys(_COUNTED, 0)
        counts.update({str(kind.count): len(snapshot.of(kind, name)) for kind in counted})
        sizes = {"images": len(images.labels), "classes": len(images.class_names)}
        found.append({"name": name, **sizes, **counts})
    return Answer({"image_sets": found})


def image_scores_of(snapshot: Snapshot, params: Params, *, max_bytes: int = MAX_BYTES) -> Answer:
    """Scores of images by what became of them: margin, forgetting, suspicion.

    Args:
        snapshot: The run.
        params: Of the request.
        max_bytes: See `check_size`.
    """
    name = params.text("image_set")
    images = image_set_of(snapshot, name)
    span = _validations(snapshot, name, params)
    records, steps = snapshot.of(VALIDATIONS, name)[span], snapshot.steps(VALIDATIONS, name)[span]
    # Before a million images are scored that cannot be sent.
    _check(_least(images, params), len(records), params, max_bytes)
    scores = image_scores(snapshot, name, images, span)
    if params.given("id"):
        rows = np.array([row_of(images, params.text("id"))], np.int32)
    else:
        rows = _chosen(snapshot, name, images, scores, params)
        if params.given("find"):
            rows = _found(images, rows, params.text("find"))
    matching = len(rows)
    if params.given("top_k"):
        rows = rows[: params.integer("top_k")]
    wanted = part.span(params, "rows", len(rows))
    rows = rows[wanted.start : wanted.stop]
    _check(len(rows), len(records), params, max_bytes)
    fields: dict[str, Any] = {
        "observations": len(records),
        "steps": steps,
        "matching": matching,
        "rows": [wanted.start, wanted.stop],
    }
    arrays = _columns(scores, images, records, rows)
    if params.choice("history") == "yes":
        arrays["predicted"] = predicted_over_time(records, rows)
    ids = [identifiers(images, row, row + 1)[0] for row in rows.tolist()]

    def json() -> Mapping[str, Any]:
        return {**fields, "images": _listed(ids, arrays, steps)}

    return Answer({**fields, "ids": ids, **arrays}, json)


def _least(images: ImageSet, params: Params) -> int:
    """How many images an answer has at least, as far as a question says it."""
    if any(params.given(each) for each in ("id", "find", "confidence", "variability")):
        return 0
    count = len(images.labels)
    if params.given("class"):
        count = int(images.class_sizes[class_at(images, params.text("class"))])
    if params.given("top_k"):
        count = min(count, params.integer("top_k"))
    wanted = part.span(params, "rows", count)
    return wanted.stop - wanted.start


def _check(images: int, validations: int, params: Params, max_bytes: int) -> None:
    """See `check_size`."""
    check_size(images, 1, _BYTES_OF_IMAGE, _INSTEAD, max_bytes)
    if params.choice("history") == "yes":
        check_size(images, validations, 4, _INSTEAD, max_bytes)


def cells_of_scores(snapshot: Snapshot, params: Params) -> Answer:
    """How many images there are of each confidence and variability, and how many were right."""
    name = params.text("image_set")
    images = image_set_of(snapshot, name)
    span = _validations(snapshot, name, params)
    scores = image_scores(snapshot, name, images, span)
    rows = _choice(images, params).rows(scores, images)
    found = cartography(scores, rows, params.integer("cells"))
    fields = {"observations": scores.observations, "cells": params.integer("cells")}
    arrays = vars(found)

    def json() -> Mapping[str, Any]:
        values = zip(*(each.tolist() for each in arrays.values()), strict=True)
        return {**fields, "images": [dict(zip(arrays, each, strict=True)) for each in values]}

    return Answer({**fields, **arrays}, json)


def _columns(
    scores: ImageScores, images: ImageSet, records: Sequence[Record], rows: NDArray[np.int32]
) -> dict[str, NDArray[Any]]:
    """What an answer says of each of its images."""
    names = "observed", "right", "flips", "forgotten"
    floats = "margin", "confidence", "variability", "suspicion"
    return {
        "row": rows,
        "label": images.labels[rows],
        "learned_at": scores.learned[rows],
        "settled_at": scores.settled[rows],
        **{each: getattr(scores, each)[rows] for each in (*names, *floats)},
        "second": second_choices(records, rows),
    }


def _listed(
    ids: Sequence[int | str], arrays: Mapping[str, NDArray[Any]], steps: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """The same as objects; what is missing is None."""
    at = steps.tolist()
    listed: dict[str, Sequence[Any]] = {name: each.tolist() for name, each in arrays.items()}
    for name in ("learned_at", "settled_at"):
        listed[name] = [at[each] if each >= 0 else None for each in listed[name]]
    listed["second"] = [each if each >= 0 else None for each in listed["second"]]
    listed["never_learned"] = [
        right == 0 if observed else None
        for right, observed in zip(listed["right"], listed["observed"], strict=True)
    ]
    if "predicted" in listed:
        listed["predicted"] = [
            [each if each >= 0 else None for each in row] for row in listed["predicted"]
        ]
    names = ["id", *listed]
    return [dict(zip(names, each, strict=True)) for each in zip(ids, *listed.values(), strict=True)]


def _chosen(
    snapshot: Snapshot, name: str, images: ImageSet, scores: ImageScores, params: Params
) -> NDArray[np.int32]:
    """The rows that a question is about, in its order; those of the last question are kept."""
    wanted = _choice(images, params)
    span = _validations(snapshot, name, params)
    basis = snapshot.of(VALIDATIONS, name)[span], wanted
    return snapshot.memo.get(("image order", name), basis, lambda _: wanted.rows(scores, images))


def _found(images: ImageSet, rows: NDArray[np.int32], identifier: str) -> NDArray[np.int32]:
    """That of the rows which is of an identifier."""
    try:
        wanted = row_of(images, identifier)
    except NotFoundError:
        wanted = -1
    found: NDArray[np.int32] = rows[rows == wanted]
    return found


def _choice(images: ImageSet, params: Params) -> Choice:
    return Choice(
        params.choice("sort") if params.given("sort") else "log",
        params.given("order") and params.choice("order") == "down",
        class_at(images, params.text("class")) if params.given("class") else None,
        _range(params, "confidence"),
        _range(params, "variability"),
    )


def _range(params: Params, name: str) -> tuple[float, float] | None:
    if not params.given(name):
        return None
    text = params.text(name)
    low, _, high = text.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = math.nan, math.nan
    if ends[0] <= ends[1] and math.isfinite(ends[0]) and math.isfinite(ends[1]):
        return ends
    raise InvalidQuestionError(f"{name}={text[:32]!r}: must be two numbers, least:most, like 0:0.5")


def _validations(snapshot: Snapshot, name: str, params: Params) -> slice:
    """The validations between two iterations; all if none are given."""
    if not (params.given("first_step") or params.given("last_step")):
        return slice(None)
    steps = snapshot.steps(VALIDATIONS, name)
    first, last = 0, len(steps)
    if params.given("first_step"):
        first = int(np.searchsorted(steps, params.integer("first_step")))
    if params.given("last_step"):
        last = int(np.searchsorted(steps, params.integer("last_step"), side="right"))
    return slice(first, max(first, last))


_ID: Schema = {"type": ["integer", "string"]}
_IMAGE = obj(
    {
        "id": _ID,
        "label": {"type": "integer", "description": "position of its class"},
        "learned_at": nullable(
            {
                "type": "integer",
                "description": "iteration of the first validation that has it right",
            }
        ),
        "flips": INTEGER,
        "forgotten": {"type": "integer", "description": "how often wrong after right"},
        "never_learned": nullable({"type": "boolean", "description": "null: never evaluated"}),
        "margin": {**NUMBER, "description": "mean over observations, the area under the margin"},
        "confidence": {**NUMBER, "description": "mean of the label's probability"},
        "variability": {**NUMBER, "description": "its standard deviation"},
        "second": nullable({"type": "integer", "description": "second choice most of the time"}),
        "suspicion": {**NUMBER, "description": "0 to 1: that the label is wrong"},
        "observed": {"type": "integer", "description": "validations that evaluated it"},
        "right": {"type": "integer", "description": "those that have it right"},
        "settled_at": nullable(
            {"type": "integer", "description": "iteration from which on it was never wrong"}
        ),
        "row": {"type": "integer", "description": "position in the image set"},
    },
    {"predicted": array(nullable(INTEGER), "at each validation; null: not evaluated")},
)
_OBSERVATIONS: Schema = {"type": "integer", "description": "validations that count"}
_OF_SCORES: Mapping[str, Schema] = {
    "observations": _OBSERVATIONS,
    "matching": {"type": "integer", "description": "images that the question is about"},
    "rows": array(INTEGER, "of these, sorted, the first, and one past the last"),
}
_COUNT = Tensor("int32", ("images",))
_SCORE = Tensor("float32", ("images",), "NaN without scores")
_POSITION = Tensor("int32", ("images",), "a position in the steps, -1 never")
_CELL = Tensor("int32", ("cells",), "position from the lowest value on")

ROUTES = (
    Route(
        "/image_sets",
        image_sets,
        (),
        obj(
            {
                "image_sets": array(
                    obj(
                        {
                            "name": STRING,
                            "images": INTEGER,
                            "classes": INTEGER,
                            **dict.fromkeys(_COUNTED, INTEGER),
                        }
                    )
                )
            }
        ),
        {},
        {
            "image_sets": array(
                obj(
                    {
                        "name": STRING,
                        "images": INTEGER,
                        "classes": INTEGER,
                        **dict.fromkeys(_COUNTED, INTEGER),
                    }
                )
            )
        },
    ),
    Route(
        "/image_scores",
        image_scores_of,
        (
            IMAGE_SET,
            SORT,
            ORDER,
            ROWS,
            TOP_K,
            _OPTIONAL_CLASS,
            _OPTIONAL_ID,
            FIND,
            CONFIDENCE,
            VARIABILITY,
            FIRST_STEP,
            LAST_STEP,
            HISTORY,
        ),
        obj({**_OF_SCORES, "steps": STEPS, "images": array(_IMAGE)}),
        {
            "steps": Tensor("int64", ("validations",)),
            "row": Tensor("int32", ("images",), "position in the image set"),
            "label": Tensor("int32", ("images",), "position of its class"),
            "learned_at": _POSITION,
            "settled_at": _POSITION,
            **dict.fromkeys(("observed", "right", "flips", "forgotten"), _COUNT),
            **dict.fromkeys(("margin", "confidence", "variability", "suspicion"), _SCORE),
            "second": Tensor("int32", ("images",), "-1 without scores"),
            "predicted": Tensor("int32", ("images", "validations"), "-1 not evaluated"),
        },
        {**_OF_SCORES, "ids": array(_ID)},
        frozenset({"predicted"}),
    ),
    Route(
        "/cartography",
        cells_of_scores,
        (IMAGE_SET, CELLS, _OPTIONAL_CLASS, FIRST_STEP, LAST_STEP),
        obj(
            {
                "observations": _OBSERVATIONS,
                "cells": INTEGER,
                "images": array(
                    obj(
                        {
                            "confidence": INTEGER,
                            "variability": INTEGER,
                            "images": INTEGER,
                            "right": NUMBER,
                        }
                    ),
                    "cells that hold images",
                ),
            }
        ),
        {
            "confidence": _CELL,
            "variability": _CELL,
            "images": Tensor("int32", ("cells",), "how many it holds"),
            "right": Tensor("float32", ("cells",), "mean share of their observations"),
        },
        {"observations": _OBSERVATIONS, "cells": INTEGER},
    ),
)
