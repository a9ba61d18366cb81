"""Which runs there are, and what there is to know about one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..events.kinds import Kinds
from ..index.record import Problem
from ..index.run import Counts, Snapshot
from . import schema
from .answers import Answer
from .params import Params
from .route import Route, RunPart
from .schema import INTEGER, STRING, Schema, array, nullable, obj

# Of which the run's answer tells; a damaged log may have a million.
_MAX_PROBLEMS = 1000


def runs(counts: Sequence[Counts]) -> Answer:
    """All runs, with counts."""
    return Answer(
        {"runs": [{"run": own.run, **own.of, "last_step": own.last_step} for own in counts]}
    )


def runs_schema(kinds: Kinds) -> Schema:
    """The answer of `runs`: what it counts, the kinds of records say."""
    counts = dict.fromkeys(Snapshot("", kinds).counts.of, INTEGER)
    return obj({"runs": array(obj({"run": STRING, **counts, "last_step": nullable(schema.STEP)}))})


def run_route(parts: Sequence[RunPart]) -> Route:
    """The route `run`, whose answer is put together from those of all features."""

    def run(snapshot: Snapshot, params: Params) -> Answer:
        """What there is to know about a run."""
        steps: dict[str, Any] = {}
        fields: dict[str, Any] = {"run": snapshot.name, "steps": steps}
        for part in parts:
            own: Mapping[str, Any] = part.answer(snapshot, params)
            steps.update(own.get("steps", {}))
            fields.update((name, value) for name, value in own.items() if name != "steps")
        fields["problems"] = [asdict(problem) for problem in _some(snapshot.problems)]
        return Answer(fields)

    steps_of = {name: each for part in parts for name, each in part.fields.get("steps", {}).items()}
    described: dict[str, Schema] = {"run": STRING, "steps": obj(steps_of)}
    for part in parts:
        described.update((name, each) for name, each in part.fields.items() if name != "steps")
    described["problems"] = array(
        obj({"file": STRING, "offset": INTEGER, "reason": STRING, "hidden": INTEGER})
    )
    components = {name: each for part in parts for name, each in part.components.items()}
    parameters = tuple({each.name: each for part in parts for each in part.parameters}.values())
    return Route("/run", run, parameters, obj(described), {}, described, components=components)


def _some(problems: Sequence[Problem]) -> Sequence[Problem]:
    """The first problems, and how many more there are."""
    more = len(problems) - _MAX_PROBLEMS
    if more <= 0:
        return problems
    at = problems[_MAX_PROBLEMS]
    rest = sum(problem.hidden for problem in problems[_MAX_PROBLEMS:])
    last = Problem(at.file, at.offset, f"and {more} more from here on", rest)
    return *problems[:_MAX_PROBLEMS], last
