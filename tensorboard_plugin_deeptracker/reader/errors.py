"""What goes wrong with reading a run in Python."""

from __future__ import annotations

from ..compute.errors import InvalidQuestionError, NotFoundError, QuestionError

__all__ = ["InvalidQuestionError", "LogError", "NotFoundError", "QuestionError"]


class LogError(OSError):
    """A log cannot be read; the message says which, why and what would be right."""
