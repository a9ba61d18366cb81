"""The common case in one object: weights and predictions every so many iterations."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any
from weakref import WeakSet

import numpy as np
import torch
from torch import nn
from torch.utils.data import Subset

from .features.images.log import can_be_shown, class_names_of
from .features.layers.log import refuse_flattened
from .features.validation.log import Kept, kept_of
from .summary import distributed
from .summary.distributed import is_first, meet
from .summary.drawing import some_images
from .summary.evaluation import Evaluation, Predict, evaluate, predict_scores
from .summary.loading import check_loader, pass_length, read_batches
from .summary.log import users_frame
from .summary.numbers import IGNORED, Step, whole_step
from .writer import SummaryWriter

__all__ = ["Predict", "Tracker", "cadence", "pass_length", "predict_scores", "read_batches"]

# The paper's interval is 1,600 iterations of 128 of ImageNet's images (section 6).
_DUMPS_AN_EPOCH = 7
# Where nothing is known of the epoch.
_EVERY = 100
# Writers that have a tracker.
_TRACKED: WeakSet[SummaryWriter] = WeakSet()


def cadence(steps_an_epoch: float) -> int:
    """The interval of the paper: about seven dumps an epoch.

    Args:
        steps_an_epoch: Iterations of an epoch; infinite if it has no end.
    """
    known = steps_an_epoch < float("inf")
    return max(1, round(steps_an_epoch / _DUMPS_AN_EPOCH)) if known else _EVERY


class Tracker:
    """Evaluates a model on its validation images while it is trained, and logs what happens.

    Example:
        ```python
        with SummaryWriter("runs/resnet20") as writer:
            tracker = Tracker(writer, model, validation_loader, every=cadence(len(loader)))
            for step, (images, labels) in enumerate(loader):
                optimizer.zero_grad()
                functional.cross_entropy(model(images), labels).backward()
                optimizer.step()
                tracker.step(step)
        ```

    The training is the same, bit by bit, as without: the model is evaluated in eval mode under
    `torch.no_grad()`, and its modules' modes, its buffers and all random number generators are as
    before afterwards. In a process group, every process makes a tracker and calls it; rank 0 logs.

    What is not as it must be is refused when the tracker is made, or at the first log. After that
    nothing ends the training: what cannot be logged is warned of.

    Args:
        writer: Where to log; a writer has one tracker.
        model: The model, wrapped or not.
        validation_loader: Yields tuples that begin with inputs and labels, or dictionaries with
            "labels"; one that shuffles is read in the order of its dataset. In a process group a
            `DistributedSampler` may divide them.
            None to log weights alone.
        every: Log at iterations that are a multiple of this; 100 if None. `cadence` computes
            the paper's.
        class_names: One for each class. If None, those that the dataset has for these labels, also
            beneath `Subset` and the like; or numbers.
        images: What the validation images look like, as `SummaryWriter.add_validation_set` takes
            it; if None, the dataset's own, if it consists of images.
        predict: Takes the model and a batch's inputs, returns scores [n, classes] or class numbers
            int[n]. If None, the model's output (or its `.logits`) are the scores.
        ignore_label: The label of validation images that do not count.
        grad_scaler: See `SummaryWriter.add_weights`.
        images_at_most: Evaluate no more than so many of the validation images: of each class the
            same share, drawn once with a fixed seed of our own. The tab says of how many they are
            some. The labels of all are read once. Not in a process group.
    """

    def __init__(
        self,
        writer: SummaryWriter,
        model: nn.Module,
        validation_loader: Iterable[Any] | None,
        every: int | None = None,
        *,
        class_names: Sequence[str] | None = None,
        images: Any = None,
        predict: Predict | None = None,
        ignore_label: int | None = None,
        grad_scaler: torch.amp.GradScaler | float | None = None,
        images_at_most: int | None = None,
    ) -> None:
        _check(writer, model, validation_loader, every, predict)
        if images_at_most is not None:
            images_at_most = _whole(images_at_most, "images_at_most")
        _TRACKED.add(writer)
        self.every = _EVERY if every is None else int(every)
        self._writer = writer
        self._model = model
        self._loader = validation_loader
        self._class_names = class_names
        self._images = images
        self._predict = predict
        self._ignore_label = ignore_label
        self._grad_scaler = grad_scaler
        # None: they are drawn, if any were to be.
        self._at_most = images_at_most
        self._drawn_from: int | None = None
        self._first: Evaluation | None = None
        self._counted = _Counted()
        self._logged: int | None = None
        self._failures: set[str] = set()

    def step(self, global_step: Step) -> None:
        """Says that an iteration is done; logs if it is time.

        Call it after `backward()` and before the gradients are set to zero, so that they are
        logged too. Where iterations are skipped, the first one after a due one is logged. In a
        process group, every process calls it.

        Args:
            global_step: The training iteration. Where it begins again from a lower number, as one
                that is counted in each epoch, iterations are counted on, and a warning says so.
        """
        last = self._counted.last
        step = self._counted.on(global_step)
        if step // self.every > (step - 1 if last is None else last) // self.every:
            self._log(step)

    def log(self, global_step: Step) -> None:
        """Logs now; does nothing if this iteration is logged already.

        Args:
            global_step: The training iteration.

        Raises:
            ValueError: At the first log, the loader, the model or the step is not as it must be;
                see `SummaryWriter`'s methods.
        """
        self._log(self._counted.on(global_step))

    def _log(self, step: int) -> None:
        if step == self._logged:
            return
        try:
            if self._logged is None:
                meet("tracker.step")
            self._evaluate_and_log(step)
        except Exception as error:
            if self._logged is None:
                raise
            self._warn(step, error)
        else:
            self._logged = step

    def _evaluate_and_log(self, step: int) -> None:
        evaluation = None
        if self._loader is not None:
            self._draw()
            evaluation = evaluate(
                self._model, self._loader, self._predict, self._ignore_label, kept_of
            )
        example = evaluation and evaluation.example
        self._writer.add_model(self._model, example, call=self._predict)
        self._writer.add_weights(self._model, step, grad_scaler=self._grad_scaler)
        if evaluation is not None and is_first():
            if self._first is None:
                self._add_validation_set(evaluation)
                self._first = evaluation
            _check_order(self._first, evaluation)
            counted = evaluation.labels != IGNORED
            kept = evaluation.kept
            self._writer.add_predictions(
                evaluation.predicted,
                step,
                None if kept is None else Kept(kept, evaluation.probabilities),
                ids=evaluation.ids,
                not_finite=int((evaluation.not_finite & counted).sum()),
            )

    def _draw(self) -> None:
        """Chooses the images that are evaluated, if they are not to be all."""
        if self._loader is None or self._at_most is None:
            return
        if distributed.position()[1] > 1:
            raise ValueError(
                "images_at_most= cannot be used in a process group: pass a validation loader of"
                " fewer images instead, of a torch.utils.data.Subset"
            )
        self._loader, self._drawn_from = some_images(
            self._loader, self._at_most, self._ignore_label
        )
        self._at_most = None

    def _warn(self, step: int, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"
        if text in self._failures:
            return
        self._failures.add(text)
        warnings.warn(
            f"DeepTracker could not log all of step {step}: {text}. The training goes on, and so"
            " does the logging; the same is not said again.",
            RuntimeWarning,
            stacklevel=users_frame(),
        )

    def _add_validation_set(self, evaluation: Evaluation) -> None:
        dataset: Any = getattr(self._loader, "dataset", None)
        labels, ids = evaluation.labels, evaluation.ids
        names = self._class_names
        if names is None:
            names = class_names_of(dataset, labels, ids)
        if names is None:
            highest = max(labels.max(), evaluation.predicted.max())
            names = [str(i) for i in range(max(evaluation.classes, int(highest) + 1))]
        images = self._images
        if images is None and hasattr(dataset, "__getitem__"):
            part: Subset[Any] = Subset(dataset, ids.tolist())
            images = part if can_be_shown(part) else None
        self._writer.add_validation_set(
            labels, names, images, ids, ignore_label=IGNORED, drawn_from=self._drawn_from
        )


class _Counted:
    """Iterations counted over all epochs, however the training counts them."""

    def __init__(self) -> None:
        self.last: int | None = None
        self._offset = 0

    def on(self, global_step: Step) -> int:
        """The number of an iteration; larger than the last one, or the same."""
        given = whole_step(global_step)
        step = given + self._offset
        if self.last is not None and step < self.last:
            if not self._offset:
                warnings.warn(
                    f"global_step went back from {self.last} to {given}, as where it is counted in"
                    f" each epoch: the log counts on from {self.last}. Pass a number that grows"
                    " over all epochs, such as epoch * len(loader) + batch.",
                    RuntimeWarning,
                    stacklevel=users_frame(),
                )
            self._offset = self.last + 1 - given
            step = self.last + 1
        self.last = step
        return step


def _check(writer: Any, model: Any, loader: Any, every: Any, predict: Any) -> None:
    """Refuses what cannot work, before the training begins.

    Raises:
        ValueError: Names the argument, and what would be right.
    """
    if not isinstance(writer, SummaryWriter):
        raise ValueError(
            "writer must be a tensorboard_plugin_deeptracker.SummaryWriter, not"
            f" {type(writer).__name__}; one of torch's can be passed to it, as"
            " SummaryWriter(event_writer=writer)"
        )
    if writer in _TRACKED:
        raise ValueError(
            "this writer has a tracker already, and a run is of one model: make a SummaryWriter of"
            " another directory for another one"
        )
    if not isinstance(model, nn.Module):
        raise ValueError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    refuse_flattened(model)
    if loader is not None:
        check_loader(loader)
    if every is not None:
        _whole(every, "every")
    if predict is not None and not callable(predict):
        raise ValueError(
            "predict must be a function that takes the model and a batch's inputs, not"
            f" {type(predict).__name__}"
        )


def _whole(number: Any, name: str) -> int:
    if not isinstance(number, Integral) or int(number) < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {number!r}")
    return int(number)


def _check_order(first: Evaluation, evaluation: Evaluation) -> None:
    """Compares the labels of the images that were evaluated at first, too.

    Raises:
        ValueError: They are others: the images are not the same.
    """
    _, position, found = np.intersect1d(first.ids, evaluation.ids, True, True)
    if (first.labels[position] != evaluation.labels[found]).any():
        raise ValueError(
            "the validation loader yields its images in another order than at first: make it with"
            " shuffle=False"
        )
