"""A sign: what goes wrong, since when, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ...findings.compute import Remedy as Advice

# From which severity on a sign is an alarm.
ALARM = 0.5
# So that a kind is the same one in another process.
_DECLARED: dict[str, Kind] = {}


def _declared(name: str) -> Kind:
    return _DECLARED[name]


@dataclass(frozen=True)
class Kind:
    """What is looked for.

    Attributes:
        name: Names it to programs.
        group: "representations", "images", "layers" or "scalars": what it is seen in.
        title: Names it to people.
        rule: The rule in words, with its thresholds and units.
        needs: What has to be logged.
        source: Where the rule comes from.
        advice: What is usually done about it.
        explains: Kinds that are nothing of their own where this one holds at the same time.
    """

    name: str
    group: str
    title: str
    rule: str
    needs: str
    source: str
    advice: Advice | None = None
    explains: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    by_thing: bool = False

    def __post_init__(self) -> None:
        _DECLARED[self.name] = self

    def __reduce__(self) -> tuple[Any, ...]:
        return _declared, (self.name,)


@dataclass(frozen=True)
class Sign:
    """Where a rule holds.

    Attributes:
        kind: Which.
        first_step: First iteration at which it holds ...
        last_step: ... and the last one.
        severity: 0 to 1; an alarm from one half on.
        says: A sentence with the numbers.
        image_set: Which images it is about; None: none.
        class_name: Which class; None: none, or all.
        layer: Which layer; None: none, or all.
        filters: Which filters of the layer, by position.
        evidence: Other signs that have the same cause.
    """

    kind: Kind
    first_step: int
    last_step: int
    severity: float
    says: str
    image_set: str | None = None
    class_name: str | None = None
    layer: str | None = None
    filters: tuple[int, ...] = ()
    evidence: tuple[Sign, ...] = field(default=())

    @property
    def about(self) -> tuple[str, str | None, str | None, str | None]:
        """What tells it from others that hold at the same time."""
        return self.kind.name, self.image_set, self.class_name, self.layer

    def standing_for(self, others: list[Sign]) -> Sign:
        """It, with others as its evidence."""
        return replace(self, evidence=(*self.evidence, *others))
