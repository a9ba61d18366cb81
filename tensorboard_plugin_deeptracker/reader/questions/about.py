"""Questions of the feature about; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Describe(Answer):
    """What there is to know about a run.

    Attributes:
        layers: In forward order.
        edges: Positions of two layers: data flows from the first.
        notes: What is not logged of the model, and why.
        measures: Of filters.
        statistics: Of nodes of the hierarchy.
        kernels: Position of the layer.
        thumbnails: Images that can be looked at.
        drawn_from: Of how many its images are some; null: they are all.
    """

    run: str
    steps: dict[str, Any]
    layers: list[dict[str, Any]]
    modules: Any
    edges: list[list[int]]
    notes: list[str]
    measures: list[str]
    statistics: list[str]
    kernels: int | None
    classes: list[dict[str, Any]]
    thumbnails: int
    drawn_from: int | None
    problems: list[dict[str, Any]]


class AboutQuestions(Asking):
    """Questions of the feature `about`."""

    def describe(self, *, image_set: str = "validation") -> Describe:
        """What there is to know about a run.

        Args:
            image_set: Name of an image set.

        Example:
            >>> run.describe()
            Describe(run='run', steps=dict of 2, layers=list of 2, modules=dict of 3,
            edges=[[0, 1]], notes=[], measures=list of 6, statistics=list of 23, kernels=0,
            classes=list of 2, thumbnails=4, problems=[])
        """
        return Describe(**self._fields("run", {"image_set": image_set}))
