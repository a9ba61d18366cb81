"""Which runs there are, and two of them side by side, in short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..run import Run
from ..runs import count_runs
from .bounds import TOP, Bounded

# What is said of two runs as the route says it.
_SAID = (
    "runs", "image_set", "steps", "evaluated", "error", "ci", "lost", "won", "p",
    "negative_flip_rate", "negative_flip_rate_ci", "positive_flip_rate", "positive_flip_rate_ci",
    "churn", "churn_ci",
)  # fmt: skip


def runs(logdir: str, top: int = TOP) -> dict[str, Any]:
    """The runs below a directory or an address, and how much was logged in each.

    Args:
        logdir: The directory, or the address.
        top: How many runs at most.

    Raises:
        LogError: There is no such directory, or it cannot be listed.
    """
    from ...http.runs import runs as answer

    bounded = Bounded(top)
    shown = bounded.first("runs", answer(count_runs(logdir)).fields["runs"])
    return {"runs": shown, **bounded.end("--top N")}


def compare(
    a: Run,
    b: Run,
    image_set: str = "validation",
    steps: Sequence[int] | None = None,
    top: int = TOP,
) -> dict[str, Any]:
    """What B has wrong that A has right, and the other way round.

    Args:
        a: A run.
        b: Another one.
        image_set: Which images.
        steps: A validation of each; the last ones, if None.
        top: How many classes and images at most, those that changed most.

    Raises:
        QuestionError: They have no images in common, or no such validations.
    """
    bounded, answer = Bounded(top), a.compare(b, image_set=image_set, steps=steps).to_json()
    names = [own["class"] for own in answer["classes"]]
    changed = [own for own in answer["classes"] if own["lost"] or own["won"]]
    changed.sort(key=lambda own: (own["won"] - own["lost"], -own["lost"], own["class"]))
    fields = "class", "lost", "won", "error", "q"
    aligned = answer["aligned"]
    return {
        **{name: answer[name] for name in _SAID},
        "alone": [own["images"] for own in answer["alone"]],
        "relabelled": len(aligned["relabelled"]),
        "differing_pictures": aligned["differing_pictures"],
        "classes": bounded.first(
            "classes", [{name: own[name] for name in fields} for own in changed]
        ),
        **{
            name: bounded.first(name, [_image(own, names) for own in answer[name]])
            for name in ("images", "won_images")
        },
        **bounded.end("--top N; all: deeptracker compare A B --json"),
    }


def _image(own: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """An image that one of the runs has right, with names instead of positions."""
    predicted = [None if each is None else names[each] for each in own["predicted"]]
    return {**own, "label": names[own["label"]], "predicted": predicted}
