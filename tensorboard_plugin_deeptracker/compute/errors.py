"""What goes wrong with a question; whoever serves answers makes status codes of it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

# Characters of a name that a message repeats, and names that are compared with it.
_MAX_LENGTH = 100
_MAX_COMPARED = 1000
# Of the words that a message lists.
_MAX_WORDS = 100
_MAX_LIST_LENGTH = 2000


class QuestionError(Exception):
    """A question that has no answer; the message says what is wrong and what would be right."""


class InvalidQuestionError(QuestionError):
    """A parameter is not what it must be, or the answer would be too large."""


class NotFoundError(QuestionError):
    """What the question is about is not there."""


class ComputingError(QuestionError):
    """What computes the answer came to nothing; asked again, it may not."""


class NotReadyError(NotFoundError):
    """What the question is about is being computed.

    Args:
        message: Says so.
        ready: How much of it there is.
        total: Of how much.
    """

    def __init__(self, message: str, ready: int = 0, total: int = 0) -> None:
        super().__init__(message)
        self.progress = {"ready": ready, "total": total}


def unknown(kind: str, name: object, names: Iterable[object], where: str) -> NotFoundError:
    """There is no such thing; names the nearest that there are."""
    name = str(name)[:_MAX_LENGTH]
    known = [str(known)[:_MAX_LENGTH] for known in names]
    if not known:
        return NotFoundError(f"unknown {kind} {name!r}: there are no {where} yet")
    near = difflib.get_close_matches(name, known[:_MAX_COMPARED], n=3, cutoff=0.5) or known[:3]
    hint = " or ".join(repr(name) for name in near)
    return NotFoundError(f"unknown {kind} {name!r}: of the {len(known)} {where}, try {hint}")


def position_of_step(kind: str, step: int, steps: NDArray[np.int64]) -> int:
    """Position of the record at a step.

    Args:
        kind: What the records are called.
        step: Training iteration.
        steps: Of all of them, ascending.

    Raises:
        NotFoundError: There is none.
    """
    at = int(np.searchsorted(steps, step))
    if at < len(steps) and steps[at] == step:
        return at
    near = [str(known) for known in steps[max(0, at - 1) : at + 1]]
    hint = f"the nearest are {' and '.join(near)}" if near else "there is none yet"
    raise NotFoundError(f"there is no {kind} at step {step}: {hint}")


def position_of_word(parameter: str, word: str, words: Sequence[str]) -> int:
    """Position of one of a few words.

    Raises:
        InvalidQuestionError: It is none of them.
    """
    if word in words:
        return words.index(word)
    raise InvalidQuestionError(
        f"{parameter}={word[:64]!r}: must be one of"
        f" {', '.join(words[:_MAX_WORDS])[:_MAX_LIST_LENGTH]}"
    )
