"""What became of images: I_ci (section 6), and all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from ....compute.pyramid import TILE, Pyramid
from ....http import part, schema
from ....http.answers import MAX_BYTES, Answer, check_size, in_parts
from ....http.params import STEP, TEXT, Parameter, Params
from ....http.route import Route
from ....http.schema import INTEGER, STEPS, STRING, Tensor, array, nullable, obj
from ....index.run import Snapshot
from ...images.compute import class_at, identifiers, image_set_of
from ...images.records import ImageSet
from ...images.routes import IMAGE_SET
from ..compute import (
    NOT_EVALUATED,
    ClassImages,
    predictions,
    result_bits,
    validation_at,
)
from ..records import VALIDATIONS

_INSTEAD = "ask for a part with rows and columns, or for less with max_rows and max_columns"
_BY_CLASS = "ask for the images of a class with class_image"
# Of a result: bits in arrays, bytes in JSON, at least.
_BITS_OF_RESULT, _JSON_OF_RESULT = 2, 2

CLASS = Parameter("class", TEXT, "name of a class", "class 0")
VALIDATION_STEP = Parameter("step", STEP, "iteration of a validation", "1")


def class_image(
    snapshot: Snapshot, params: Params, *, tile: tuple[int, int] = TILE, max_bytes: int = MAX_BYTES
) -> Answer:
    """The class-image index.

    Args:
        snapshot: The run.
        params: Of the request.
        tile: See `Pyramid`.
        max_bytes: See `check_size`.
    """
    name, image_set = params.text("class"), params.text("image_set")
    images = image_set_of(snapshot, image_set)
    label = class_at(images, name)
    matrix = ClassImages(snapshot, image_set, images, label)
    steps = snapshot.steps(VALIDATIONS, image_set)
    if not part.asked(params):
        check_size(*matrix.shape, 5, _INSTEAD, max_bytes)
        everything = slice(0, matrix.shape[0]), slice(0, matrix.shape[1])
        fields = {"class": name, "steps": steps, "images": _listed(images, label, matrix)}
        return _results(matrix, fields, *everything)
    blocks = part.part(params, matrix.shape)
    fields = {"class": name, **part.place(blocks, steps)}
    if blocks.levels[0] == 0:
        fields["images"] = _listed(images, label, matrix, blocks.covered(0))
    if blocks.exact:
        return _results(matrix, fields, blocks.covered(0), blocks.covered(1))
    return Answer({**fields, **part.aggregates(Pyramid(snapshot.memo, tile), matrix, blocks)})


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


def results(snapshot: Snapshot, params: Params, *, max_bytes: int = MAX_BYTES) -> Answer:
    """Whether each image was right, at every validation.

    Args:
        snapshot: The run.
        params: Of the request.
        max_bytes: See `check_size`.
    """
    name = params.text("image_set")
    images = image_set_of(snapshot, name)
    records = snapshot.of(VALIDATIONS, name)
    shape = (len(images.labels), len(records))
    # Of a million images what cannot be sent would be computed for a minute.
    check_size(*shape, _BITS_OF_RESULT / 8, _BY_CLASS, max_bytes)
    correct, evaluated = result_bits(snapshot, name, images)
    fields = {"steps": snapshot.steps(VALIDATIONS, name), "ids": identifiers(images)}

    def json() -> Mapping[str, Any]:
        check_size(*shape, _JSON_OF_RESULT, f"{_BY_CLASS}, or for arrays", max_bytes)

        def part(span: slice) -> Any:
            own, known = (
                np.unpackbits(bits[span], axis=1, count=shape[1]) for bits in (correct, evaluated)
            )
            if known.all():
                return own  # An object for each takes twenty times as long.
            rows = own.astype(object)
            rows[known == 0] = None
            return rows.tolist()

        return {**fields, "labels": images.labels, "correct": in_parts(shape[0], part)}

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
        def ids(of: slice) -> list[int | str]:
            return identifiers(images, of.start, of.stop)

        def known(row: NDArray[np.int32]) -> orjson.Fragment:
            return in_parts(len(row), lambda of: [c if c >= 0 else None for c in row[of].tolist()])

        return {
            **rest,
            "ids": in_parts(len(images.labels), ids),
            "labels": images.labels,
            **{name: known(row) for name, row in arrays.items()},
        }

    return Answer({**rest, **arrays}, json)


_STEPS = Tensor("int64", ("validations",))
_IDS = array({"type": ["integer", "string"]}, "identifiers of the images")
_LABELS = array(INTEGER, "positions of the images' classes")
_CORRECT = array(array({"enum": [1, 0, None]}), "a row an image; null: not evaluated")
_CLASSES = array(nullable(INTEGER), "an item an image; positions of classes, null: not evaluated")
_IMAGES = array(obj({"id": {"type": ["integer", "string"]}, "label": INTEGER}), "a row an image")
_BITS = ("images", "validations / 8")

ROUTES = (
    Route(
        "/class_image",
        class_image,
        (CLASS, *part.PARAMETERS, IMAGE_SET),
        obj(
            {"class": STRING, "steps": STEPS},
            {
                "images": _IMAGES,
                "correct": _CORRECT,
                "predicted": array(_CLASSES),
                **part.JSON_FIELDS,
            },
        ),
        {
            "steps": _STEPS,
            "correct": Tensor(
                "uint8", ("images", "validations"), "0 wrong, 1 correct, 2 not evaluated"
            ),
            "predicted": Tensor("int32", ("images", "validations"), "-1 not evaluated"),
            **part.AGGREGATES,
        },
        {"class": STRING, "images": _IMAGES, **part.FIELDS},
        frozenset({"images", "correct", "predicted", *part.OPTIONAL}),
    ),
    Route(
        "/results",
        results,
        (IMAGE_SET,),
        obj({"steps": STEPS, "ids": _IDS, "labels": _LABELS, "correct": _CORRECT}),
        {
            "steps": _STEPS,
            "correct": Tensor("uint8", _BITS, "a bit a validation, the first the highest"),
            "evaluated": Tensor("uint8", _BITS, "likewise"),
        },
        {"ids": _IDS},
    ),
    Route(
        "/iteration_image",
        iteration_image,
        (VALIDATION_STEP, IMAGE_SET),
        obj(
            {
                "step": schema.STEP,
                "previous": nullable(schema.STEP),
                "ids": _IDS,
                "labels": _LABELS,
                "predicted": _CLASSES,
                "before": _CLASSES,
            }
        ),
        {
            "predicted": Tensor("int32", ("images",), "-1 not evaluated"),
            "before": Tensor("int32", ("images",), "likewise, at the validation before"),
        },
        {"step": schema.STEP, "previous": nullable(schema.STEP)},
    ),
)
