"""Experiments at the moments of a training when many images flip, within a share of its time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ..features.causes.records import Effect
from ..summary import distributed
from ..summary.eval_mode import evaluating
from ..summary.evaluation import Evaluation, Predict
from ..summary.loading import identified
from ..summary.numbers import IGNORED
from ..summary.rng import preserved_random_state
from .groups import ALL_LAYERS, most_moved, whole_layers
from .images import batches_of, chosen
from .patching import Group, States, as_they_are, tensors_of
from .preparing import patchable_of
from .putting_back import IMAGES
from .reverting import Flips, Reverting
from .study import Study
from .trials import Draws, has_others

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# A share of fewer images of a class is no mass flip.
_LEAST_FLIPS = 5
# What is tried on fewer images says too little.
_LEAST_IMAGES = 200
# Layers of which the most moved filters are tried on their own.
_LAYERS = 3
# Chance is known well enough to tell a cause from company; more take time from others.
_DRAWS = Draws(20, 100)
# Evaluations among which a moment stands out.
_LATELY = 40


@dataclass(frozen=True)
class Causes:
    """Which experiments a `Tracker` makes when whole classes flip.

    Where at least `share` of a class's images flip the same way between two evaluations, it is
    tried which filters did it: those that have moved most are put back; see `put_back`.

    Example:
        ```python
        tracker = Tracker(writer, model, validation_loader, causes=Causes(budget=0.02))
        ```

    Takes one more copy of the model's weights all the time, and two while it tries.

    Attributes:
        budget: How much time is spent on it, as a share of the training's own: 0.02 adds a
            fiftieth, 1 doubles it. Time is saved up: a moment for which it does not suffice passes.
        share: The share of a class's images that have to flip the same way, in (0, 1].
        images: How many images are evaluated at most.
        draws: How many groups are drawn by chance.
    """

    budget: float = 0.02
    share: float = 0.2
    images: int = IMAGES
    draws: Draws = _DRAWS

    def __post_init__(self) -> None:
        """Checks what was given.

        Raises:
            ValueError: It is not what it must be.
        """
        for name, most in (("budget", math.inf), ("share", 1)):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value <= most:
                until = "" if most == math.inf else " and up to 1"
                raise ValueError(f"{name} must be a share above 0{until}, got {value!r}")
        if not isinstance(self.images, int) or self.images < _LEAST_IMAGES:
            raise ValueError(
                f"images must be a whole number of at least {_LEAST_IMAGES}, got {self.images!r}"
            )


@dataclass(frozen=True)
class Tried:
    """What a moment's experiments found.

    Attributes:
        since: The iteration before.
        seconds: How long they took.
        effects: What they found; nothing where time did not suffice for any.
    """

    since: int
    seconds: float
    effects: list[Effect]


class Watch:
    """Watches evaluations for mass flips, and makes experiments at them.

    Args:
        causes: What is asked for.
        predict: See `Tracker`.
        ignore_label: See `Tracker`.
        clock: Seconds.

    Attributes:
        budget: See `Causes`.
        passed: At how many moments time did not suffice.
        left_out: Layers whose filters cannot be put back, and why.
    """

    def __init__(
        self,
        causes: Causes,
        predict: Predict | None,
        ignore_label: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._causes = causes
        self.budget = causes.budget
        self._predict = predict
        self._ignore_label = ignore_label
        self._clock = clock
        self._began: float | None = None
        self._spent = 0.0
        self._before: dict[int, Tensor] = {}
        self._last: tuple[int, Evaluation] | None = None
        # The largest share of a class that has flipped, of each of the last evaluations.
        self._shares: list[float] = []
        # Of an image and an evaluation of it.
        self._seconds_each = 0.0
        self.passed = 0
        self.left_out: dict[str, str] = {}

    def after(
        self,
        model: nn.Module,
        loader: Iterable[Any],
        step: int,
        evaluation: Evaluation,
        seconds: float,
    ) -> Tried | None:
        """Looks at an evaluation; makes experiments if many images have flipped.

        Args:
            model: As it was evaluated; it is left as it was.
            loader: Of its images, those of this process.
            step: The iteration.
            evaluation: What was predicted.
            seconds: How long that took.

        Returns:
            What was found; None if too few images have flipped.
        """
        begin = self._clock()
        self._began = begin - seconds if self._began is None else self._began
        if not self._seconds_each:
            self._seconds_each = seconds / max(1, len(evaluation.labels))
        inner = model.module if isinstance(model, DistributedDataParallel) else model
        last, self._last = self._last, (step, evaluation)
        try:
            if last is None or not self._is_moment(last[1], evaluation):
                return None
            effects = self._try(inner, loader, last[1], evaluation, begin)
            if not effects:
                self.passed += 1
            return Tried(last[0], self._clock() - begin, effects)
        finally:
            self._remember(inner)
            self._spent += self._clock() - begin

    def _is_moment(self, before: Evaluation, now: Evaluation) -> bool:
        if not np.array_equal(before.ids, now.ids):
            return False
        right = now.predicted == now.labels
        flipped = (right != (before.predicted == before.labels)) & (now.labels != IGNORED)
        counts = np.bincount(now.labels[now.labels >= 0])
        shares = [0.0]
        for to_right in (False, True):
            flips = np.bincount(now.labels[flipped & (right == to_right)], minlength=len(counts))
            enough = flips >= _LEAST_FLIPS
            shares += (flips[enough] / counts[enough]).tolist()
        largest = max(shares)
        usual = float(np.quantile(self._shares, 0.75)) if self._shares else 0.0
        self._shares = [*self._shares, largest][-_LATELY:]
        return largest >= self._causes.share and largest >= usual

    def _try(
        self,
        model: nn.Module,
        loader: Iterable[Any],
        before: Evaluation,
        now: Evaluation,
        begin: float,
    ) -> list[Effect]:
        assert self._began is not None
        with evaluating(model), preserved_random_state(loader):
            mine = _of_this_process(loader, now)
            if mine is None:
                return []
            labels = now.labels[mine]
            right = [(each.predicted == each.labels)[mine] for each in (now, before)]
            patchable = patchable_of(model, batches_of(loader, None), self._predict)
            self.left_out = patchable.left_out
            allowed = self._causes.budget * (begin - self._began - self._spent) - self._spent
            flipped = (right[0] != right[1]) & (labels >= 0)
            tries = len(patchable.sizes) + 2 * (1 + _LAYERS)
            drawn = 2 * (1 + _LAYERS) * self._causes.draws.least
            images = _affordable(
                allowed / max(1e-9, self._seconds_each), int(flipped.sum()), tries, drawn
            )
            if images < min(_LEAST_IMAGES, len(labels)):
                return []
            positions = chosen(labels, flipped, min(images, self._causes.images))
            states = States(model, self._before)
            read = partial(batches_of, loader, positions)
            study = Study(
                model,
                patchable.sizes,
                read,
                self._predict,
                self._ignore_label,
                lambda some: batches_of(loader, positions[some]),
            )
            flips = Flips(*(each[positions] for each in right))
            start = self._clock()
            reverting = Reverting(study, patchable, states, flips)
            effects = reverting.back(whole_layers(patchable), self._causes.draws)
            moved = {
                name: group
                for name, group in most_moved(patchable, states).items()
                if has_others(group, patchable.sizes, self._causes.draws.least)
            }
            groups = _worth_trying(effects, moved)
            if groups:
                effects += reverting.back(groups, self._causes.draws)
                effects += reverting.into(groups, self._causes.draws)
            made = sum(
                len(positions) + len(each.chance) * int(each.images.sum()) for each in effects
            )
            self._seconds_each = (self._clock() - start) / max(1, made)
            return effects

    def _remember(self, model: nn.Module) -> None:
        """Keeps a copy of the model's tensors, for the next time."""
        tensors = tensors_of(model)
        if [*self._before] != [id(each) for each in tensors]:
            self._before = as_they_are(tensors)
            return
        for tensor in tensors:
            kept = self._before[id(tensor)]
            if kept.shape == tensor.shape and kept.dtype == tensor.dtype:
                kept.copy_(tensor.detach())
            else:
                self._before[id(tensor)] = tensor.detach().clone()


