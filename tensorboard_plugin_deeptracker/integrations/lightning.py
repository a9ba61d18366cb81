"""A callback for Lightning's `Trainer`; needs `tensorboard-plugin-deeptracker[lightning]`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

from . import of_extra

with of_extra("lightning", "lightning", "torch"):
    from lightning.pytorch import LightningModule, Trainer
    from lightning.pytorch.callbacks import Callback
    from lightning.pytorch.trainer.states import RunningStage
    from torch import Tensor, nn
    from torch.utils import tensorboard

from ..tracker import (
    Predict,
    Sign,
    Source,
    Tracker,
    cadence,
    check_kinds,
    pass_length,
    predict_scores,
    read_batches,
)
from ..writer import SummaryWriter


class DeepTrackerCallback(Callback):
    """Logs weights and predictions while a `LightningModule` is trained.

    Example:
        ```python
        trainer = Trainer(callbacks=[DeepTrackerCallback()], logger=TensorBoardLogger("runs"))
        trainer.fit(module, train_loader, validation_loader)
        ```

    The module's `forward` must return scores [n, classes], or what has them as `logits` or begins
    with them; else pass `predict`. Batches are those that `validation_step` gets: as many as
    `limit_val_batches` says, and gone through the hooks of the transfer. If the trainer has a
    `TensorBoardLogger`, all is logged to its run; otherwise to `deeptracker` in the trainer's
    directory. The start and the end of the training are logged too; `fast_dev_run` logs nothing.

    Args:
        every: Log at each so many optimizer steps; about seven times an epoch if None.
        validation_loader: See `Tracker`; the trainer's own if None.
        class_names: See `Tracker`.
        images: See `Tracker`.
        predict: See `Tracker`; it is called in the trainer's precision.
        representations: See `Tracker`.
        on_sign: See `Tracker`.
        stop_on: Kinds of signs, as ("not_finite",), of which an alarm stops the training:
            `trainer.should_stop`; see docs/signs.md. Of none if empty.

    Raises:
        ValueError: There is no such kind of signs.
    """

    def __init__(
        self,
        every: int | None = None,
        validation_loader: Iterable[Any] | None = None,
        *,
        class_names: Sequence[str] | None = None,
        images: Any = None,
        predict: Predict | None = None,
        representations: Source = False,
        on_sign: Callable[[Sign], Any] | Literal[False] | None = None,
        stop_on: Sequence[str] = (),
    ) -> None:
        self._stop_on = check_kinds(stop_on)
        self._every = every
        self._loader = validation_loader
        self._options: dict[str, Any] = {
            "class_names": class_names,
            "images": images,
            "representations": representations,
            "on_sign": on_sign,
        }
        self._predict = predict or predict_scores
        self._writer: SummaryWriter | None = None
        self._tracker: Tracker | None = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begins a session of the log.

        Raises:
            ValueError: The trainer has not just one validation loader.
        """
        if trainer.fast_dev_run:  # type: ignore[attr-defined]
            return  # No logger of the trainer's writes anything then.

        def predict(model: nn.Module, inputs: Any) -> Tensor:
            with trainer.precision_plugin.forward_context():
                return self._predict(model, inputs)

        steps = trainer.num_training_batches / trainer.accumulate_grad_batches
        loader, limit = self._loader, None
        if loader is None:
            loader, limit = _validation_loader(trainer), trainer.limit_val_batches
        self._writer = _writer(trainer)
        self._tracker = Tracker(
            self._writer,
            pl_module,
            _Transferred(trainer, pl_module, loader, limit),
            self._every or cadence(steps if math.isinf(steps) else math.ceil(steps)),
            predict=predict,
            **self._options,
        )
        self._tracker.step(trainer.global_step)

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,  # noqa: ARG002
        *_: Any,
        **__: Any,
    ) -> None:
        """Logs if it is time; the gradients of the step are still there."""
        if self._tracker is not None:
            self._tracker.step(trainer.global_step)
            if self._stop_on & self._tracker.alarms:
                trainer.should_stop = True

    def on_train_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,  # noqa: ARG002
    ) -> None:
        """Logs the trained model, and closes the log."""
        if self._tracker is not None and self._writer is not None:
            self._tracker.log(trainer.global_step)
            self._writer.close()

    def on_exception(
        self,
        trainer: Trainer,  # noqa: ARG002
        pl_module: LightningModule,  # noqa: ARG002
        exception: BaseException,  # noqa: ARG002
    ) -> None:
        """Closes the log."""
        if self._writer is not None:
            self._writer.close()


class _Transferred:
    """The batches of a loader as the trainer gives them to `validation_step`."""

    def __init__(
        self, trainer: Trainer, module: LightningModule, loader: Iterable[Any], limit: float | None
    ) -> None:
        self._trainer = trainer
        self._module = module
        self._loader = loader
        self._limit = limit
        # By these the tracker knows which images they are.
        self.dataset = getattr(loader, "dataset", None)
        self.batch_sampler = getattr(loader, "batch_sampler", None)
        self.generator = getattr(loader, "generator", None)

    def __len__(self) -> int:
        length = pass_length(self._loader, self._limit)
        if length is None:
            raise TypeError("a loader without a length")
        return length

    def __iter__(self) -> Iterator[Any]:
        trainer = self._trainer
        stage = trainer.state.stage
        for batch in read_batches(self._loader, self._limit):
            # The hooks may ask, as where only training images are augmented.
            trainer.state.stage = RunningStage.VALIDATING
            try:
                ready = trainer.precision_plugin.convert_input(batch)
                ready = self._module._on_before_batch_transfer(ready)
                ready = trainer.strategy.batch_to_device(ready)
            finally:
                trainer.state.stage = stage
            yield ready


def _writer(trainer: Trainer) -> SummaryWriter:
    directory = trainer.log_dir or trainer.default_root_dir
    resumed_at = trainer.global_step or None
    for logger in trainer.loggers:
        experiment = getattr(logger, "experiment", None)
        if isinstance(experiment, tensorboard.SummaryWriter):
            return SummaryWriter(purge_step=resumed_at, event_writer=experiment)
    return SummaryWriter(f"{directory}/deeptracker", purge_step=resumed_at)


def _validation_loader(trainer: Trainer) -> Iterable[Any]:
    loaders = trainer.val_dataloaders
    if isinstance(loaders, list | tuple) and len(loaders) == 1:
        loaders = loaders[0]
    if loaders is None or isinstance(loaders, list | tuple | dict):
        raise ValueError(
            "the trainer has not just one validation loader: pass the one to log, as"
            " DeepTrackerCallback(validation_loader=...)"
        )
    answer: Iterable[Any] = loaders
    return answer
