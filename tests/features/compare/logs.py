"""Runs of small image sets, as they were logged, and what plain loops make of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tests.logs import SessionLog

# Names may hold what lists are mostly divided by.
NAMES = ("a,b/c d", "x&runs=y", "10 %/?")


@dataclass
class Plain:
    """A run: an id and the name of a class for each image, and what each was predicted as.

    Attributes:
        name: Of the run.
        classes: Names, in the log's order.
        images: Ids and classes' names, sorted by class as a log is.
        validations: By iteration: the name of a class for each image, None if not evaluated.
    """

    name: str
    classes: list[str]
    images: list[tuple[int | str, str]]
    validations: dict[int, list[str | None]]

    def write(self, logdir: Path, image_set: str = "validation") -> None:
        """Writes its log."""
        labels = np.array([self.classes.index(own) for _, own in self.images], np.int32)
        ids: Any = [each for each, _ in self.images]
        whole = all(isinstance(each, int) for each in ids)
        ids = np.array(ids, np.int64) if whole else tuple(map(str, ids))
        with SessionLog(logdir / self.name) as log:
            log.validation_set(ImageSet(tuple(self.classes), labels, ids), image_set)
            for step, named in self.validations.items():
                predicted = [-1 if c is None else self.classes.index(c) for c in named]
                log.validation(step, predicted, len(self.classes), image_set)

    def history(self, identifier: int | str) -> list[tuple[int, str | None]]:
        """What an image was predicted as, with the iterations."""
        at = [str(each) for each, _ in self.images].index(str(identifier))
        return [(step, named[at]) for step, named in self.validations.items()]

    def label(self, identifier: int | str) -> str:
        """The class of an image."""
        return {str(each): own for each, own in self.images}[str(identifier)]

    def until(self, step: int) -> Plain:
        """The same, up to an iteration."""
        kept = {at: named for at, named in self.validations.items() if at <= step}
        return Plain(self.name, self.classes, self.images, kept)


def common(runs: list[Plain]) -> list[int | str]:
    """Ids of the images that all runs have with the same class, in the first one's order."""
    first, *others = runs
    known = [{str(each): own for each, own in run.images} for run in others]
    return [each for each, own in first.images if all(k.get(str(each)) == own for k in known)]


def since_when(rates: list[tuple[int, float]], level: float) -> int | None:
    """From which step on the rates are at most a level, on average; they begin with one that is."""
    for i, (step, rate) in enumerate(rates):
        rest = [own for _, own in rates[i:]]
        if max(rate, sum(rest) / len(rest)) <= level + 1e-6:
            return step
    return None


@st.composite
def pairs(draw: st.DrawFn, count: int = 2) -> list[Plain]:
    """Some runs: of other classes in another order, of a part of the images, of other labels."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    every, found = ["cat", "dog", "gnu", "owl"], []
    spelled: list[Any] = [int, str, "image {}".format]
    spell = draw(st.sampled_from(spelled))
    for name in NAMES[:count]:
        classes = [every[i] for i in rng.permutation(4)[: rng.integers(2, 5)]]
        of = {i: every[i % 4] if rng.random() < 0.9 else every[(i + 1) % 4] for i in range(24)}
        kept = [i for i in rng.permutation(24) if of[int(i)] in classes and rng.random() < 0.9]
        images = sorted(
            ((spell(int(i)), of[int(i)]) for i in kept), key=lambda own: classes.index(own[1])
        )
        steps = sorted(rng.choice(40, rng.integers(1, 22), replace=False).tolist())
        steady = rng.random() * 0.6
        validations: dict[int, list[str | None]] = {}
        before: list[str | None] = [None] * len(images)
        for step in steps:
            drawn = [None, *classes, *classes]
            before = [
                was if rng.random() < steady else drawn[rng.integers(len(drawn))] for was in before
            ]
            validations[step] = before
        found.append(Plain(name, classes, images, validations))
    return found
