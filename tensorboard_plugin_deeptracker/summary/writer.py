"""The SummaryWriter: checks what it is given, and hands it on."""

from __future__ import annotations

import operator
import os
import secrets
import time
import warnings
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    from torch import nn
    from torch.utils import tensorboard
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ImportError(
        "SummaryWriter needs PyTorch, which is not installed: run"
        ' pip install "tensorboard-plugin-deeptracker[torch]"'
    ) from error

from .. import __version__
from ..events import encode, schema
from .distributed import is_first
from .dumps import Dumps
from .earlier import logged_images, next_start
from .forward import forward_order
from .hierarchy import build_hierarchy
from .layers import find_layers, in_forward_order, module_type, pictured, walk
from .log import Log, users_frame
from .rng import preserved_random_state
from .snapshot import Previous
from .thumbnails import Format, check_images, image_records
from .validation import CallOrderError, predicted_classes, same_validation_set, validation_rows


class SummaryWriter(tensorboard.SummaryWriter):
    """A `torch.utils.tensorboard.SummaryWriter` that also logs what DeepTracker shows.

    Example:
        ```python
        with SummaryWriter("runs/resnet20") as writer:
            writer.add_model(model, example_input=images[:1])
            writer.add_validation_set(labels, class_names, images=validation_set)
            for step, batch in enumerate(batches):
                ...  # loss.backward(); optimizer.step()
                if step % 100 == 0:
                    writer.add_weights(model, step)
                    writer.add_predictions(predict(model), step)
        ```

    Logging never changes the training: no random number is drawn, no autograd state
    touched. Wrong arguments raise a ValueError at once, and nothing is logged by that
    call. A file system that fails never raises: one warning says so, and the training
    goes on.

    The constructor takes what torch's takes. To resume from a checkpoint at step s, make a
    new writer with `purge_step=s` on the same directory.

    In a process group, every process makes a writer, and rank 0 logs: the others check what they
    are given, contribute their shards of the weights, and open no file unless something of
    torch's is added there.

    Args:
        thumbnail_size: Longer side of the logged images, in pixels; 0 to log none.
        thumbnail_format: "png", "jpeg" or "webp"; None takes PNG for images up to 16 pixels a side,
            which it keeps exactly, and JPEG for larger ones.
        previous_weights: How the copy of the tracked weights that the next dump is compared with
            is kept: "exact" in the weights' own type and place; "bfloat16" in half the
            memory of float32, and then updates are those of the rounded weights: a `change`
            under 1e-6 is mostly rounding; or "cpu", exact, for models on an accelerator, which
            waits while weights and gradients are brought there.
        event_writer: Torch's writer for the run, if a framework has made one: a run has one event
            file. Its directory is that of this writer.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
        *,
        thumbnail_size: int = 64,
        thumbnail_format: Format | None = None,
        previous_weights: Previous = "exact",
        event_writer: tensorboard.SummaryWriter | None = None,
    ) -> None:
        self._event_writer = event_writer
        if event_writer is not None:
            log_dir = event_writer.log_dir
        self._may_open = is_first()
        super().__init__(log_dir, comment, purge_step, max_queue, flush_secs, filename_suffix)
        self._may_open = True
        # The file is made when something of ours is logged; the process may be elsewhere then.
        self._directory = Path(self.log_dir, schema.LOG_DIRECTORY).absolute()
        self._resumed_at = purge_step
        self._thumbnail_size = thumbnail_size
        self._thumbnail_format = thumbnail_format
        self._previous_weights = previous_weights
        self._log: Log | None = None
        self._event_file_failed = False
        self._model: schema.Model | None = None
        self._dumps: Dumps | None = None
        self._validation_set: schema.ValidationSet | None = None
        self._order: NDArray[np.int64] | None = None
        self._images_logged = False
        self._last_step: dict[str, int] = {}

    def add_model(self, model: nn.Module, example_input: Any = None) -> None:
        """Logs the layers of a model, their hierarchy, and how data flows between them.

        Args:
            model: Any module; wrappers such as DDP or torch.compile are looked through.
            example_input: What the model is called with: one argument, or a tuple of them, or a
                dictionary of keyword arguments. The model is run on it once, which leaves
                no trace in it, to find the order and the connections of the
                layers. Without, the model's code is traced, which not all models allow.

        Raises:
            ValueError: The model has no weighted layer, cannot be run on the example, or
                is not the one that this writer has logged already.
        """
        layers = find_layers(model)
        if self._model is not None:
            in_forward_order(layers, self._model)
            return
        order, edges = forward_order(model, layers, example_input)
        described = tuple(layers[i].layer for i in order)
        types = {path: module_type(module) for path, module in walk(model)}
        structure = schema.Model(
            described,
            build_hierarchy(described, types),
            tuple(edges),
            kernels=pictured([layers[i] for i in order]),
        )
        record = encode.model(structure)
        self._open().add(lambda: record)
        self._model, self._dumps = structure, Dumps(structure, self._previous_weights)

    def add_validation_set(
        self,
        labels: Any,
        class_names: Sequence[str],
        images: Any = None,
        ids: Any = None,
    ) -> None:
        """Logs the images that all validations are about.

        Args:
            labels: int[images]: the class of each image, in the order in which predictions will
                be given. A tensor, array or list.
            class_names: One for each class. Names that repeat get their class's number
                appended.
            images: What the images look like, if that is to be seen: an array
                [n, height, width], [n, channels, height, width] or
                [n, height, width, channels]; or a dataset or sequence of images, of
                paths, or of tuples that begin with one. They are read at once, in the
                calling thread, and encoded as thumbnails in the background; those that an
                earlier session of the run has logged are not read again.
            ids: What the images are called: whole numbers or strings, all different;
                0, 1, 2... if None.

        Raises:
            ValueError: Lengths differ, a label is out of range, an identifier is repeated, an
                image cannot be read, or this writer has logged another validation set. An image
                that cannot be read is found when the validation set is logged already: call
                again, with images that can be, or without.
        """
        validation_set, order = validation_rows(labels, class_names, ids)
        if images is not None:
            check_images(images, len(order))
        if self._validation_set is None:
            record = encode.validation_set(validation_set)
            self._open().add(lambda: record)
            self._validation_set, self._order = validation_set, order
        elif not same_validation_set(validation_set, self._validation_set):
            raise ValueError(
                "this writer has already logged another validation set, and a run has one: log to"
                " another directory with a new SummaryWriter"
            )
        if images is not None and not self._images_logged:
            self._add_images(images, order, validation_set)
            self._images_logged = True

    def add_weights(self, model: nn.Module, global_step: int) -> None:
        """Logs how the filters have changed, and statistics of weights and gradients.

        Gradients are those that the parameters hold: call this before they are set to
        zero. The first call of a session has nothing to compare with.

        Args:
            model: The model that `add_model` logged; it is logged now if none was.
            global_step: The training iteration, larger than at the call before.

        Raises:
            ValueError: The model's layers are not those that were logged, or
                `global_step` is not after the last.
        """
        step = self._step("add_weights", global_step)
        if self._model is None:
            self.add_model(model)
        assert self._model is not None
        assert self._dumps is not None
        try:
            layers = in_forward_order(find_layers(model), self._model)
            self._last_step["add_weights"] = step
            log = self._open()
            # A shard is needed also where nothing is logged.
            if not log.dead or any(layer.is_sharded() for layer in layers):
                log.add(self._dumps.take(layers, step))
        except (MemoryError, RuntimeError) as error:  # Torch raises the latter for both devices.
            warnings.warn(
                f"DeepTracker could not log the weights at step {step}: {type(error).__name__}:"
                f" {error}. The training goes on, and so does the logging.",
                RuntimeWarning,
                stacklevel=users_frame(),
            )

    def add_predictions(self, predicted: Any, global_step: int) -> None:
        """Logs which class the model predicts for every image of the validation set.

        Args:
            predicted: int[images]: class numbers in the order of the labels given to
                `add_validation_set`; -1 where an image was not evaluated. A tensor, array or list.
            global_step: The training iteration, larger than at the call before.

        Raises:
            ValueError: Not one class number for each image, or `global_step` is not after the
                last.
            CallOrderError: There is no validation set yet.
        """
        step = self._step("add_predictions", global_step)
        if self._validation_set is None or self._order is None:
            raise CallOrderError(
                "no validation set yet: call add_validation_set(labels, class_names) before"
                " add_predictions"
            )
        classes = len(self._validation_set.class_names)
        classes_by_image = predicted_classes(predicted, len(self._order), classes)
        self._last_step["add_predictions"] = step
        by_row = classes_by_image[self._order]
        self._open().add(partial(encode.validation, step, by_row, classes, time.time()))

    def flush(self) -> None:
        """Waits until everything that was logged is written."""
        if self._log is not None:
            self._log.flush()
        self._write_events(super().flush)

    def close(self) -> None:
        """Writes what is left and closes the files; logging more opens them again."""
        if self._log is not None:
            self._log.close()
        self._write_events(super().close)

    def _write_events(self, write: Callable[[], None]) -> None:
        """Has torch write what is left of its own; a disk that fails costs no more than that."""
        try:
            write()
        except OSError as error:
            if self._event_file_failed or (self._log is not None and self._log.failed):
                return  # It was said.
            self._event_file_failed = True
            warnings.warn(
                f"The event file in {self.log_dir} could not be written:"
                f" {type(error).__name__}: {error}. The training goes on.",
                RuntimeWarning,
                stacklevel=users_frame(),
            )

    def _get_file_writer(self) -> Any:
        """Opens the event file if need be; torch calls this before whatever it writes."""
        if self._event_writer is not None:
            return self._event_writer._get_file_writer()
        if not self._may_open:
            return None
        return super()._get_file_writer()  # type: ignore[no-untyped-call]

    def _step(self, method: str, global_step: Any) -> int:
        try:
            step = operator.index(global_step)
        except TypeError:
            raise ValueError(f"global_step must be a whole number, got {global_step!r}") from None
        last = self._last_step.get(method)
        if last is not None and step <= last:
            raise ValueError(
                f"global_step {step} of {method} is not after the last one, {last}. To resume from"
                f" a checkpoint, make a new SummaryWriter({str(self.log_dir)!r},"
                f" purge_step={step})"
            )
        return step

    def _open(self) -> Log:
        """The session's log, begun if need be."""
        if self._log is None:
            if "://" in str(self.log_dir):
                raise ValueError(
                    f"DeepTracker logs to local directories, not to {self.log_dir}: log to one of"
                    " them, and copy it"
                )
            started = next_start(self._directory)
            stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(started))
            name = f"{stamp}-{os.getpid()}-{secrets.token_hex(4)}"
            session = schema.Session(
                id=name,
                started=started,
                writer=f"tensorboard-plugin-deeptracker {__version__}",
                purge_step=self._resumed_at,
            )
            path = self._directory / f"{name}{schema.LOG_SUFFIX}"
            self._log = Log(path, muted=not is_first())
            if self._log.dead:
                return self._log
            # At the exit of the interpreter too, and when nobody holds this writer any more.
            weakref.finalize(self, self._log.close)
            self._log.add(partial(encode.session, session))
            try:
                events = self._get_file_writer()
                events.add_summary(encode.marker())
                events.flush()
            except OSError as error:
                self._log.fail(error)
        return self._log

    def _add_images(
        self, images: Any, order: NDArray[np.int64], validation_set: schema.ValidationSet
    ) -> None:
        log = self._open()
        if log.dead or not self._thumbnail_size:
            return
        logged = logged_images(self._directory, validation_set)
        missing = [row for row in range(len(order)) if row not in logged]
        records = image_records(
            images, missing, order, self._thumbnail_size, self._thumbnail_format
        )
        with preserved_random_state():  # A dataset may transform its images at random.
            for record in records:
                log.add(record)
                if log.dead:
                    return
