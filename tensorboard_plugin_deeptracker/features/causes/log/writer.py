"""`add_effects`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ....summary.numbers import whole_step
from ...images.log import ImagesWriter
from ...images.records import VALIDATION
from ..records import Allotment, Effect, Experiments, encode_experiments


class CausesWriter(ImagesWriter):
    """Logs what filters did, found by experiment."""

    def add_effects(
        self,
        effects: Sequence[Effect],
        global_step: int,
        since: int,
        image_set: str = VALIDATION,
        *,
        seconds: float = 0.0,
        budget: float | None = None,
        allotment: Allotment | None = None,
    ) -> None:
        """Logs what `put_back` or `ablate` found.

        Args:
            effects: What they returned.
            global_step: The training iteration of the model, larger than at the call before; else
                a warning says so, once, and nothing is logged.
            since: The iteration of the state before.
            image_set: Which images were evaluated: the classes of the effects are its.
            seconds: How long it took.
            budget: The share of the training's time that may be spent on it; None: as much as it
                takes.
            allotment: What was given to this moment. With it or a budget, and without effects, it
                is logged that images flipped and that did not suffice.

        Raises:
            ValueError: These are no effects, or no steps.
            CallOrderError: There is no such image set yet.
        """
        step, steps = self._step_about("add_effects", image_set, global_step)
        since = whole_step(since, "since")
        found: list[Any] = list(effects)
        wrong = next((each for each in found if not isinstance(each, Effect)), None)
        if wrong is not None:
            raise ValueError(
                "effects must be what put_back or ablate returned, not"
                f" {type(wrong).__name__} objects"
            )
        if step is None or (not found and budget is None and allotment is None):
            return
        classes = len(self._set_of(image_set, "add_effects").image_set.class_names)
        beyond = max((int(each.classes.max(initial=-1)) for each in found), default=-1)
        if beyond >= classes:
            raise ValueError(
                f"effects are of class {beyond}, and the image set {image_set!r} has {classes}"
            )
        self._last_step[steps] = step
        images = max((int(each.images.sum()) + each.others for each in found), default=0)
        record = Experiments(since, images, seconds, tuple(found), budget, allotment)
        self._open().add(partial(encode_experiments, step, record, image_set))
