"""The SummaryWriter: torch's, with the methods of all features that log something."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import features
from .features.images.log import Format
from .features.layers.log import Previous, register_filters
from .features.map.log import MAP_IMAGES

if TYPE_CHECKING:
    from torch.utils import tensorboard

    # For editors and type checkers, which do not run the list of features.
    from .features.causes.log import CausesWriter
    from .features.layers.log import LayersWriter
    from .features.map.log import MapWriter
    from .features.validation.log import ValidationWriter

    class _Methods(CausesWriter, LayersWriter, MapWriter, ValidationWriter): ...
else:
    # What extends another feature's writer comes before it.
    _Methods = type("_Methods", tuple(log.WRITER for log in reversed(features.role("log"))), {})

__all__ = ["SummaryWriter", "register_filters"]


class SummaryWriter(_Methods):
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
        map_images: The most images of a set that a map is made of: a larger set is sampled, with
            the same share of each class.
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
        map_images: int = MAP_IMAGES,
        event_writer: tensorboard.SummaryWriter | None = None,
    ) -> None:
        super().__init__(
            log_dir,
            comment,
            purge_step,
            max_queue,
            flush_secs,
            filename_suffix,
            thumbnail_size=thumbnail_size,
            thumbnail_format=thumbnail_format,
            previous_weights=previous_weights,
            map_images=map_images,
            event_writer=event_writer,
        )
