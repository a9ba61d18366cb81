"""Answers as files that other programs open."""

from __future__ import annotations

import csv
import inspect
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import orjson

from ..compute.errors import InvalidQuestionError, unknown
from .answer import Answer, attribute
from .questions import Questions
from .run import Run
from .table import Column, Table

FORMATS = "csv", "npz", "parquet", "json"
# What spreadsheets take for the beginning of a formula.
_FORMULA = "=", "+", "-", "@", "\t", "\r"


def questions() -> dict[str, str]:
    """What can be exported, and what each is."""
    found = {}
    for name, method in inspect.getmembers(Questions, inspect.isfunction):
        if not name.startswith("_") and "others" not in inspect.signature(method).parameters:
            found[name] = (inspect.getdoc(method) or "").partition("\n")[0]
    return {name: says for name, says in found.items() if name != "image"}


def parameters(question: str) -> list[str]:
    """The parameters that a question takes.

    Raises:
        NotFoundError: There is no such question.
    """
    if question not in questions():
        raise unknown("question", question, questions(), "questions")
    taken = list(inspect.signature(getattr(Questions, question)).parameters)[1:]
    return [name.rstrip("_") for name in taken]


def answer_to(run: Run, question: str, given: Mapping[str, str]) -> Answer:
    """The answer to a question by its name.

    Raises:
        QuestionError: There is no such question, or it takes other parameters.
    """
    known = parameters(question)
    for name in given:
        if name not in known:
            raise InvalidQuestionError(
                f"{question} has no parameter {name!r}: it takes {', '.join(known) or 'none'}"
            )
    method: Callable[..., Answer] = getattr(run, question)
    try:
        return method(**{attribute(name): value for name, value in given.items()})
    except TypeError as error:
        wanted = str(error).partition("() ")[2]
        raise InvalidQuestionError(f"{question}: {wanted or error}") from error


def encode(answer: Answer, form: str, rows: str | None = None) -> bytes:
    """An answer as the content of a file.

    Args:
        answer: The answer.
        form: One of `FORMATS`.
        rows: What a row stands for; see `Answer.table`. Arrays and JSON are whole.

    Raises:
        InvalidQuestionError: It is not a table, but the form is.
        ImportError: What writes the form is not installed.
    """
    if form == "json":
        return orjson.dumps(answer.to_json())
    if form == "npz":
        file = io.BytesIO()
        # What is no array of numbers stands beside them, as over HTTP.
        rest = orjson.dumps(answer.to_json()).decode()
        np.savez_compressed(file, allow_pickle=False, **answer.arrays, answer=np.array(rest))
        return file.getvalue()
    table = answer.table(rows)
    if form == "csv":
        return _csv(table, getattr(answer, "steps", None))
    return _parquet(table)


def _csv(table: Table, steps: Any) -> bytes:
    """A column for each value; of what is over time, one for each iteration."""
    columns: dict[str, Iterable[str]] = {}
    for name, column in table.items():
        values = np.asarray(column) if not isinstance(column, list) else None
        if values is None or values.ndim == 1:
            columns[name] = _cells(column)
            continue
        flat = values.reshape(len(values), -1)
        known = isinstance(steps, np.ndarray) and len(steps) == flat.shape[1]
        names = steps.tolist() if known else range(flat.shape[1])
        for i, at in enumerate(names):
            columns[f"{name}@{at}" if known else f"{name}_{at}"] = _cells(flat[:, i])
    text = io.StringIO()
    # Lines end as in RFC 4180: with others, Python leaves a "\r" within a name without quotes.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(_safe, columns))
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode(errors="replace")


def _cells(column: Column) -> list[str]:
    """Text with the fewest digits that give back the same number; nothing for what is missing."""
    if isinstance(column, list):
        return ["" if value is None else _safe(value) for value in column]
    if column.dtype.kind == "f":
        return ["" if np.isnan(value) else str(value) for value in column]
    return [str(value) for value in column.tolist()]


def _safe(value: object) -> str:
    """Text that no spreadsheet runs: names come from whoever wrote the log."""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _parquet(table: Table) -> bytes:
    try:
        from arro3.io import write_parquet
    except ModuleNotFoundError as error:
        raise ImportError(
            'Parquet needs arro3: pip install "tensorboard-plugin-deeptracker[arrow]"'
        ) from error
    file = io.BytesIO()
    write_parquet(table, file)
    return file.getvalue()
