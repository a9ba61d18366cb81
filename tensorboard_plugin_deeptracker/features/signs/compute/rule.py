"""Rules that look at a course dump by dump, and what they have raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from .judge import Floats, severity, stretches
from .sign import Kind, Sign


class Steps(Protocol):
    """A course: it has the iterations of its rows.

    Attributes:
        steps: Of the rows.
    """

    steps: list[int]


C = TypeVar("C", bound=Steps)


@dataclass(frozen=True)
class Rule(Generic[C]):
    """A kind of signs that is seen in a course.

    Attributes:
        kind: Which.
        at: How many times its threshold is reached at a row, for each thing (a class, a layer, or
            all together): looks at this row and those before it only.
        says: A sentence about a thing, and the first and last row of a stretch.
        most: The highest severity, of what is only worth a look; an alarm needs one half.
        listed: From how many times the threshold on it is listed at all.
    """

    kind: Kind
    at: Callable[[C, int], Floats]
    says: Callable[[C, int, int, int], str]
    most: float = 1.0
    listed: float = 1.0


class Judged(Generic[C]):
    """What rules say of a course; each row is judged once, when it is there.

    Args:
        course: What they look at.
        rules: Which.
        names: Of the things of rules that look at several.
        about: "class_name" or "layer": what these things are.
        image_set: Which images it is about.
    """

    def __init__(
        self,
        course: C,
        rules: Sequence[Rule[C]],
        names: Sequence[str],
        about: str,
        image_set: str | None = None,
    ) -> None:
        self.course = course
        self._rules = rules
        self._names = names
        self._about = about
        self._image_set = image_set
        self._times = [_Times() for _ in rules]

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        return sum(each.nbytes for each in self._times)

    def judge(self) -> None:
        """Judges the rows that are new."""
        for rule, known in zip(self._rules, self._times, strict=True):
            for row in range(known.rows, len(self.course.steps)):
                known.add(rule.at(self.course, row), rule.listed)

    def signs(self) -> Iterator[Sign]:
        """All that was raised."""
        steps = self.course.steps
        for rule, known in zip(self._rules, self._times, strict=True):
            for thing, of_thing in known.by_thing():
                for first, last, times in stretches(of_thing, rule.listed):
                    about: dict[str, Any] = {}
                    if rule.kind.by_thing:
                        about[self._about] = self._names[thing]
                    yield Sign(
                        rule.kind,
                        steps[first],
                        steps[last],
                        min(rule.most, severity(times)),
                        rule.says(self.course, thing, first, last),
                        image_set=self._image_set,
                        **about,
                    )


class _Times:
    """How many times a threshold is reached, of what reaches it: hardly anything ever does.

    Attributes:
        rows: How many rows were judged.
    """

    def __init__(self) -> None:
        self.rows = 0
        # Rows and values of each thing.
        self._of: dict[int, tuple[list[int], list[float]]] = {}

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        return sum(64 * len(rows) for rows, _ in self._of.values())

    def add(self, times: Floats, least: float) -> None:
        """Takes in a row.

        Args:
            times: Of each thing; NaN: not at all.
            least: What is kept.
        """
        for thing in np.flatnonzero(times >= least).tolist():
            rows, values = self._of.setdefault(thing, ([], []))
            rows.append(self.rows)
            values.append(float(times[thing]))
        self.rows += 1

    def by_thing(self) -> Iterator[tuple[int, Floats]]:
        """The things that reach it, and how many times at each row; 0 where they do not."""
        for thing in sorted(self._of):
            rows, values = self._of[thing]
            times = np.zeros(self.rows)
            times[rows] = values
            yield thing, times
