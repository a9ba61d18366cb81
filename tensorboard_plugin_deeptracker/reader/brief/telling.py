"""What happened in a run, and what went wrong."""

from __future__ import annotations

from typing import Any

from ...compute.errors import unknown
from ..run import Run
from .bounds import TOP, Bounded, about

# Signs of the same cause that are named beside one.
_EVIDENCE = 5


def story(run: Run, image_set: str | None = None) -> dict[str, Any]:
    """What happened in the run, in at most eight sentences.

    Args:
        run: The run.
        image_set: Which one it is about; the usual one, if None.
    """
    told = run.story(image_set=image_set or "").to_json()
    return {**about(run), "sentences": told["sentences"], **Bounded(TOP).end("")}


def signs(run: Run, top: int = TOP, severity: float = 0.0, kind: str = "") -> dict[str, Any]:
    """What went wrong, most severe first.

    Args:
        run: The run.
        top: How many signs at most.
        severity: The least that is of interest; an alarm is 0.5 or more.
        kind: Only signs of this kind.

    Raises:
        NotFoundError: There is no such kind.
    """
    bounded = Bounded(top)
    answer = run.signs().to_json()
    kinds = [each["kind"] for each in answer["kinds"]]
    if kind and kind not in kinds:
        raise unknown("kind of signs", kind, kinds, "kinds")
    found = [
        each
        for each in answer["signs"]
        if each["severity"] >= severity and (not kind or each["kind"] == kind)
    ]
    shown = [
        {
            **each,
            "evidence": each["evidence"][:_EVIDENCE],
            "evidence_left_out": max(0, len(each["evidence"]) - _EVIDENCE),
        }
        for each in bounded.first("signs", found)
    ]
    alarms = sum(each["severity"] >= 0.5 for each in found)
    return {
        **about(run, alarms=alarms, signs=shown),
        **bounded.end("--top N, --severity 0.5, --kind KIND; all: deeptracker export RUN signs"),
    }
