"""The common case in one object: weights and predictions every so many iterations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import nn

from .features.images.log import thumbnail
from .summary.distributed import is_first
from .summary.evaluation import Evaluation, Ints, Predict, evaluate
from .summary.rng import preserved_random_state
from .writer import SummaryWriter

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

    Args:
        writer: Where to log.
        model: The model, wrapped or not.
        validation_loader: Yields tuples that begin with inputs and labels, or dictionaries with
            "labels", in a fixed order. In a process group a `DistributedSampler` may divide them.
        every: Log at iterations that are a multiple of this; 100 if None. `cadence` computes
            the paper's.
        class_names: One for each class; those of the dataset (`.classes`), or numbers, if None.
        images: What the validation images look like, as `SummaryWriter.add_validation_set` takes
            it; if None, the dataset's own, if it consists of images.
        predict: Takes the model and a batch's inputs, returns scores [n, classes] or class numbers
            int[n]. If None, the model's output (or its `.logits`) are the scores.
    """

    def __init__(
        self,
        writer: SummaryWriter,
        model: nn.Module,
        validation_loader: Iterable[Any],
        every: int | None = None,
        *,
        class_names: Sequence[str] | None = None,
        images: Any = None,
        predict: Predict | None = None,
    ) -> None:
        if every is not None and every < 1:
            raise ValueError(f"every must be at least 1, got {every}")
        self.every = _EVERY if every is None else every
        self._writer = writer
        self._model = model
        self._loader = validation_loader
        self._class_names = class_names
        self._images = images
        self._predict = predict
        self._first: Evaluation | None = None
        self._last: int | None = None
        self._logged: int | None = None

    def step(self, global_step: int) -> None:
        """Says that an iteration is done; logs if it is time.

        Call it after `backward()` and before the gradients are set to zero, so that they are
        logged too. Where iterations are skipped, the first one after a due one is logged.

        Args:
            global_step: The training iteration.
        """
        last = global_step - 1 if self._last is None else self._last
        self._last = global_step
        if global_step // self.every > last // self.every:
            self.log(global_step)

    def log(self, global_step: int) -> None:
        """Logs now; does nothing if this iteration is logged already.

        Args:
            global_step: The training iteration.

        Raises:
            ValueError: The loader, the model or the step is not as it must be; see
                `SummaryWriter`'s methods.
        """
        if global_step == self._logged:
            return
        evaluation = evaluate(self._model, self._loader, self._predict)
        self._writer.add_model(self._model, evaluation.example)
        self._writer.add_weights(self._model, global_step)
        if is_first():
            if self._first is None:
                self._add_validation_set(evaluation)
                self._first = evaluation
            predicted = _in_order(self._first, evaluation)
            self._writer.add_predictions(predicted, global_step)
        self._logged = global_step

    def _add_validation_set(self, evaluation: Evaluation) -> None:
        dataset = getattr(self._loader, "dataset", None)
        names = self._class_names or getattr(dataset, "classes", None)
        if names is None:
            highest = max(evaluation.labels.max(), evaluation.predicted.max())
            names = [str(i) for i in range(max(evaluation.classes, int(highest) + 1))]
        images = self._images
        if images is None and hasattr(dataset, "__getitem__"):
            images = _Images(dataset, evaluation.ids)
            if not images.can_be_shown():
                images = None
        self._writer.add_validation_set(evaluation.labels, names, images, evaluation.ids)


class _Images:
    """The images of a dataset by their position in the validation set."""

    def __init__(self, dataset: Any, ids: Ints) -> None:
        self._dataset = dataset
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, position: int) -> Any:
        item = self._dataset[int(self._ids[position])]
        if isinstance(item, Mapping):
            return item.get("pixel_values", item.get("image"))
        return item[0] if isinstance(item, tuple | list) else item

    def can_be_shown(self) -> bool:
        """Whether the first one is something that a thumbnail can be made of."""
        try:
            with preserved_random_state():  # The dataset may transform its images at random.
                thumbnail(self, 0, 1)
        except ValueError:
            return False
        return True


def _in_order(first: Evaluation, evaluation: Evaluation) -> Ints:
    """The predictions for the images of the first evaluation, -1 where there is none."""
    predicted = np.full(len(first.ids), -1)
    _, position, found = np.intersect1d(first.ids, evaluation.ids, True, True)
    if (first.labels[position] != evaluation.labels[found]).any():
        raise ValueError(
            "the validation loader yields its images in another order than at first: make it with"
            " shuffle=False"
        )
    predicted[position] = evaluation.predicted[found]
    return predicted
