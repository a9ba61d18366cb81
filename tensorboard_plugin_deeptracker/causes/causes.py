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

from ..features.causes.log import CausesWriter
from ..features.causes.records import Allotment, Effect
from ..summary import distributed
from ..summary.eval_mode import evaluating
from ..summary.evaluation import Evaluation, Predict
from ..summary.loading import identified, undisturbed
from ..summary.numbers import IGNORED
from ..summary.options import check_number
from .budget import LEAST_IMAGES, Budget, Plan, planned, plans
from .images import batches_of, chosen
from .patching import States, named_tensors
from .preparing import check_whole, patchable_of
from .putting_back import IMAGES
from .reverting import Flips, Reverting
from .study import Study
from .trials import Draws, check_draws
from .trying import tried

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# A share of fewer images of a class is no mass flip.
_LEAST_FLIPS = 5
# Chance is known well enough to tell a cause from company; more take time from others.
_DRAWS = Draws(20, 100)
# An experiment that takes so much longer than it was given ends.
_TIMES_AS_LONG = 2
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
            fiftieth, 1 doubles it. Time is saved up. A moment gets a part of it, a larger one
            more; one that gets too little for the least that can be tried passes. None: as much
            as it takes; each moment gets what `evaluations` allow, so that the same training has
            the same experiments on any machine.
        share: The share of a class's images that have to flip the same way, in (0, 1].
        images: How many images are evaluated at most.
        draws: How many groups are drawn by chance.
        evaluations: How many evaluations of an image, with one group or another, a moment takes at
            most: for so long the training waits.
    """

    budget: float | None = 0.02
    share: float = 0.2
    images: int = IMAGES
    draws: Draws = _DRAWS
    evaluations: int = 100_000

    def __post_init__(self) -> None:
        """Checks what was given.

        Raises:
            ValueError: It is not what it must be.
        """
        positive = [("share", "a share", 1), ("evaluations", "a number", math.inf)]
        if self.budget is not None:
            positive.append(("budget", "a share", math.inf))
        for name, what, most in positive:
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value <= most:
                until = "" if most == math.inf else " and up to 1"
                raise ValueError(f"{name} must be {what} above 0{until}, got {value!r}")
        check_draws(self.draws)
        check_number(self.images, "images", LEAST_IMAGES)


@dataclass(frozen=True)
class Tried:
    """What a moment's experiments found.

    Attributes:
        since: The iteration before.
        seconds: How long they took.
        effects: What they found; nothing where time did not suffice for any.
        budget: See `Causes`.
        allotment: What they were given, and what was planned; None where none can be made.
    """

    since: int
    seconds: float
    effects: list[Effect]
    budget: float | None
    allotment: Allotment | None

    def log(self, writer: CausesWriter, step: int) -> None:
        """Logs them as of an iteration."""
        writer.add_effects(
            self.effects,
            step,
            self.since,
            seconds=self.seconds,
            budget=self.budget,
            allotment=self.allotment,
        )


class Watch:
    """Watches evaluations for mass flips, and makes experiments at them.

    Args:
        causes: What is asked for.
        predict: See `Tracker`.
        ignore_label: See `Tracker`.
        clock: Seconds.

    Attributes:
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
        self._predict = predict
        self._ignore_label = ignore_label
        self._clock = clock
        self._budget = Budget(causes.budget, causes.evaluations)
        # By name: what moves or converts a model gives it other tensors.
        self._before: dict[str, Tensor] = {}
        self._last: tuple[int, Evaluation] | None = None
        # The largest share of a class that has flipped, of each of the last evaluations.
        self._shares: list[float] = []
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

        Raises:
            ValueError: The model's weights are spread over processes.
        """
        check_whole(model)
        begin = self._clock()
        self._budget.evaluated(begin, len(evaluation.labels), seconds)
        inner = model.module if isinstance(model, DistributedDataParallel) else model
        last, self._last = self._last, (step, evaluation)
        try:
            if last is None or not self._is_moment(last[1], evaluation):
                return None
            if not _are_alike(self._before, named_tensors(inner)):
                return None  # Another model, or in another precision.
            effects, allotment = self._try(inner, loader, last[1], evaluation, begin)
            if not effects:
                self.passed += 1
            return Tried(last[0], self._clock() - begin, effects, self._causes.budget, allotment)
        finally:
            self._remember(inner)
            self._budget.spend(self._clock() - begin)

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
    ) -> tuple[list[Effect], Allotment | None]:
        with evaluating(model), undisturbed(loader):
            mine = _of_this_process(loader, now)
            if mine is None:
                return [], None
            labels = now.labels[mine]
            right = [(each.predicted == each.labels)[mine] for each in (now, before)]
            flipped = (right[0] != right[1]) & (labels >= 0)
            patchable = patchable_of(model, batches_of(loader, None), self._predict)
            self.left_out = patchable.left_out
            plan, allotment = self._planned(
                int(flipped.sum()), len(labels), len(patchable.sizes), begin
            )
            if plan is None:
                return [], allotment
            positions = chosen(labels, flipped, plan.images)
            states = States(model, self._before)
            read = partial(batches_of, loader, positions)
            start = self._clock()
            until = math.inf
            if self._causes.budget is not None:
                until = start + _TIMES_AS_LONG * allotment.allowed
            study = Study(
                model,
                patchable.sizes,
                read,
                self._predict,
                self._ignore_label,
                lambda some: batches_of(loader, positions[some]),
                lambda: self._clock() > until,
            )
            flips = Flips(*(each[positions] for each in right))
            reverting = Reverting(study, patchable, states, flips)
            effects = list(tried(plan, reverting, states))
            made = sum(
                len(positions) + len(each.chance) * int(each.images.sum()) for each in effects
            )
            self._budget.took(self._clock() - start, made)
            return effects, allotment

    def _planned(
        self, flips: int, images: int, layers: int, begin: float
    ) -> tuple[Plan | None, Allotment]:
        """What is tried at a moment, and what is said of it."""
        draws = self._causes.draws
        allowed, each = self._budget.allowed(begin, flips), self._budget.seconds_each
        asked = flips, min(images, self._causes.images), layers, draws
        plan = planned(self._budget.evaluations(allowed), *asked)
        *_, least = plans(*asked)
        return plan, Allotment(
            flips=flips,
            allowed=allowed,
            planned=(plan or least).evaluations * each,
            groups=plan.groups(layers) if plan else 0,
            draws=plan.draws.most if plan else 0,
        )

    def _remember(self, model: nn.Module) -> None:
        """Keeps a copy of the model's tensors, for the next time."""
        tensors = named_tensors(model)
        if not _are_alike(self._before, tensors):
            self._before = {}  # Before there is another copy.
            self._before = {name: tensor.detach().clone() for name, tensor in tensors.items()}
            return
        for name, tensor in tensors.items():
            self._before[name].copy_(tensor.detach())


def _are_alike(some: Mapping[str, Tensor], others: Mapping[str, Tensor]) -> bool:
    """Whether these are tensors of the same names and shapes, of the same types, in one place."""
    return [*some] == [*others] and all(
        (one.shape, one.dtype, one.device) == (other.shape, other.dtype, other.device)
        for one, other in zip(some.values(), others.values(), strict=True)
    )


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
