"""At which iteration a checkpoint was saved: as it says itself, else its name, else its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from .inert import Inert, plain

_ITERATIONS = (
    *("global_step", "global_steps", "iteration", "iterations", "iter", "step", "steps"),
    *("num_updates", "updates", "n_iter", "it"),
)
_EPOCHS = "epoch", "epochs", "last_epoch"
_BELOW = "meta", "trainer_state", "trainer", "state", "message_hub"
_NUMBER = r"[=_\-. ]?0*(\d+)"


@dataclass(frozen=True)
class Way:
    """A way to know the iteration.

    Attributes:
        says: Where it is from, in words.
        step: The iteration by the content and the path; None if that does not say it.
    """

    says: str
    step: Callable[[Any, Path | None], int | None]


def natural(path: str) -> list[tuple[int, str]]:
    """What sorts names as people do: numbers in them by their value."""
    return [
        (int(part), "") if part.isdigit() else (-1, part.lower())
        for part in re.split(r"(\d+)", path)
        if part
    ]


def best_way(
    contents: Sequence[Any], paths: Sequence[Path | None]
) -> tuple[Way, list[int | None]] | None:
    """The first way that all checkpoints know, and that tells them apart; None if none does.

    Else the first that most know: a `best.pt` or `final.pth` lies beside those of iterations.

    Returns:
        The way, and the iterations that it gives.
    """
    of_most = None
    parents = [path.parent for path in paths if path is not None]
    if len(set(parents)) < len(parents):
        # What several are in says nothing of one.
        paths = [None if path is None else Path(path.name) for path in paths]
    for way in WAYS:
        steps = [way.step(own, path) for own, path in zip(contents, paths, strict=True)]
        known = [step for step in steps if step is not None]
        if len(known) == len(steps) and (len(steps) < 2 or len(set(steps)) > 1):
            return way, steps
        if of_most is None and 2 * len(known) > len(steps) and len(set(known)) > 1:
            of_most = way, steps
    return of_most


def noted(content: Any) -> dict[str, Any]:
    """What a checkpoint says of its iteration, apart from all that is large."""
    content = plain(content)
    found: dict[str, Any] = {}
    if isinstance(content, Mapping):
        for name in (*_ITERATIONS, *_EPOCHS):
            value = _whole(content.get(name))
            if value is not None:
                found[name] = value
        for below in _BELOW:
            inner = content.get(below)
            if isinstance(inner, Mapping | Inert):
                found = {**noted(inner), **found}
    return found


def _said(names: Sequence[str]) -> Callable[[Any, Path | None], int | None]:
    return lambda own, _: next((own[name] for name in names if name in own), None)


def _named(pattern: str) -> Callable[[Any, Path | None], int | None]:
    def step(_: Any, path: Path | None) -> int | None:
        if path is None:
            return None
        # A directory of one checkpoint may have the number, and the file in it none.
        for name in (path.stem if path.suffix else path.name, path.parent.name):
            found = re.findall(pattern, name, re.IGNORECASE)
            if found:
                return int(found[-1][:18])
        return None

    return step


def _whole(value: Any) -> int | None:
    if isinstance(value, torch.Tensor):
        value = value.item() if value.numel() == 1 and value.device.type != "meta" else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return None
    return int(value) if value >= 0 else None


WAYS = (
    Way("the iteration that each checkpoint says", _said(_ITERATIONS)),
    Way("the iteration in their names", _named(rf"(?:step|iter(?:ation)?s?|it){_NUMBER}")),
    Way("the epoch that each checkpoint says", _said(_EPOCHS)),
    Way("the epoch in their names", _named(rf"(?:epoch|ep|e){_NUMBER}")),
    Way("the last number in their names", _named(r"(\d+)")),
)
