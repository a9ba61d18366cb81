"""The indexes that are drawn as pixels: whole, or a window at the resolution of a screen."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.anomalies import NOT_EVALUATED, correctness
from ..index import queries
from ..index.run import Snapshot
from . import lookup, window
from .answers import Answer, check_size
from .images import identifiers
from .params import Params
from .pyramid import Matrix, Pyramid
from .window import Window

_INSTEAD = "ask for a part with rows and columns, or for less with max_rows and max_columns"


def layer_filter(snapshot: Snapshot, params: Params) -> Answer:
    """The layer-filter index."""
    name, measure = params.text("layer"), params.text("measure")
    normalize: queries.Normalize = params.choice("normalize")
    layer, position = lookup.layer(snapshot, name), lookup.measure(snapshot, measure)
    fields = {"layer": name, "measure": measure, "normalize": normalize}
    matrix = LayerFilters(snapshot, layer, position)
    if not window.asked(params):
        check_size(*matrix.shape, 4, _INSTEAD)
        values = queries.layer_filters(snapshot, lookup.model(snapshot), layer, position, normalize)
        return Answer({**fields, "steps": snapshot.dump_steps, "values": values})
    part = window.window(params, matrix.shape)
    pyramid = snapshot.memo.get(Pyramid)
    if normalize == "none":
        scaled: Matrix = matrix
    else:
        axis = 1 if normalize == "filter" else 0
        scaled = Scaled(matrix, axis, pyramid.largest(matrix, axis))
    fields.update(_place(part, snapshot.dump_steps))
    if part.exact:
        return Answer({**fields, "values": scaled.read(part.covered(0), part.covered(1))})
    return Answer({**fields, **_aggregates(pyramid, scaled, part)})


def class_image(snapshot: Snapshot, params: Params) -> Answer:
    """The class-image index."""
    name = params.text("class")
    label = lookup.label(snapshot, name)
    matrix = ClassImages(snapshot, label)
    if not window.asked(params):
        check_size(*matrix.shape, 5, _INSTEAD)
        everything = slice(0, matrix.shape[0]), slice(0, matrix.shape[1])
        return _images(matrix, {"class": name, "steps": snapshot.validation_steps}, *everything)
    part = window.window(params, matrix.shape)
    fields = {"class": name, **_place(part, snapshot.validation_steps)}
    if part.exact:
        return _images(matrix, fields, part.covered(0), part.covered(1))
    if part.levels[0] == 0:
        fields["images"] = matrix.images(part.covered(0))
    return Answer({**fields, **_aggregates(snapshot.memo.get(Pyramid), matrix, part)})


class LayerFilters:
    """A measure of a layer's filters at every dump; see `Matrix`."""

    def __init__(self, snapshot: Snapshot, layer: int, measure: int) -> None:
        model = lookup.model(snapshot)
        self._dumps = snapshot.dumps
        self.name: Hashable = "filters", layer, measure
        first, last = snapshot.layer_filters[layer : layer + 2].tolist()
        self._first = measure * model.filters + first
        self.shape = last - first, len(self._dumps)

    def key(self, rows: slice, columns: slice) -> Hashable:
        """See `Matrix`."""
        return self.name, rows.start, rows.stop, self._dumps[columns]

    def read(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """See `Matrix`."""
        return queries.filters(
            self._dumps[columns], self._first + rows.start, self._first + rows.stop
        )


class Scaled:
    """A matrix of which each row (axis 1) or column (axis 0) is divided by a number of its own.

    Args:
        matrix: What is divided.
        axis: The one that the numbers were found along.
        scale: The numbers; where one is 0, nothing is divided.
    """

    def __init__(self, matrix: Matrix, axis: int, scale: NDArray[np.float32]) -> None:
        self._matrix = matrix
        self._axis = axis
        self._scale = np.where(scale == 0, np.float32(1), scale)
        self.name: Hashable = matrix.name, axis
        self.shape = matrix.shape

    def key(self, rows: slice, columns: slice) -> Hashable:
        """See `Matrix`."""
        part = self._scale[rows if self._axis == 1 else columns]
        return self._matrix.key(rows, columns), part.tobytes()

    def read(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """See `Matrix`."""
        part = self._scale[rows if self._axis == 1 else columns]
        values: NDArray[np.float32] = self._matrix.read(rows, columns) / np.expand_dims(
            part, self._axis
        )
        return values


class ClassImages:
    """Whether a class's images were classified correctly; see `Matrix`: 1, 0 or NaN."""

    def __init__(self, snapshot: Snapshot, label: int) -> None:
        self._snapshot = snapshot
        self._label = label
        self._first, last = snapshot.class_rows[label : label + 2].tolist()
        self.name: Hashable = "images", self._first
        self.shape = last - self._first, len(snapshot.validations)

    def key(self, rows: slice, columns: slice) -> Hashable:
        """See `Matrix`."""
        return self.name, rows.start, rows.stop, self._snapshot.validations[columns]

    def read(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """See `Matrix`."""
        result = correctness(self.predicted(rows, columns), np.int32(self._label))
        values: NDArray[np.float32] = np.array([0, 1, np.nan], np.float32)[result]
        return values

    def predicted(self, rows: slice, columns: slice) -> NDArray[np.int32]:
        """The predicted classes, negative where not evaluated: int32[images, validations]."""
        records = self._snapshot.validations[columns]
        return queries.class_predictions(records, self._first + rows.start, self._first + rows.stop)

    def images(self, rows: slice) -> list[dict[str, Any]]:
        """Identifiers and labels."""
        images = lookup.validation_set(self._snapshot)
        ids = identifiers(images, self._first + rows.start, self._first + rows.stop)
        return [{"id": identifier, "label": self._label} for identifier in ids]

    def correct(self, predicted: NDArray[np.int32]) -> NDArray[np.uint8]:
        """Codes as in `analysis.anomalies`, element by element."""
        return correctness(predicted, np.int32(self._label))


def _images(matrix: ClassImages, fields: Mapping[str, Any], rows: slice, columns: slice) -> Answer:
    predicted = matrix.predicted(rows, columns)
    correct = matrix.correct(predicted)
    fields = {
        **fields,
        "images": matrix.images(rows),
        "correct": correct,
        "predicted": predicted,
    }

    def json() -> Mapping[str, Any]:
        result = np.array([0, 1, None], object)[correct]
        classes = predicted.astype(object)
        classes[correct == NOT_EVALUATED] = None
        return {**fields, "correct": result.tolist(), "predicted": classes.tolist()}

    return Answer(fields, json)


def _place(part: Window, steps: NDArray[np.int64]) -> dict[str, Any]:
    """Which rows and columns are answered, and the step at which each block begins."""
    rows, columns = part.covered(0), part.covered(1)
    return {
        "rows": [rows.start, rows.stop],
        "columns": [columns.start, columns.stop],
        "block": part.block,
        "steps": np.ascontiguousarray(steps[columns][:: part.block[1]]),
    }


def _aggregates(pyramid: Pyramid, matrix: Matrix, part: Window) -> dict[str, Any]:
    found = pyramid.blocks(matrix, part.levels, *part.blocks)
    missing = found.count == 0
    return {
        "mean": found.mean,
        "lowest": np.where(missing, np.float32(np.nan), found.lowest),
        "highest": np.where(missing, np.float32(np.nan), found.highest),
    }
