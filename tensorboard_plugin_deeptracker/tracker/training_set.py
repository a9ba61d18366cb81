"""The image set of a training: which images it has, what was seen of them, and their pictures."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..features.images.log import can_be_shown, class_names_of
from ..features.validation.log import Kept
from ..summary.numbers import IGNORED
from ..summary.rng import preserved_random_state
from ..writer import SummaryWriter
from .collecting import Ints, Seen
from .with_ids import WithIds

# What the image set is called.
TRAIN = "train"
# Pictures that are logged with an epoch, and the share of the time that more may take.
_PICTURES, _SHARE = 256, 0.01


class TrainingSet:
    """Logs the image set "train".

    Args:
        writer: Where to.
        dataset: Of the images; None if it is not known.
        class_names: See `Tracker`.
    """

    def __init__(
        self, writer: SummaryWriter, dataset: Any, class_names: Sequence[str] | None
    ) -> None:
        self._writer = writer
        self._dataset = dataset
        self._class_names = class_names
        self._labels: Ints | None = None
        self._classes = 0
        self._probabilities = False
        self._last: int | None = None
        self._began, self._spent = time.monotonic(), 0.0
        self._shown: bool | None = None

    def begin(self, labels: Ints | None, classes: int, probabilities: bool) -> None:
        """Says what is known when the first batch is there.

        Args:
            labels: int64[images], of the dataset; None if it does not tell them.
            classes: How many the model tells apart.
            probabilities: Whether its scores are such.
        """
        self._labels, self._classes, self._probabilities = labels, classes, probabilities

    def log(self, seen: Seen, iteration: int) -> None:
        """Logs what was seen in an epoch.

        Args:
            seen: By all processes.
            iteration: The last one.
        """
        if seen.mixed:
            self._writer._say_once(
                f"{seen.mixed} images that a batch mixed (mixup, CutMix) are left out of what is"
                " observed, here and from now on: what the model gives for a mixture says nothing"
                " of either image.",
                about="mixed",
            )
        if not len(seen.ids):
            return
        if not self._writer.has_image_set(TRAIN):
            self._add_set(seen)
        step = iteration if self._last is None else max(iteration, self._last + 1)
        self._last = step
        kept = Kept(seen.kept, self._probabilities)
        self._writer.add_predictions(None, step, kept, TRAIN, ids=seen.ids)
        self._add_pictures(seen)

    def _add_set(self, seen: Seen) -> None:
        if self._labels is None:
            ids, labels = seen.ids, seen.labels.copy()
        else:
            ids, labels = np.arange(len(self._labels)), self._labels.copy()
            known = (seen.ids >= 0) & (seen.ids < len(labels))
            labels[seen.ids[known]] = seen.labels[known]
        labels[labels < 0] = IGNORED
        names = self._class_names
        if names is None:
            names = class_names_of(self._dataset, labels, ids)
        if names is None:
            names = [str(i) for i in range(max(self._classes, int(labels.max()) + 1))]
        self._writer.add_image_set(TRAIN, labels, names, None, ids, ignore_label=IGNORED)

    def _add_pictures(self, seen: Seen) -> None:
        """Pictures of the images with the smallest margins first: 256, more if there is time."""
        images = self._dataset.dataset if isinstance(self._dataset, WithIds) else self._dataset
        if self._shown is None:
            self._shown = images is not None and can_be_shown(images)
        if not self._shown:
            return
        began = time.monotonic()
        left = _SHARE * (began - self._began) - self._spent
        margin = seen.kept[:, 2]
        wanted = seen.ids[np.argsort(np.where(np.isnan(margin), np.inf, margin), kind="stable")]
        with preserved_random_state(images):  # It may transform them at random.
            self._writer.add_pictures(TRAIN, images, wanted, at_least=_PICTURES, seconds=left)
        self._spent += time.monotonic() - began
