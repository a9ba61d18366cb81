"""Predictions of a table -> a run, as a writer would have logged them."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..events import encode, limits, schema, tfrecord
from ..events.session import Session, encode_session
from ..features.images.records import VALIDATION, ImageSet, encode_image_set
from ..features.validation.records import choices_of, encode_validation
from ..reader.errors import LogError
from ..reader.run import open_run
from . import TableError
from .tables import Predictions

# What stands where an image was not evaluated.
_NOT_EVALUATED = (None, -1)


@dataclass(frozen=True)
class Imported:
    """What is in the table.

    Attributes:
        images: The image set.
        steps: int64[validations].
        table: The table itself.
        name: What the image set is called.
    """

    images: ImageSet
    steps: NDArray[np.int64]
    table: Predictions
    name: str
    _rows: NDArray[np.int64]
    _predicted: NDArray[np.int64]
    _scores: NDArray[np.float64] | None

    def records(self) -> Iterator[bytes]:
        """The records, the image set first."""
        yield encode_image_set(self.images, self.name)
        count, names = len(self.images.labels), len(self.images.class_names)
        order = np.argsort(self.table.step, kind="stable")
        ends = np.searchsorted(self.table.step[order], self.steps, side="right")
        for step, own in zip(self.steps.tolist(), np.split(order, ends[:-1]), strict=True):
            rows = self._rows[own]
            by_row = np.full(count, -1, np.int64)
            by_row[rows] = self._predicted[own]
            choices, not_finite = None, 0
            if self._scores is not None:
                found = choices_of(self._scores[own], self.images.labels[rows])
                not_finite = int((found.predicted < 0).sum())
                choices = found.among(count, rows)
            classes = max(names, int(by_row.max()) + 1)
            yield encode_validation(
                step,
                by_row,
                classes,
                image_set=self.name,
                not_finite=not_finite,
                choices=choices,
            )


def prepare(
    table: Predictions, class_names: Sequence[str] = (), image_set: str = VALIDATION
) -> Imported:
    """Makes an image set and validations of a table.

    Args:
        table: The table.
        class_names: Of the classes by their numbers; found in the table if there are none.
        image_set: What the set is called.

    Raises:
        TableError: The table contradicts itself.
    """
    for i, own in enumerate(table.ids):
        if own is None or table.labels[i] is None:
            raise TableError(f"row {i + 1} has no {'id' if own is None else 'label'}")
    names, positions = _classes(table, class_names)
    first: dict[Any, int] = {}
    for i, own in enumerate(table.ids):
        known = first.setdefault(own, i)
        if table.labels[known] != table.labels[i]:
            raise TableError(
                f"image {own!r} has the label {table.labels[known]!r} in row {known + 1} and"
                f" {table.labels[i]!r} in row {i + 1}: an image has one label"
            )
    labels = np.array([positions[table.labels[i]] for i in first.values()], np.int32)
    order = np.argsort(labels, kind="stable")
    ids = [list(first)[i] for i in order]
    whole = all(isinstance(own, int) for own in ids)
    images = ImageSet(
        names, labels[order], np.array(ids, np.int64) if whole else tuple(map(str, ids))
    )
    row_of = {own: row for row, own in enumerate(ids)}
    rows = np.array([row_of[own] for own in table.ids], np.int64)
    _, counts = np.unique(np.stack([table.step, rows]), axis=1, return_counts=True)
    if (counts > 1).any():
        seen: set[tuple[int, Any]] = set()
        for i, pair in enumerate(zip(table.step.tolist(), table.ids, strict=True)):
            if pair in seen:
                raise TableError(f"row {i + 1}: image {pair[1]!r} is there twice at step {pair[0]}")
            seen.add(pair)
    scores = _ordered(table, names)
    if table.predicted is not None:
        predicted = np.array(
            [-1 if own in _NOT_EVALUATED else positions[own] for own in table.predicted], np.int64
        )
    else:
        assert scores is not None
        predicted = choices_of(scores, images.labels[rows]).predicted
    return Imported(images, np.unique(table.step), table, image_set, rows, predicted, scores)


def write_run(directory: Path, imported: Imported) -> None:
    """Writes a run; it appears when it is whole.

    Raises:
        TableError: The run has such an image set already.
        OSError: It cannot be written.
    """
    log = directory / schema.LOG_DIRECTORY
    started = time.time()
    if log.exists():
        try:
            there = open_run(directory).image_set_names
        except LogError:
            there = []
        if imported.name in there:
            raise TableError(
                f"{directory} has an image set {imported.name!r} already: choose another run or"
                " another name with --image-set"
            )
    log.mkdir(parents=True, exist_ok=True)
    name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(started))}-import-{secrets.token_hex(4)}"
    session = Session(name, started, f"tensorboard-plugin-deeptracker {__version__} import")
    path = log / f"{name}{schema.LOG_SUFFIX}"
    beside = log / f".{name}.{os.getpid()}"
    try:
        with beside.open("wb") as file:
            file.write(tfrecord.frame(encode_session(session)))
            for record in imported.records():
                file.write(tfrecord.frame(record))
        _mark(directory)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _mark(directory: Path) -> None:
    """Has TensorBoard know the run: a directory without an event file is none to it."""
    if any(directory.glob("*tfevents*")):
        return
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(directory))
    writer.add_event(Event(wall_time=time.time(), summary=encode.marker()))
    writer.close()


def _classes(table: Predictions, given: Sequence[str]) -> tuple[tuple[str, ...], dict[Any, int]]:
    """The classes' names, and the position of whatever a cell has."""
    cells = {*table.labels, *(own for own in table.predicted or () if own not in _NOT_EVALUATED)}
    width = 0 if table.scores is None else table.scores.shape[1]
    if all(isinstance(cell, int) for cell in cells):
        lowest, highest = min(cells, default=0), max(cells, default=0)
        if lowest < 0 or highest >= limits.CLASSES:
            wrong = lowest if lowest < 0 else highest
            raise TableError(f"class {wrong} is out of range: classes are numbered from 0 on")
        count = max(highest + 1, len(given), width)
        names = tuple(given) or table.scored or tuple(map(str, range(count)))
        if len(names) < max(table.labels) + 1:
            raise TableError(
                f"label {max(table.labels)} has no name: {len(names)} class names are known"
            )
        return _distinct(names), {i: i for i in range(max(count, len(names)))}
    names = tuple(given) or tuple(sorted({*map(str, cells), *table.scored}))
    positions: dict[Any, int] = {name: i for i, name in enumerate(names)}
    unknown = sorted(str(cell) for cell in cells if cell not in positions)
    if unknown:
        raise TableError(f"class {unknown[0]!r} is none of the class names: {', '.join(names[:9])}")
    return _distinct(names), positions


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise TableError(f"class names must be all different, got {', '.join(names[:9])}")
    return names


def _ordered(table: Predictions, names: tuple[str, ...]) -> NDArray[np.float64] | None:
    """The scores by the classes' positions."""
    if table.scores is None or not table.scored:
        return table.scores
    known = {name: i for i, name in enumerate(table.scored)}
    missing = [name for name in names if name not in known]
    if missing:
        raise TableError(
            f"class {missing[0]!r} has no scores: there are those of {', '.join(known)}"
        )
    return table.scores[:, [known[name] for name in names]]
