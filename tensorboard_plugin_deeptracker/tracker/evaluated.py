"""An image set that a model is evaluated on again and again, and what is logged of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from torch import nn
from torch.utils.data import Subset

from ..features.images.log import can_be_shown, class_names_of
from ..features.images.records import VALIDATION
from ..features.validation.log import Kept, kept_of
from ..summary import distributed
from ..summary.drawing import some_images
from ..summary.evaluation import Evaluation, Predict, evaluate
from ..summary.held import Copies
from ..summary.in_pairs import InPairs
from ..summary.inputs import KeptInputs
from ..summary.numbers import IGNORED
from ..summary.representing import Representing
from ..writer import SummaryWriter
from .checks import check_order


class Evaluated:
    """An image set of a run.

    Args:
        writer: Where to log.
        loader: See `Tracker`.
        name: What the image set is called.
        class_names: See `Tracker`.
        images: Likewise.
        predict: Likewise.
        ignore_label: Likewise.
        images_at_most: Likewise.
        keep_inputs: Likewise.
        representing: Sees the images' features, if they are logged.

    Attributes:
        loader: What is read: of fewer images, once these are drawn.
        name: What the image set is called.
    """

    def __init__(
        self,
        writer: SummaryWriter,
        loader: Iterable[Any],
        *,
        name: str = VALIDATION,
        class_names: Sequence[str] | None = None,
        images: Any = None,
        predict: Predict | None = None,
        ignore_label: int | None = None,
        images_at_most: int | None = None,
        keep_inputs: int | None = None,
        representing: Representing | None = None,
    ) -> None:
        self.loader = loader
        self.name = name
        self._writer = writer
        self._class_names = class_names
        self._images = images
        self._predict = predict
        self._ignore_label = ignore_label
        # None: they are drawn, if any were to be.
        self._at_most = images_at_most
        self._drawn_from: int | None = None
        self._representing = representing
        self._first: Evaluation | None = None
        self._pairs = InPairs()
        self._copies = Copies()
        self._inputs = None if keep_inputs is None else KeptInputs(keep_inputs)

    def evaluate(self, model: nn.Module, *, in_pairs: bool = False) -> Evaluation:
        """Predicts the classes of the images, in every process of a group.

        Args:
            model: Always the same one.
            in_pairs: Whether batches may be evaluated two at a time.

        Raises:
            ValueError: The loader or the model is not as it must be.
        """
        self._draw()
        return evaluate(
            model,
            self.loader,
            self._predict,
            self._ignore_label,
            kept_of,
            self._representing,
            self._pairs if in_pairs else None,
            self._copies,
            self._inputs,
        )

    def log(self, evaluation: Evaluation, step: int) -> float:
        """Logs what was predicted, on rank 0.

        Returns:
            The share of the images that are wrong; NaN if none counts.
        """
        if self._first is None:
            self._add(evaluation)
            self._first = evaluation
        check_order(self._first, evaluation)
        counted = evaluation.labels != IGNORED
        wrong = evaluation.predicted != evaluation.labels
        kept = evaluation.kept
        self._writer.add_predictions(
            evaluation.predicted,
            step,
            None if kept is None else Kept(kept, evaluation.probabilities),
            image_set=self.name,
            ids=evaluation.ids,
            not_finite=int((evaluation.not_finite & counted).sum()),
        )
        seen = evaluation.represented
        if seen is not None:
            self._writer.add_representations(
                seen.features, step, seen.scores, image_set=self.name, ids=evaluation.ids
            )
        return float(wrong[counted].mean()) if counted.any() else math.nan

    def _draw(self) -> None:
        """Chooses the images that are evaluated, if they are not to be all."""
        if self._at_most is None:
            return
        if distributed.position()[1] > 1:
            raise ValueError(
                "images_at_most= cannot be used in a process group: pass a validation loader of"
                " fewer images instead, of a torch.utils.data.Subset"
            )
        self.loader, self._drawn_from = some_images(self.loader, self._at_most, self._ignore_label)
        self._at_most = None

    def _add(self, evaluation: Evaluation) -> None:
        dataset: Any = getattr(self.loader, "dataset", None)
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
        self._writer.add_image_set(
            *(self.name, labels, names, images, ids),
            ignore_label=IGNORED,
            drawn_from=self._drawn_from,
        )
