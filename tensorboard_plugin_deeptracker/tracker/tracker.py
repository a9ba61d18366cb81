"""The common case in one object: weights and predictions every so many iterations."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import torch
from torch import nn

from ..causes import Causes, Watch
from ..features.images.log import given_names
from ..features.signs.compute import Sign
from ..summary.distributed import is_first, meet
from ..summary.evaluation import Evaluation, Predict, in_precision
from ..summary.log import users_frame
from ..summary.numbers import Step, check_ignored
from ..summary.options import check_number
from ..summary.representing import Representing, Source, check_source
from ..writer import SummaryWriter
from .adaptive import Adaptive
from .checks import (
    TRACKED,
    check,
    check_adaptive,
    check_autocast,
    check_causes,
    check_on_sign,
    check_training_loader,
)
from .counting import Counted
from .evaluated import Evaluated
from .observing import Observer
from .signs import Signs

# The paper's interval is 1,600 iterations of 128 of ImageNet's images (section 6).
_DUMPS_AN_EPOCH = 7
# Where nothing is known of the epoch.
_EVERY = 100


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
            the paper's. "adaptive": denser when predictions change more than usual or a sign is
            raised, sparser when nothing happens, within a `budget`.
        class_names: One for each class, or a mapping between numbers and names. If None, those that
            the dataset has for these labels, also beneath `Subset` and the like; or numbers.
        images: What the validation images look like, as `SummaryWriter.add_validation_set` takes
            it; if None, the dataset's own, if it consists of images.
        predict: Takes the model and a batch's inputs, returns scores [n, classes] or class numbers
            int[n]. If None, the model's output (or its `.logits`) are the scores.
        ignore_label: The label of validation images that do not count.
        grad_scaler: See `SummaryWriter.add_weights`.
        training_loader: The loader whose batches `observe` is told of. By it, it is known which
            images they are, and where an epoch ends. If None, the dataset that was made `WithIds`
            is the training's, and an epoch ends when all its images were seen.
        observe_every: Log what was observed every so many batches; once an epoch if None.
        images_at_most: Evaluate no more than so many of the validation images: of each class the
            same share, drawn once with a fixed seed of our own. The tab says of how many they are
            some. The labels of all are read once. Not in a process group.
        keep_inputs: Keep the inputs of the validation images on the model's device, from the first
            evaluation on, if they take no more than so many bytes: they are not read, decoded and
            moved again. For a loader that yields the same each time, and says which images.
        autocast: The type of the training's `torch.autocast`, as `torch.bfloat16`: the model is
            evaluated under it, too. If None, as the model is.
        representations: Log what the map is made of, seen where the images are predicted: True
            takes the input of the model's last linear layer; else the name of a layer whose output
            it is (averaged over places or tokens), or a function of the model and a batch's inputs
            that returns float[n, dimensions].
        causes: Where whole classes flip, try which filters did it; see `Causes`. In a process
            group, rank 0 does so on its own part of the images, and the others wait.
        on_sign: Called with each alarm (a `Sign`: `kind.name`, `says`, `severity`, `first_step`),
            in the training's thread, at a later call of the tracker. Without it too, an alarm is a
            line in the log `tensorboard_plugin_deeptracker.signs` and a text in TensorBoard. False:
            nobody looks for signs. They are looked for beside the training, of what is logged.
        budget: With `every="adaptive"`: the most dumps there are to be.
        steps: Likewise, how many iterations the training has; if None, dumps get sparser in
            proportion to the iterations that there were.

    Attributes:
        error: The share of the validation images that were wrong at the last log; NaN before it.
    """

    def __init__(
        self,
        writer: SummaryWriter,
        model: nn.Module,
        validation_loader: Iterable[Any] | None,
        every: int | Literal["adaptive"] | None = None,
        *,
        class_names: Sequence[str] | None = None,
        images: Any = None,
        predict: Predict | None = None,
        ignore_label: int | None = None,
        grad_scaler: torch.amp.GradScaler | float | None = None,
        training_loader: Iterable[Any] | None = None,
        observe_every: int | None = None,
        images_at_most: int | None = None,
        keep_inputs: int | None = None,
        autocast: torch.dtype | None = None,
        representations: Source = False,
        causes: Causes | None = None,
        on_sign: Callable[[Sign], Any] | Literal[False] | None = None,
        budget: int | None = None,
        steps: int | None = None,
    ) -> None:
        self._adaptive: Adaptive | None = None
        check_adaptive(every, budget, steps)
        if isinstance(every, str):
            assert budget is not None
            self._adaptive, every = Adaptive(budget, steps), None
        check(writer, model, validation_loader, every, predict)
        check_on_sign(on_sign)
        for name, number in (
            ("observe_every", observe_every),
            ("images_at_most", images_at_most),
            ("keep_inputs", keep_inputs),
        ):
            check_number(number, name, optional=True)
        if autocast is not None:
            check_autocast(autocast)
            predict = in_precision(predict, autocast)
        check_source(representations)
        check_causes(causes, validation_loader, model)
        check_ignored(ignore_label)
        check_training_loader(training_loader)
        if class_names is not None:
            class_names = given_names(class_names)
        TRACKED.add(writer)
        self.every = _EVERY if every is None else int(every)
        self.error = math.nan
        self._writer = writer
        self._model = model
        self._class_names = class_names
        self._predict = predict
        self._grad_scaler = grad_scaler
        self._watch = None if causes is None else Watch(causes, predict, ignore_label)
        self._validation: Evaluated | None = None
        if validation_loader is not None:
            self._validation = Evaluated(
                writer,
                validation_loader,
                class_names=class_names,
                images=images,
                predict=predict,
                ignore_label=ignore_label,
                images_at_most=images_at_most,
                keep_inputs=keep_inputs,
                representing=Representing(representations) if representations else None,
            )
        self._counted = Counted()
        self._miscounted = False
        self._logged: int | None = None
        self._failures: set[str] = set()
        self._training_loader = training_loader
        self._observe_every = observe_every
        self._observer: Observer | None = None
        self._signs: Signs | None = None
        self._alarms = 0
        if on_sign is not False and is_first():
            self._signs = Signs(writer, on_sign, self._warn)
            writer.before_close.append(self._say_the_rest)

    @property
    def alarms(self) -> frozenset[str]:
        """Kinds of signs of which an alarm was said."""
        return frozenset(self._signs.kinds if self._signs else ())

    def step(self, global_step: Step) -> None:
        """Says that an iteration is done; logs if it is time.

        Call it after `backward()` and before the gradients are set to zero, so that they are
        logged too. Where iterations are skipped, the first one after a due one is logged. In a
        process group, every process calls it.

        Args:
            global_step: The training iteration. Where it begins again from a lower number, as one
                that is counted in each epoch, iterations are counted on, and a warning says so.
        """
        last, step = self._counted.last, self._count(global_step)
        if step is None:
            return
        if self._is_due(step, last):
            self._log(step)
        if self._observer is not None:
            self._safely(step, self._observer.log, step)
        if self._signs is not None and self._signs.say(step):
            self._alarms += 1

    def _count(self, global_step: Step) -> int | None:
        """The number of an iteration; None: what was given is none, and the training goes on."""
        try:
            return self._counted.on(global_step)
        except ValueError as error:
            if self._logged is None:
                raise
            # Each has another number: one of them is said.
            if not self._miscounted:
                self._miscounted = True
                self._warn(self._counted.last or 0, error, "an iteration after")
            return None

    def _is_due(self, step: int, last: int | None) -> bool:
        if self._adaptive is not None:
            return self._adaptive.due(step)
        return step // self.every > (step - 1 if last is None else last) // self.every

    def _say_the_rest(self) -> None:
        if self._signs is not None:
            self._signs.close(self._counted.last or 0)

    def log(self, global_step: Step) -> None:
        """Logs now; does nothing if this iteration is logged already.

        Args:
            global_step: The training iteration.

        Raises:
            ValueError: At the first log, the loader, the model or the step is not as it must be;
                see `SummaryWriter`'s methods.
        """
        step = self._count(global_step)
        if step is not None:
            self._log(step)

    def replay(self, global_step: Step) -> None:
        """Logs now, where no training is to go on: whatever fails is raised.

        Args:
            global_step: The training iteration.

        Raises:
            Exception: What the loader or the model raises.
        """
        self._logged = self._counted.on(global_step)
        self._evaluate_and_log(self._logged, in_pairs=True)

    def observe(self, ids: Any, outputs: Any, labels: Any = None) -> None:
        """Takes what a training step has computed of its images anyway.

        Once an epoch, it is logged as predictions of the image set "train", with the margins,
        probabilities and second choices. They are those of the training's own forward passes: of
        augmented images, and of a model in training mode that changes during the epoch. Of an image
        that is seen several times in an epoch, the last time counts; one that is not seen was not
        evaluated. In a process group every process calls it, and closes its writer; of an image
        that several have seen, as the padding of a `DistributedSampler`, the lowest rank's counts.

        The outputs are copied and worked on beside the training; on an accelerator, by it, without
        waiting for it. What is left at the end is logged when the writer is closed.

        Args:
            ids: int[n]: which images of the dataset they are, as `WithIds` gives them.
            outputs: What the model returned for them: scores [n, classes], or what has them as
                `logits`, or begins with them.
            labels: int[n]; if None, those that the dataset keeps (`targets`, `labels`, `samples`, a
                column). Of label smoothing, [n, classes] too. Images that were mixed (mixup,
                CutMix) are left out.

        Raises:
            ValueError: At the first call, something is not as it must be. After it, nothing ends
                the training: what cannot be observed is warned of, once.
        """
        step = self._counted.last
        if self._observer is None:
            other = getattr(self._validation and self._validation.loader, "dataset", None)
            observer = Observer(
                self._writer, self._training_loader, self._observe_every, self._class_names, other
            )
            observer.observe(ids, outputs, labels, step)
            self._observer = observer
        else:
            self._safely(step or 0, self._observer.observe, ids, outputs, labels, step)

    def end_epoch(self) -> None:
        """Says that an epoch of observed images has ended, where that is not known otherwise."""
        if self._observer is not None:
            self._safely(self._counted.last or 0, self._observer.end, self._counted.last)

    def _safely(self, step: int, call: Callable[..., None], *arguments: Any) -> None:
        try:
            call(*arguments)
        except Exception as error:
            self._warn(step, error)

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
            if self._signs is not None:
                self._signs.look()

    def _evaluate_and_log(self, step: int, *, in_pairs: bool = False) -> None:
        evaluation, validation = None, self._validation
        if validation is not None:
            begin = time.monotonic()
            evaluation = validation.evaluate(self._model, in_pairs=in_pairs)
            seconds = time.monotonic() - begin
        example = evaluation and evaluation.example
        self._writer.add_model(self._model, example, call=self._predict)
        self._writer.add_weights(self._model, step, grad_scaler=self._grad_scaler)
        if evaluation is not None and validation is not None and is_first():
            self.error = validation.log(evaluation, step)
            if self._watch is not None:
                self._safely(step, self._try, self._watch, step, evaluation, seconds)
        if self._adaptive is not None:
            predicted = None if evaluation is None else evaluation.predicted
            self._adaptive.logged(step, predicted, self._alarms > 0)
            self._alarms = 0

    def _try(self, watch: Watch, step: int, evaluation: Evaluation, seconds: float) -> None:
        """Makes experiments, if this is a moment for them."""
        assert self._validation is not None
        tried = watch.after(self._model, self._validation.loader, step, evaluation, seconds)
        if tried is not None:
            tried.log(self._writer, step)

    def _warn(self, step: int, error: Exception, what: str = "all of") -> None:
        text = f"{type(error).__name__}: {error}"
        if text in self._failures:
            return
        self._failures.add(text)
        warnings.warn(
            f"DeepTracker could not log {what} step {step}: {text}. The training goes on, and so"
            " does the logging; the same is not said again.",
            RuntimeWarning,
            stacklevel=users_frame(),
        )
