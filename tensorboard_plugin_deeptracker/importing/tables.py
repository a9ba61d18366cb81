"""Tables of predictions, as other frameworks and people write them, read whole."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..events import limits
from . import TableError
from .parquet import read_parquet

NEEDED = "step", "id", "label"
OPTIONAL = ("prediction",)
_SCORE = re.compile(r"score[s]?[_:@. ](.+)")


@dataclass(frozen=True)
class Predictions:
    """A table, a row for each image at each step.

    Attributes:
        step: int64[rows].
        ids: Of each row's image.
        labels: Of each row's image: names of classes, or numbers.
        predicted: Likewise what was predicted; None if only scores say it.
        scores: float64[rows, classes], if there are any.
        scored: What the columns of the scores are called; empty: by position.
    """

    step: NDArray[np.int64]
    ids: list[Any]
    labels: list[Any]
    predicted: list[Any] | None
    scores: NDArray[np.float64] | None
    scored: tuple[str, ...]


def read_table(path: Path, columns: Mapping[str, str]) -> Predictions:
    """Reads a CSV or Parquet file.

    Args:
        path: The file.
        columns: What the columns are called in it, where that is not as in `NEEDED`.

    Raises:
        TableError: It is no such table.
        OSError: It cannot be read.
        ImportError: What reads it is not installed.
    """
    table = read_parquet(path) if path.suffix.lower() in (".parquet", ".pq") else _csv(path)
    named = {name: columns.get(name, name) for name in (*NEEDED, *OPTIONAL)}
    missing = [own for name, own in named.items() if name in NEEDED and own not in table]
    if missing:
        raise TableError(
            f"{path} has no column {missing[0]!r}: it has {', '.join(table)}; say which one it is"
            f" with --column {_role(named, missing[0])}=NAME"
        )
    scored = {name: found[1] for name in table if (found := _SCORE.fullmatch(name))}
    lists = columns.get("scores", "scores")
    scores: NDArray[np.float64] | None = None
    names: tuple[str, ...] = ()
    if scored:
        each = [_numbers(table[name], path, name) for name in scored]
        scores, names = np.stack(each, axis=1), tuple(scored.values())
        if all(name.isdigit() for name in names):
            order = np.argsort([int(name) for name in names])
            scores, names = scores[:, order], ()
    elif lists in table:
        scores = _vectors(table[lists], path, lists)
    predicted = table.get(named["prediction"])
    if predicted is None and scores is None:
        raise TableError(
            f"{path} has neither a column {named['prediction']!r} nor scores (columns score_0,"
            " score_1, ... or score:NAME, or lists in a column scores)"
        )
    steps = _numbers(table[named["step"]], path, named["step"])
    if not len(steps):
        raise TableError(f"{path} has no rows")
    within = (steps >= 0) & (steps <= limits.COUNT)
    wrong = np.flatnonzero(~within | (steps != np.floor(steps)))
    if len(wrong):
        raise TableError(
            f"{path}: row {wrong[0] + 1} has the step {steps[wrong[0]]:.12g}, not a whole number"
            " from 0 to 2^53"
        )
    ids, labels = table[named["id"]], table[named["label"]]
    return Predictions(
        steps.astype(np.int64),
        _whole(ids),
        _whole(labels),
        None if predicted is None else _whole(predicted),
        scores,
        names,
    )


def _role(named: Mapping[str, str], column: str) -> str:
    return next(role for role, own in named.items() if own == column)


def _csv(path: Path) -> dict[str, list[Any]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        rows = []
        try:
            names = next(reader, [])
            twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
            if twice is not None:
                raise TableError(f"{path} has two columns {twice!r}: each needs a name of its own")
            for i, row in enumerate(reader):
                if len(row) != len(names):
                    raise TableError(
                        f"{path}: row {i + 1} has {len(row)} cells, and there are {len(names)}"
                        " columns"
                    )
                rows.append(row)
        except csv.Error as error:
            raise TableError(f"{path} cannot be read: line {reader.line_num}: {error}") from error
        except UnicodeDecodeError as error:
            raise TableError(f"{path} is no text in UTF-8: {error}") from error
    return {name: [row[c] for row in rows] for c, name in enumerate(names)}


def _numbers(values: Sequence[Any], path: Path, name: str) -> NDArray[np.float64]:
    known = [np.nan if value is None or value == "" else value for value in values]
    try:
        return np.array(known, np.float64)
    except (TypeError, ValueError):
        at = next(i for i, value in enumerate(known) if not _is_number(value))
    raise TableError(f"{path}: row {at + 1} has {known[at]!r} as {name!r}, no number")


def _vectors(values: Sequence[Any], path: Path, name: str) -> NDArray[np.float64]:
    """float64[rows, numbers each]; refuses all else."""
    try:
        if not any(isinstance(value, str) for value in values):
            found = np.array([list(value) for value in values], np.float64)
            if found.ndim == 2 and found.shape[1]:
                return found
    except (TypeError, ValueError):
        pass
    raise TableError(f"{path}: {name!r} must be a list of as many numbers each")


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _whole(values: Sequence[Any]) -> list[Any]:
    """Numbers, if all of them are: in CSV all is text."""
    known = [value for value in values if value not in (None, "")]
    if all(isinstance(value, int) and not isinstance(value, bool) for value in known):
        return [None if value in (None, "") else int(value) for value in values]
    texts = [None if value in (None, "") else str(value) for value in values]
    if all(text is None or re.fullmatch(r"-?\d{1,18}", text) for text in texts):
        return [None if text is None else int(text) for text in texts]
    return texts
