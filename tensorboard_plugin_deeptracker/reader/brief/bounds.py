"""What of a long list is said, and what is left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from ...compute.errors import InvalidQuestionError
from ..run import Run

T = TypeVar("T")

# Entries of a list, if nothing else is said, and at most.
TOP, _MOST = 10, 1000


class Bounded:
    """Cuts lists, and remembers how much was left out of each.

    Args:
        top: How many entries a list may have.

    Raises:
        InvalidQuestionError: That is no number that it may be.
    """

    def __init__(self, top: int) -> None:
        if not isinstance(top, int) or not 1 <= top <= _MOST:
            raise InvalidQuestionError(f"top={top!r}: must be a whole number from 1 to {_MOST}")
        self.top = top
        self._left: dict[str, int] = {}

    def first(self, name: str, entries: Sequence[T], of: int | None = None) -> list[T]:
        """The first entries; `of` so many, if not all are given."""
        left = (len(entries) if of is None else of) - min(len(entries), self.top)
        if left:
            self._left[name] = left
        return list(entries[: self.top])

    def spread(self, name: str, entries: Sequence[T]) -> list[T]:
        """Entries over time, evenly chosen, with the first and the last."""
        if len(entries) <= self.top:
            return list(entries)
        self._left[name] = len(entries) - self.top
        chosen = np.linspace(0, len(entries) - 1, self.top).round().astype(int)
        return [entries[i] for i in (chosen if self.top > 1 else chosen * 0 + len(entries) - 1)]

    def end(self, more: str) -> dict[str, Any]:
        """What stands at the end of an answer."""
        return {"left_out": dict(self._left), "more": more if self._left else None}


def image_set_of(run: Run, name: str | None) -> str:
    """The image set that is asked about: `validation`, or the only one that there is."""
    known = run.image_set_names
    return name or (known[0] if known and "validation" not in known else "validation")


def finite(value: float) -> float | None:
    """A number as JSON holds it."""
    return float(value) if math.isfinite(value) else None


def name_of(names: Sequence[str], position: int) -> str | None:
    """A class by its position; None if it is none, its number if it has no name."""
    if position < 0:
        return None
    return names[position] if position < len(names) else str(position)


def about(run: Run, image_set: str | None = None, **fields: Any) -> dict[str, Any]:
    """What stands at the beginning of an answer."""
    named: Mapping[str, Any] = {} if image_set is None else {"image_set": image_set}
    return {"run": run.path, **named, **fields}
