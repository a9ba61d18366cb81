"""Rules that look at a course dump by dump, and what they have raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from .judge import Course, Floats, severity, stretches
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
        self._times: list[Course | None] = [None] * len(rules)

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        return sum(each.nbytes for each in self._times if each is not None)

    def judge(self) -> None:
        """Judges the rows that are new."""
        for i, rule in enumerate(self._rules):
            known = self._times[i]
            for row in range(0 if known is None else len(known), len(self.course.steps)):
                times = rule.at(self.course, row)
                if known is None:
                    known = self._times[i] = Course(len(times))
                known.add(np.nan_to_num(times, nan=0.0, posinf=np.inf))

    def signs(self) -> Iterator[Sign]:
        """All that was raised."""
        steps = self.course.steps
        for rule, known in zip(self._rules, self._times, strict=True):
            if known is None:
                continue
            for thing in np.flatnonzero((known.values >= rule.listed).any(axis=0)).tolist():
                for first, last, times in stretches(known.values[:, thing], rule.listed):
                    about = {self._about: self._names[thing]} if rule.kind.by_thing else {}
                    yield Sign(
                        rule.kind,
                        steps[first],
                        steps[last],
                        min(rule.most, severity(times)),
                        rule.says(self.course, thing, first, last),
                        image_set=self._image_set,
                        **about,
                    )
