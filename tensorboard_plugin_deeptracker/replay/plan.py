"""What is to be replayed: which checkpoints, at which iterations, and what is left out."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from torch import Tensor, nn

from .errors import DamagedError, MisfitError
from .reading import read_checkpoint
from .renamed import saved_names
from .state import Fit, Shape, find_state, shapes_of, state_at
from .steps import best_way, natural, noted

Checkpoint: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any]"
Checkpoints: TypeAlias = (
    "str | Iterable[Checkpoint | tuple[int, Checkpoint]] | Mapping[int, Checkpoint]"
)

_GIVEN = "the iterations that were given"
_ORDER = "their order: neither they nor their names tell the iterations apart"


@dataclass(frozen=True)
class Planned:
    """A checkpoint that is to be replayed.

    Attributes:
        step: Its training iteration.
        name: What it is called.
        source: Its path, or what it holds.
        fit: Where the weights are in it.
    """

    step: int
    name: str
    source: Path | Mapping[str, Any]
    fit: Fit

    def load(self) -> dict[str, Tensor]:
        """The weights by the model's names, in memory.

        Raises:
            DamagedError: They cannot be read, or are no longer what they were.
        """
        content = self.source if isinstance(self.source, Mapping) else read_checkpoint(self.source)
        try:
            state = state_at(content, self.fit.place)
            # What is mapped is read here, and not while the model is evaluated.
            return {own: state[name].detach().clone() for own, name in self.fit.names.items()}
        except (KeyError, OSError, RuntimeError, StopIteration) as error:
            raise DamagedError(f"{self.name} has changed: {error}") from error


@dataclass(frozen=True)
class Plan:
    """What is to be replayed.

    Attributes:
        checkpoints: By ascending iteration.
        way: How the iterations are known, in words.
        skipped: What is left out, and why.
    """

    checkpoints: tuple[Planned, ...]
    way: str
    skipped: tuple[tuple[str, str], ...]

    def lines(self) -> list[str]:
        """What is to be done, in words."""
        told = [f"{len(self.checkpoints)} checkpoints; iterations by {self.way}"]
        where = {each.fit.where for each in self.checkpoints}
        told += [f"weights {each}" for each in sorted(where)]
        return told + [f"  iteration {each.step}: {each.name}" for each in self.checkpoints]


@dataclass(frozen=True)
class _Found:
    name: str
    source: Path | Mapping[str, Any]
    step: int | None
    noted: Mapping[str, Any]
    fit: Fit


def make_plan(
    model: nn.Module, checkpoints: Checkpoints, ema: bool = False, prefix: str | None = None
) -> Plan:
    """Looks into all checkpoints; reads no weights but for what a file of the old format asks.

    Args:
        model: What their weights are of.
        checkpoints: See `log_checkpoints`.
        ema: Likewise.
        prefix: Likewise.

    Raises:
        CheckpointError: There is none, or one of another model, or none that can be read.
    """
    wanted, saved = shapes_of(model), saved_names(model)
    skipped: list[tuple[str, str]] = []
    found: list[_Found] = []
    seen: set[Path] = set()
    for i, (step, each) in enumerate(_listed(checkpoints)):
        source = each if isinstance(each, Mapping) else Path(each).expanduser()
        name = f"checkpoint {i}" if isinstance(source, Mapping) else str(source)
        if isinstance(source, Path):
            if source.resolve() in seen:
                skipped.append((name, "it is there twice"))
                continue
            seen.add(source.resolve())
        try:
            found.append(_look(name, source, step, wanted, ema, prefix, saved))
        except DamagedError as error:
            skipped.append((name, str(error).removeprefix(f"{name} ")))
    if not found:
        reasons = "; ".join(f"{name} {reason}" for name, reason in skipped[:5])
        raise DamagedError(f"no checkpoint can be read: {reasons or 'there are none'}")
    way, steps = _steps(found)
    planned: dict[int, Planned] = {}
    known = [(step, own) for step, own in zip(steps, found, strict=True) if step is not None]
    skipped += [
        (own.name, "it does not tell its iteration, as the others do")
        for step, own in zip(steps, found, strict=True)
        if step is None
    ]
    for step, own in sorted(known, key=lambda each: each[0]):
        if step in planned:
            same = f"it is of iteration {step}, as {planned[step].name} is"
            skipped.append((own.name, same))
            continue
        planned[step] = Planned(step, own.name, own.source, own.fit)
    return Plan(tuple(planned.values()), way, tuple(skipped))


def _listed(checkpoints: Checkpoints) -> list[tuple[int | None, Checkpoint]]:
    """The checkpoints with the iterations that are given, in natural order if they are paths."""
    if isinstance(checkpoints, str | os.PathLike):
        return [(None, path) for path in _matching(os.fspath(checkpoints))]
    given: Any = checkpoints
    if isinstance(given, Mapping):
        # Of names: one state dict; of numbers: by iteration.
        given = [given] if all(isinstance(key, str) for key in given) else given.items()
    if not isinstance(given, Iterable):
        raise ValueError(
            'checkpoints must be a pattern like "checkpoints/*.pt", or a list of paths or state'
            f" dicts, not {type(given).__name__}"
        )
    listed: list[tuple[int | None, Checkpoint]] = []
    for each in given:
        if isinstance(each, tuple):
            if len(each) != 2 or isinstance(each[0], bool) or not hasattr(each[0], "__index__"):
                raise ValueError(
                    "checkpoints must be paths or state dicts, or (iteration, path or state dict),"
                    f" got a tuple that begins with {type(each[0]).__name__}"
                )
            listed.append((int(each[0]), each[1]))
        elif isinstance(each, str) and glob.has_magic(each):
            listed += [(None, path) for path in _matching(each)]
        else:
            listed.append((None, each))
    for _, own in listed:
        if not isinstance(own, str | os.PathLike | Mapping):
            raise ValueError(
                "checkpoints must be paths or state dicts, or (iteration, path or state dict), not"
                f" {type(own).__name__}"
            )
    if all(isinstance(own, str | os.PathLike) for _, own in listed):
        listed.sort(key=lambda each: natural(os.fspath(each[1])))  # type: ignore[arg-type]
    return listed


def _matching(pattern: str) -> list[str]:
    expanded = str(Path(pattern).expanduser())
    if not glob.has_magic(expanded):
        return [expanded]
    paths = sorted(glob.glob(expanded, recursive=True), key=natural)  # noqa: PTH207
    if not paths:
        raise DamagedError(f"no file matches {pattern!r}")
    return paths


def _look(
    name: str,
    source: Path | Mapping[str, Any],
    step: int | None,
    wanted: Mapping[str, Shape],
    ema: bool,
    prefix: str | None,
    saved: Mapping[str, str] | None,
) -> _Found:
    content = source if isinstance(source, Mapping) else read_checkpoint(source, only_shapes=True)
    try:
        fit = find_state(content, wanted, ema, prefix, saved)
    except MisfitError as error:
        raise MisfitError(f"{name}: {error}") from error
    return _Found(name, source, step, noted(content), fit)


def _steps(found: Sequence[_Found]) -> tuple[str, Sequence[int | None]]:
    given = [each.step for each in found if each.step is not None]
    if given:
        if len(given) < len(found):
            raise ValueError(
                "some checkpoints are given with their iterations and others without: give all"
            )
        return _GIVEN, given
    paths = [None if isinstance(each.source, Mapping) else each.source for each in found]
    best = best_way([each.noted for each in found], paths)
    if best is None:
        return _ORDER, list(range(len(found)))
    way, steps = best
    return way.says, steps
