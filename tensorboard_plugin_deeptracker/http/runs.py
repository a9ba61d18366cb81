"""Which runs there are, and what there is to know about one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..index.record import Problem
from ..index.run import Counts, Snapshot
from .answers import Answer
from .params import Params
from .route import RunPart

# Of which the run's answer tells; a damaged log may have a million.
_MAX_PROBLEMS = 1000


def runs(counts: Sequence[Counts]) -> Answer:
    """All runs, with counts."""
    return Answer(
        {"runs": [{"run": own.run, **own.of, "last_step": own.last_step} for own in counts]}
    )


def run_answer(parts: Sequence[RunPart]) -> Callable[[Snapshot, Params], Answer]:
    """What answers `run`: the parts of all features together."""

    def run(snapshot: Snapshot, params: Params) -> Answer:
        """What there is to know about a run."""
        del params
        steps: dict[str, Any] = {}
        fields: dict[str, Any] = {"run": snapshot.name, "steps": steps}
        for part in parts:
            own: Mapping[str, Any] = part.answer(snapshot)
            steps.update(own.get("steps", {}))
            fields.update((name, value) for name, value in own.items() if name != "steps")
        fields["problems"] = [asdict(problem) for problem in _some(snapshot.problems)]
        return Answer(fields)

    return run


def _some(problems: Sequence[Problem]) -> Sequence[Problem]:
    """The first problems, and how many more there are."""
    more = len(problems) - _MAX_PROBLEMS
    if more <= 0:
        return problems
    at = problems[_MAX_PROBLEMS]
    return *problems[:_MAX_PROBLEMS], Problem(at.file, at.offset, f"and {more} more from here on")
