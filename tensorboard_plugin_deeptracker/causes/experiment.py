"""A model with changes, one after the other, on the same images: what it predicts with each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map

from ..summary.evaluation import Predict, predict_scores
from ..summary.loading import inputs_and_labels
from ..summary.numbers import labels_of
from ..summary.scores import predicted_of_scores
from .calls import can_be_followed
from .patching import Patch
from .prefix import Alter, CallsDifferError, Kept, Plan, Reach, checked_plans, needed, overwritten

Ints = NDArray[np.int64]

# What modules return is kept for so many images at a time as fit into this.
MEMORY = 256 << 20
_PROBED = 4


@dataclass(frozen=True)
class Change:
    """What is changed of a model.

    Attributes:
        patch: Other numbers in its tensors.
        altered: Other outputs of its modules.
    """

    patch: Patch | None = None
    altered: Mapping[nn.Module, Alter] = field(default_factory=dict)

    @property
    def reach(self) -> Reach:
        """Where it begins."""
        patched = self.patch.modules if self.patch else ()
        return Reach(frozenset(patched), frozenset(self.altered))

    def made(self) -> AbstractContextManager[None]:
        """Makes the change of the tensors, for a while."""
        return self.patch.applied() if self.patch else nullcontext()


@dataclass(frozen=True)
class Predictions:
    """What a model predicts.

    Attributes:
        labels: int64[images].
        plain: int64[images]: unchanged; negative where a score is not finite.
        changed: int64[changes, images].
    """

    labels: Ints
    plain: Ints
    changed: Ints


def predictions(
    model: nn.Module,
    batches: Iterable[Any],
    changes: Sequence[Change],
    predict: Predict | None = None,
    ignore_label: int | None = None,
    memory: int = MEMORY,
) -> Predictions:
    """Evaluates a model as it is, and with each of some changes.

    Args:
        model: In eval mode, without gradients; as it was afterwards.
        batches: Tuples that begin with inputs and labels, or dictionaries with labels.
        changes: What is changed, one at a time.
        predict: See `Tracker`.
        ignore_label: See `Tracker`.
        memory: Bytes that may be kept of what modules return.
    """
    runner = _Runner(model, changes, predict or predict_scores, memory)
    labels: list[Ints] = []
    found: list[Ints] = []
    for batch in batches:
        inputs, truth = inputs_and_labels(batch)
        inputs = tree_map(
            lambda x: x.to(runner.device, non_blocking=True) if isinstance(x, Tensor) else x, inputs
        )
        labels.append(labels_of(truth, "labels", ignore_label=ignore_label))
        for part, _ in runner.parts(inputs, len(labels[-1])):
            found.append(runner.on(part))
    if not found:
        raise ValueError("there are no images to evaluate the model on")
    together = np.concatenate(found, axis=1)
    return Predictions(np.concatenate(labels), together[0], together[1:])


class _Runner:
    def __init__(
        self, model: nn.Module, changes: Sequence[Change], predict: Predict, memory: int
    ) -> None:
        self.device = next((each.device for each in model.parameters()), torch.device("cpu"))
        self._model = model
        self._changes = changes
        self._predict = predict
        self._memory = memory
        self._plans: dict[Reach, Plan] | None = None
        self._wanted: set[tuple[nn.Module, int]] = set()
        self._overwritten: set[tuple[nn.Module, int]] = set()
        self._at_once: int | None = None
        self._spoils_inputs = False

    def parts(self, inputs: Any, count: int) -> Iterator[tuple[Any, int]]:
        """Inputs of as many images as can be worked on at once, and how many they are."""
        divisible = _divisible(inputs, count)
        if self._plans is None:
            self._look(_part(inputs, 0, _PROBED) if divisible else inputs, min(count, _PROBED))
        size = min(count, self._at_once or count) if divisible else count
        for start in range(0, count, size):
            number = min(size, count - start)
            yield (inputs if number == count else _part(inputs, start, number)), number

    def on(self, inputs: Any) -> Ints:
        """What is predicted of some images: int64[1 + changes, images]."""
        assert self._plans is not None
        run = self._run(inputs)
        kept = Kept(run, self._wanted, self._overwritten)
        rows = [_classes(kept.result)]
        for change in self._changes:
            with change.made():
                rows.append(_classes(self._changed(kept, run, change)))
        return np.stack(rows)

    def _changed(self, kept: Kept, run: Callable[[], Any], change: Change) -> Any:
        assert self._plans is not None
        plan = self._plans.get(change.reach, {})
        try:
            return kept.run(run, plan, change.altered)
        except CallsDifferError:
            self._plans[change.reach] = {}
            return kept.run(run, {}, change.altered)

    def _look(self, inputs: Any, count: int) -> None:
        """Finds out what can be kept, by a few images."""
        self._plans = {}
        inputs = _copied(inputs)
        tensors = [each for each in tree_leaves(inputs) if isinstance(each, Tensor)]
        before = [each._version for each in tensors]
        scores = self._predict(self._model, inputs)
        self._spoils_inputs = before != [each._version for each in tensors]
        if self._spoils_inputs or not isinstance(scores, Tensor):
            return
        if not can_be_followed(self._model):
            return
        run = self._run(inputs)
        one_each = {change.reach: change for change in self._changes}
        tried = {reach: (each.made(), each.altered) for reach, each in one_each.items()}
        calls, self._plans = checked_plans(self._model, run, tried)
        self._wanted = needed(self._plans.values())
        self._overwritten = overwritten(calls)
        sizes = (call.bytes for call in calls if (call.module, call.number) in self._wanted)
        self._at_once = max(1, int(self._memory * count / max(1, sum(sizes))))

    def _run(self, inputs: Any) -> Callable[[], Any]:
        def run() -> Any:
            return self._predict(self._model, _copied(inputs) if self._spoils_inputs else inputs)

        return run


def _classes(found: Any) -> Ints:
    if isinstance(found, Tensor) and not found.is_floating_point():
        return found.cpu().numpy().astype(np.int64)
    return predicted_of_scores(found, "what predict returns").classes


def _divisible(inputs: Any, count: int) -> bool:
    """Whether inputs are tensors with a row for each image, so that they can be divided."""
    leaves = tree_leaves(inputs)
    return all(isinstance(each, Tensor) and each.shape[:1] == (count,) for each in leaves)


def _copied(inputs: Any) -> Any:
    return tree_map(lambda x: x.clone() if isinstance(x, Tensor) else x, inputs)


def _part(inputs: Any, start: int, count: int) -> Any:
    return tree_map(lambda x: x[start : start + count], inputs)
