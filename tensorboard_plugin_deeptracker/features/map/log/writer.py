"""`add_representations`."""

from __future__ import annotations

import time
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....summary.base import CallOrderError
from ...images.log import ImagesWriter, identifiers_of, listed
from ...images.records import VALIDATION
from ..records import encode_representations
from .given import Copied, check_features, check_scores
from .represent import represent
from .sampling import sample_rows

# Images of a map, if nothing else is said. A screen shows no more, and their neighbours take a
# processor about two seconds.
MAP_IMAGES = 10_000


class MapWriter(ImagesWriter):
    """Logs which images a model takes for alike.

    Args:
        *args: See `SessionWriter`.
        map_images: See `SummaryWriter`.
        **options: See `SessionWriter`.
    """

    def __init__(self, *args: Any, map_images: int = MAP_IMAGES, **options: Any) -> None:
        if isinstance(map_images, bool) or not isinstance(map_images, Integral) or map_images < 1:
            raise ValueError(
                f"map_images must be a whole number of at least 1, got {map_images!r}: it is the"
                " most images that a map is made of"
            )
        super().__init__(*args, **options)
        self._map_images = int(map_images)

    def add_representations(
        self,
        features: Any,
        global_step: int,
        scores: Any = None,
        image_set: str = VALIDATION,
        *,
        ids: Any = None,
    ) -> None:
        """Logs which images of a set the model takes for alike, for the map.

        Logged are the 15 nearest neighbours of each image and its scores, in at most 100 bytes an
        image with up to 10 classes; not the features. They are found in the background, on the
        accelerator if the features are there: only what is needed is copied at once. An image whose
        features are not all finite is left out of the map, which says how many there are.

        Args:
            features: float[images, dimensions]: what the model makes of each image, such as the
                input of its last layer, in the order of the labels given to `add_validation_set`.
                A tensor on any device, or an array.
            global_step: The training iteration, larger than at the call before; else a warning
                says so, once, and nothing is logged.
            scores: float[images, classes]: the logits of the same images. Without them, the map
                knows no regions and no borders between classes.
            image_set: Which images they are of. Of a set of more than the writer's `map_images`,
                the map is of a sample: the same images every time, of each class in proportion.
            ids: Which images these are, as they are called in `add_validation_set`, if not all of
                them in their order. Images that are not in the set are left out, and a warning says
                how many there are.

        Raises:
            ValueError: Not floats of these shapes, or `global_step` is not a whole number.
            CallOrderError: There is no such image set yet.
        """
        step = self._step(f"add_representations of {image_set}", global_step)
        if step is None:
            return
        if self._image_set is None or self._order is None or image_set != VALIDATION:
            raise CallOrderError(
                f"no image set {image_set!r} yet: call add_validation_set(labels, class_names)"
                " before add_representations"
            )
        tensor = check_features(features)
        logits = None if scores is None else check_scores(scores, len(tensor))
        rows = sample_rows(self._image_set.labels, self._map_images)
        order = self._order if rows is None else self._order[rows]
        given, places = self._given(len(tensor), order, ids, step)
        self._last_step[f"add_representations of {image_set}"] = step
        log = self._open()
        if log.dead:
            return
        copied = Copied.of(tensor, given)
        copied_scores = None if logits is None else Copied.of(logits, given)
        labels = self._image_set.labels if rows is None else self._image_set.labels[rows]
        now = time.time()

        def record() -> bytes:
            found = represent(copied, copied_scores, places, labels, rows)
            return encode_representations(step, found, now, image_set)

        log.add(record)

    def _given(
        self, count: int, order: NDArray[np.int64], ids: Any, step: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """Which of the given features the map needs, and the places of these images; None: all.

        Args:
            count: How many are given.
            order: For each image of the map, its position in the user's order.
            ids: Which images they are.
            step: The training iteration.
        """
        if ids is None:
            if count != len(self._positions):
                raise ValueError(
                    f"got the features of {count} images, but the image set has"
                    f" {len(self._positions)}: pass those of each, or the ids= of those that were"
                    " evaluated"
                )
            return order, None
        names = listed(identifiers_of(ids, count, "features"))
        positions = np.array([self._positions.get(name, -1) for name in names], np.int64)
        unknown = int((positions < 0).sum())
        if unknown:
            self._say_once(
                f"{unknown} of {count} images whose features were given at iteration {step} are"
                f" not among the {len(self._positions)} of the image set: they are left out, here"
                " and from now on.",
                about="ids of features",
            )
        given = np.full(len(self._positions), -1, np.int64)
        given[positions[positions >= 0]] = np.flatnonzero(positions >= 0)
        wanted = given[order]
        places = np.flatnonzero(wanted >= 0)
        return wanted[places], places