def _worth_trying(whole: list[Effect], moved: Mapping[str, Group]) -> dict[str, Group]:
    """The most moved filters of all layers, and those of the layers that do most as a whole.

    Args:
        whole: What each layer does.
        moved: See `most_moved`.
    """
    best = sorted(whole, key=lambda each: -int(each.changed.sum()))
    of_layers = (f"{each.name}, {ALL_LAYERS}" for each in best)
    names = [ALL_LAYERS, *[name for name in of_layers if name in moved][:_LAYERS]]
    return {name: moved[name] for name in names if name in moved}


def _affordable(evaluations: float, flips: int, tries: int, drawn: int) -> int:
    """How many images can be tried on: all with the groups, the flips with what is drawn too.

    Args:
        evaluations: Of an image, for which there is time.
        flips: How many images have flipped; they come first.
        tries: Groups.
        drawn: Groups drawn in their place.
    """
    if flips * (tries + drawn) >= evaluations:
        return int(evaluations / (tries + drawn))
    return int((evaluations - flips * drawn) / tries)


def _of_this_process(loader: Iterable[Any], evaluation: Evaluation) -> Ints | None:
    """Rows of an evaluation of the images that a loader yields, in its order.

    Returns:
        int64[images]; None if it is not known.
    """
    processes = distributed.position()[1]
    ids = identified(loader)[1]
    if ids is None:
        ids = np.arange(len(evaluation.labels)) if processes == 1 else None
    if ids is None:
        return None
    order = np.argsort(evaluation.ids, kind="stable")
    at = np.searchsorted(evaluation.ids, ids, sorter=order).clip(0, len(order) - 1)
    rows: Ints = order[at]
    known = evaluation.ids[rows] == ids
    return rows[: np.argmin(known)] if not known.all() else rows
