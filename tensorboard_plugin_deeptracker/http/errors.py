"""Which status code a question has that went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..compute.errors import (
    ComputingError,
    InvalidQuestionError,
    NotFoundError,
    NotReadyError,
    QuestionError,
)

_CODES: dict[type[QuestionError], int] = {
    InvalidQuestionError: 400,
    NotFoundError: 404,
    ComputingError: 503,
}


class HttpError(Exception):
    """Answered with a status code and `{"error": message}`.

    Attributes:
        code: HTTP status code.
        message: What is wrong and what would be right.
        more: What else is answered.
    """

    def __init__(self, code: int, message: str, more: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.more = more or {}


def http_error(error: Exception) -> HttpError:
    """What is answered when something was raised: a mistake of ours is 500."""
    if isinstance(error, HttpError):
        return error
    if isinstance(error, NotReadyError):
        return HttpError(404, str(error), {"progress": error.progress})
    if isinstance(error, QuestionError):
        return HttpError(_CODES[type(error)], str(error))
    message = "the plugin could not answer: see the log of TensorBoard for the reason"
    return HttpError(500, message)
