"""A callback for Hugging Face's `Trainer`; needs `tensorboard-plugin-deeptracker[transformers]`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from . import of_extra

with of_extra("transformers", "transformers", "torch"):
    from torch.utils.data import DataLoader
    from transformers import PreTrainedModel, TrainerControl, TrainerState, TrainingArguments
    from transformers.integrations.integration_utils import TensorBoardCallback

from ..tracker import Predict, Sign, Source, Tracker, cadence, check_kinds
from ..writer import SummaryWriter


class DeepTrackerCallback(TensorBoardCallback):
    """Logs weights and predictions while a model is trained, and what `TensorBoardCallback` does.

    Example:
        ```python
        trainer = Trainer(model, TrainingArguments(report_to="none"), ...)
        trainer.add_callback(DeepTrackerCallback(trainer.get_eval_dataloader()))
        trainer.train()
        ```

    It takes the place of `TensorBoardCallback`, which `report_to` would add: a run has one event
    file. The start and the end of the training are logged too.

    Args:
        validation_loader: See `Tracker`.
        every: Log at each so many optimizer steps; about seven times an epoch if None.
        class_names: See `Tracker`; those of the model's configuration if None.
        images: See `Tracker`.
        writer: Where to log; a new one in the trainer's logging directory if None.
        predict: See `Tracker`.
        representations: See `Tracker`.
        on_sign: See `Tracker`.
        stop_on: Kinds of signs, as ("not_finite",), of which an alarm stops the training; see
            docs/signs.md. Of none if empty.

    Raises:
        ValueError: There is no such kind of signs.
    """

    def __init__(
        self,
        validation_loader: Iterable[Any],
        every: int | None = None,
        *,
        class_names: Sequence[str] | None = None,
        images: Any = None,
        writer: SummaryWriter | None = None,
        predict: Predict | None = None,
        representations: Source = False,
        on_sign: Callable[[Sign], Any] | Literal[False] | None = None,
        stop_on: Sequence[str] = (),
    ) -> None:
        self._stop_on = check_kinds(stop_on)
        self._on_sign = on_sign
        super().__init__(writer)  # type: ignore[no-untyped-call]
        self._loader = validation_loader
        self._every = every
        self._class_names = class_names
        self._images = images
        self._predict = predict
        self._representations = representations
        self._resumed_at: int | None = None
        self._tracker: Tracker | None = None

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Begins a session of the log."""
        model: PreTrainedModel = kwargs["model"]
        batches: DataLoader[Any] = kwargs["train_dataloader"]
        self._resumed_at = state.global_step or None
        super().on_train_begin(args, state, control, **kwargs)  # type: ignore[no-untyped-call]
        if self.tb_writer is None:  # The base class makes it only in the process that logs.
            self._init_summary_writer(args)
        self._tracker = Tracker(
            self.tb_writer,
            model,
            self._loader,
            self._every or cadence(_length(batches) / args.gradient_accumulation_steps),
            class_names=_class_names(model) if self._class_names is None else self._class_names,
            images=self._images,
            predict=self._predict,
            representations=self._representations,
            on_sign=self._on_sign,
        )
        self._tracker.step(state.global_step)

    def _init_summary_writer(self, args: TrainingArguments) -> None:  # noqa: ARG002
        self.tb_writer = SummaryWriter(self.logging_dir, purge_step=self._resumed_at)

    def on_optimizer_step(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        """Logs if it is time; the gradients of the step are still there."""
        assert self._tracker is not None
        step = state.global_step + 1
        if step >= state.max_steps:
            self._tracker.log(step)
        else:
            self._tracker.step(step)
        if self._stop_on & self._tracker.alarms:
            control.should_training_stop = True


def _length(batches: DataLoader[Any]) -> float:
    try:
        return len(batches)
    except TypeError:  # An iterable dataset.
        return math.inf


def _class_names(model: PreTrainedModel) -> list[str] | None:
    names = getattr(getattr(model, "config", None), "id2label", None)
    return [names[i] for i in sorted(names)] if names else None
