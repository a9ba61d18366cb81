"""What a page without a server can be asked: what the tab asks while nobody moves its controls.

docs/command_line.md lists it. The tab's own numbers stand here too (cells of a background, columns
of a chart): a test opens every view of a page, and none may miss anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from ..features.images.records import VALIDATION
from .recording import Parameters, Recording

# A route, what it is asked, whether for arrays, and what it stands for.
Question: TypeAlias = "tuple[str, Parameters, bool, Parameters | None]"
_Asked: TypeAlias = "dict[str, str | int]"

# As in the tab: see `features/{map,correlation,validation}` there.
_CELLS = 96
_SHUFFLES = 1000
_COLUMNS = 4096
# Of a layer's filters; what is more is averaged over dumps, but there are some columns at least.
_FILTER_VALUES = 1 << 15
_FILTER_COLUMNS = 48
_KERNEL_COLUMNS = 48
_MAX_TAGS = 12
_SORTS = (
    "suspicion", "margin", "confidence", "variability", "forgotten", "flips", "learned_at",
    "settled_at", "right", "log",
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """How much of a run is kept.

    Attributes:
        images: Images whose details, and pictures, are kept; none: no pictures.
        pictures: Whether pictures are kept.
        steps: Iterations whose flips, confusion and map are kept.
    """

    images: int = 500
    pictures: bool = True
    steps: int = 300


class About:
    """What is asked about a run and one of its image sets.

    Args:
        recording: Asks.
        run: Name of the run.
        image_set: Name of the set.
        limits: How much is asked.
    """

    def __init__(self, recording: Recording, run: str, image_set: str, limits: Limits) -> None:
        self._recording = recording
        self._image_set = image_set
        self._limits = limits
        self._of_run: dict[str, str] = {"run": run}
        self._about = dict(self._of_run)
        if image_set != VALIDATION:
            self._about["image_set"] = image_set
        self.is_default = image_set == VALIDATION
        self.run: dict[str, Any] = recording.ask("run", self._about) or {}
        self._suggested = recording.ask("suggested", self._about) or {}
        self._frames = self._made_frames()

    def always(self) -> Iterator[Question]:
        """What every view begins with."""
        about, run = self._about, self.run
        for route in ("run", "suggested", "story", "effects"):
            yield route, about, False, None
        for route in ("error_rates", "results", "cartography"):
            yield route, about, True, None
        if self.is_default:
            for route in ("image_sets", "findings", "signs"):
                yield route, self._of_run, False, None
            yield from self._of_layers()
        rules = {
            name: self._suggested.get(name, other)
            for name, other in (("window", 5), ("min_score", 0.2))
        }
        # Where nothing was logged to suggest anything from, the tab asks for these.
        k = self._suggested.get("k") or 1
        yield "clusters", {**about, "k": min(k, max(1, len(run.get("classes", ()))))}, True, None
        yield "anomalies", {**about, **rules}, True, None
        related: Parameters = {
            **about,
            **rules,
            "top_k": self._suggested.get("top_k", 5),
            "measure": "change",
            "min_appearances": 1,
        }
        if run.get("steps", {}).get("dumps"):
            yield "correlation", related, True, None
            yield "expected_filters", related, True, None
            yield "mini_set_surprise", {**related, "shuffles": _SHUFFLES}, True, None
            yield "mini_set_filters", {**related, "columns": _COLUMNS}, True, None
        yield "map_quality", about, True, None

    def groups(self) -> Sequence[Iterable[Question]]:
        """What else is kept as far as there is room, the most telling of each group first."""
        groups = [self._of_classes(), self._of_steps(), self._of_lists()]
        if self.is_default:
            groups.insert(2, self._of_filters())
        return [*groups, self._of_images(), self._of_pictures()]

    @cached_property
    def images(self) -> list[str]:
        """The ids of the images whose details are kept: suspicious and forgotten ones first."""
        wanted = self._limits.images
        found: dict[str, None] = {}
        for sort in ("suspicion", "forgotten", "log"):
            order = "up" if sort == "log" else "down"
            asked: _Asked = {
                **self._about,
                "sort": sort,
                "order": order,
                "rows": f"0:{max(1, wanted)}",
            }
            images = (self._recording.ask("image_scores", asked) or {}).get("images", ())
            share = wanted if sort == "log" else wanted // 3
            found.update((str(each["id"]), None) for each in images[:share])
        return list(found)[:wanted]

    def _of_pictures(self) -> Iterator[Question]:
        if self._limits.pictures and self.run.get("thumbnails"):
            for each in self.images:
                yield "image", {**self._about, "id": each}, False, None

    def steps(self) -> list[int]:
        """Iterations: the last, those where something happened, then the others."""
        known: list[int] = self.run.get("steps", {}).get("validations", [])
        told = [
            *(each["step"] for each in (self._ask("story") or {}).get("sentences", ())),
            *(each["first_step"] for each in (self._ask("signs") or {}).get("signs", ())),
        ]
        rules: dict[str, Any] = {
            name: self._suggested.get(name) for name in ("window", "min_score")
        }
        if all(value is not None for value in rules.values()):
            found = self._recording.ask("anomalies", {**self._about, **rules}) or {}
            told += [each["step"] for each in found.get("anomalies", ())]
        at = set(known)
        ordered = dict.fromkeys([*known[-1:], *(each for each in told if each in at)])
        ordered.update(dict.fromkeys(_evenly(known)))
        return list(ordered)[: self._limits.steps]

    def _ask(self, route: str) -> Any:
        return self._recording.ask(route, self._of_run if route == "signs" else self._about)

    def _made_frames(self) -> list[int]:
        """The map's iterations, when all of it is made, or no more of it can be."""
        while True:
            quality = self._recording.ask("map_quality", self._about)
            if not quality:
                return []
            steps: list[int] = quality["steps"]
            logged = len(quality.get("logged") or steps)
            if len(steps) >= logged:
                return steps
            why = quality.get("failure")
            if why:
                self._recording.unfinished[f"map {self._about}"] = (
                    f"the map of {self._image_set} in {self._of_run['run']} ends after"
                    f" {len(steps):,} of {logged:,} frames: {why}"
                )
                return steps
            self._recording.wait()

    def _of_layers(self) -> Iterator[Question]:
        of, run = self._of_run, self.run
        if not run.get("steps", {}).get("dumps"):
            return
        for stat in run["statistics"]:
            yield "layer_stats", {**of, "stat": stat}, True, None
        for what in ("weight", "gradient"):
            yield "layer_distributions", {**of, "of": what}, True, None
        if run.get("kernels") is not None:
            dumps = len(run["steps"]["dumps"])
            asked: _Asked = {
                **of,
                "columns": f"0:{dumps}",
                "max_columns": _KERNEL_COLUMNS,
            }
            yield "kernels", asked, True, of

    def _of_classes(self) -> Iterator[Question]:
        for each in self.run.get("classes", ()):
            asked = {**self._about, "class": each["name"]}
            yield "class_image", asked, True, None
            yield "cartography", asked, True, None

    def _of_steps(self) -> Iterator[Question]:
        frames = set(self._frames)
        steps = self.steps()
        for step in [*self._frames[-1:], *steps]:
            asked: _Asked = {**self._about, "step": step}
            if step in frames:
                yield "map", asked, True, None
                yield "map_background", {**asked, "cells": _CELLS}, True, None
            if step in steps:
                yield "confusion", asked, True, None
                yield "iteration_image", asked, True, None

    def _of_filters(self) -> Iterator[Question]:
        dumps = len(self.run.get("steps", {}).get("dumps", ()))
        for layer in self.run.get("layers", ()) if dumps else ():
            asked = {
                **self._of_run,
                "layer": layer["name"],
                "measure": "change",
                "normalize": "none",
            }
            columns = max(_FILTER_COLUMNS, _FILTER_VALUES // max(1, layer["filters"]))
            part = {**asked, "max_columns": columns} if columns < dumps else asked
            yield "layer_filter", part, True, asked

    def _of_lists(self) -> Iterator[Question]:
        for order in ("down", "up"):
            for sort in _SORTS:
                asked: _Asked = {**self._about, "sort": sort, "order": order}
                asked |= {"rows": f"0:{max(1, self._limits.images)}", "history": "yes"}
                yield "image_scores", asked, True, None

    def _of_images(self) -> Iterator[Question]:
        last = self._frames[-1:]
        for each in self.images:
            asked: _Asked = {
                **self._about,
                "sort": "log",
                "order": "up",
                "rows": "0:1",
            }
            yield "image_scores", {**asked, "history": "yes", "find": each}, True, None
            for step in last:
                yield "map_neighbours", {**self._about, "step": step, "id": each}, True, None


def scalars(recording: Recording, run: str) -> Iterator[Question]:
    """The user's own, of which the timeline shows some."""
    yield "../scalars/tags", {}, False, None
    tags = (recording.ask("../scalars/tags", {}) or {}).get(run, {})
    for tag in sorted(tags)[:_MAX_TAGS]:
        yield "../scalars/scalars", {"run": run, "tag": tag}, False, None


def several(runs: Sequence[str]) -> Iterator[Question]:
    """What view *Compare* begins with, for each two of some runs."""
    for a in runs:
        for b in runs:
            if a != b:
                asked: Parameters = {"runs": [a, b], "axis": "iterations"}
                yield "compare", asked, False, None
                yield "compare_classes", asked, True, None
                yield "compare_runs", asked, True, None


def _evenly(steps: Sequence[int]) -> Iterator[int]:
    """All of them, so that the first ones are as far apart as may be."""
    every = 1 << max(0, len(steps) - 1).bit_length()
    while every:
        yield from steps[::every]
        every //= 2
