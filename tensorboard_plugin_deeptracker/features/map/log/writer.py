"""`add_representations`."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....summary.drawing import stratified
from ....summary.log import Log, users_frame
from ....summary.options import check_number
from ...images.log import ImagesWriter
from ...images.records import VALIDATION, ImageSet
from ..records import encode_representations
from .given import Copied, check_features, check_scores
from .represent import lacks_index, represent

Ints = NDArray[np.int64]

# Images of a map, if nothing else is said. A screen shows no more, and their neighbours take a
# processor about two seconds.
MAP_IMAGES = 10_000
# Seconds that a training waits until there is room for representations; then it waits no more until
# all that waits is written.
_PATIENCE = 1.0
_INSTALL = 'pip install "tensorboard-plugin-deeptracker[neighbours]"'


class MapWriter(ImagesWriter):
    """Logs which images look alike to a model.

    Args:
        *args: See `SessionWriter`.
        map_images: See `SummaryWriter`.
        **options: See `SessionWriter`.
    """

    def __init__(self, *args: Any, map_images: int = MAP_IMAGES, **options: Any) -> None:
        check_number(map_images, "map_images", 1, "the most images that a map is made of")
        super().__init__(*args, **options)
        self._map_images: int = int(map_images)
        # By image set, of those that are larger.
        self._samples: dict[str, NDArray[np.int32]] = {}
        # Whether calls log nothing, because those before are not done; and how many did so.
        self._behind: bool = False
        self._skipped: int = 0

    def add_representations(
        self,
        features: Any,
        global_step: int,
        scores: Any = None,
        image_set: str = VALIDATION,
        *,
        ids: Any = None,
    ) -> None:
        """Logs which images of a set look alike to the model, for the map.

        Logged are the 15 nearest neighbours of each image and its scores, in at most 100 bytes an
        image with up to 10 classes; not the features. They are found in the background, on the
        accelerator if the features are there: only what is needed is copied at once. An image whose
        features are not all finite is left out of the map, which says how many there are.

        A training is not held up: if it logs them faster than their neighbours are found, for four
        calls are waiting and none is done within a second, nothing is logged until these are, and
        warnings say how often that was so. `flush` before it waits for them instead.

        Args:
            features: float[images, dimensions]: what the model makes of each image, such as the
                input of its last layer, in the order of the labels given to `add_image_set`.
                A tensor on any device, or an array.
            global_step: The training iteration, larger than at the call before; else a warning
                says so, once, and nothing is logged.
            scores: float[images, classes]: the logits of the same images. Without them, the map
                knows no regions and no borders between classes.
            image_set: Which images they are of. Of a set of more than the writer's `map_images`,
                the map is of a sample: the same images every time, of each class in proportion.
            ids: Which images these are, as they are called in `add_image_set`, if not all of
                them in their order. Images that are not in the set are left out, and a warning says
                how many there are.

        Raises:
            ValueError: Not floats of these shapes, or `global_step` is not a whole number.
            CallOrderError: There is no such image set yet.
        """
        step, steps = self._step_about("add_representations", image_set, global_step)
        if step is None:
            return
        images = self._set_of(image_set, "add_representations").image_set
        tensor = check_features(features)
        logits = None if scores is None else check_scores(scores, len(tensor))
        given_rows = self._rows_of(image_set, len(tensor), ids, step, "features")
        self._last_step[steps] = step
        log = self._open()
        on_map = min(len(images.labels), self._map_images)
        lacking = partial(lacks_index, on_map, tensor.device)
        if log.dead or not self._has_room(log, image_set, step, lacking):
            return
        rows = self._sample_of(image_set, images)
        labels = images.labels if rows is None else images.labels[rows]
        classes = len(images.class_names)
        given, places = _wanted(given_rows, len(images.labels), rows)
        copied = Copied.of(tensor, given)
        copied_scores = None if logits is None else Copied.of(logits, given)
        now = time.time()

        def record() -> bytes:
            found = represent(copied, copied_scores, places, labels, rows, classes)
            return encode_representations(step, found, now, image_set)

        log.add(record)

    def _has_room(self, log: Log, image_set: str, step: int, lacking: Callable[[], bool]) -> bool:
        self._behind = self._behind and log.waiting > 0
        if log.has_room(0 if self._behind else _PATIENCE):
            return True
        self._behind = True
        self._skipped += 1
        # At the first, the 10th, the 100th: not one line for each.
        if str(self._skipped).strip("0") == "1":
            faster = f" They are found much faster with an index: {_INSTALL}" if lacking() else ""
            warnings.warn(
                f"DeepTracker logs no representations of {image_set!r} at step {step}, since the"
                f" neighbours of {log.waiting} calls before are not found yet: skipped"
                f" {self._skipped} so far. Log them less often or of fewer images, as with"
                " SummaryWriter(map_images=2000); or call writer.flush() first, which waits."
                f"{faster}",
                RuntimeWarning,
                stacklevel=users_frame(),
            )
        return False

    def _sample_of(self, image_set: str, images: ImageSet) -> NDArray[np.int32] | None:
        """Rows of the images of a set's map, ascending: int32[map_images]; None: it is of all."""
        if len(images.labels) <= self._map_images:
            return None
        if image_set not in self._samples:
            chosen = stratified(images.labels, self._map_images)
            self._samples[image_set] = chosen.astype(np.int32)
        return self._samples[image_set]


def _wanted(given_rows: Ints, images: int, rows: NDArray[np.int32] | None) -> tuple[Ints, Ints]:
    """Which of the given features the map needs, in the order of its images, and their places.

    Args:
        given_rows: int64[given]: rows of the images that features are given of; -1: none.
        images: How many there are in the set.
        rows: int32[images of the map]: their rows; None: it is of all.
    """
    given = np.full(images, -1, np.int64)
    known = given_rows >= 0
    given[given_rows[known]] = np.flatnonzero(known)
    wanted = given if rows is None else given[rows]
    places = np.flatnonzero(wanted >= 0)
    return wanted[places], places
