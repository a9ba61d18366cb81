"""`add_toy_scores`."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tensorboard_plugin_deeptracker.features.images.log import ImagesWriter

from .records import encode_scores


class ToyWriter(ImagesWriter):
    """Logs a score for each image."""

    def add_toy_scores(self, scores: Any, global_step: int) -> None:
        """Logs scores: float[images], in the order of the labels of the validation set."""
        step = self._step("add_toy_scores", global_step)
        if step is None:
            return
        images = self._set_of("validation", "add_toy_scores")
        by_row = np.asarray(scores, np.float32)[images.order]
        self._last_step["add_toy_scores"] = step
        self._open().add(partial(encode_scores, step, by_row))


WRITER = ToyWriter
