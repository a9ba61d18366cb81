"""A model with changes, one after the other, on the same images: what it predicts with each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map

from ..summary.calling import can_be_followed, device_of
from ..summary.evaluation import Predict, predict_scores
from ..summary.loading import inputs_and_labels
from ..summary.numbers import labels_of
from ..summary.scores import predicted_of_scores
from .calls import Call, Forward, record, replaced
from .changes import Change, Way
from .exchange import Exchange
from .folding import folded
from .layout import are_close, channels_last, is_faster
from .prefix import CallsDifferError, Kept, Plans, checked_ways, needed, overwritten

Ints = NDArray[np.int64]

# What modules return is kept for so many images at a time as fit into this.
MEMORY = 256 << 20
# And on a CPU, as many as have no larger output than what is fast to read again, for each thread.
_CACHE = 4 << 20
# Fewer images at once are slow.
_LEAST_AT_ONCE = 8
_PROBED = 2


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
    plans: Plans | None = None,
) -> Predictions:
    """Evaluates a model as it is, and with each of some changes.

    All of it is computed in the same order, so that no prediction differs by rounding alone.

    Args:
        model: In eval mode, without gradients; as it was afterwards.
        batches: Tuples that begin with inputs and labels, or dictionaries with labels.
        changes: What is changed, one at a time.
        predict: See `Tracker`.
        ignore_label: See `Tracker`.
        memory: Bytes that may be kept of what modules return.
        plans: What is known of the model by evaluations before; gets what is found.
    """
    plans = {} if plans is None else plans
    runner = _Runner(model, changes, predict or predict_scores, memory, plans)
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
        self,
        model: nn.Module,
        changes: Sequence[Change],
        predict: Predict,
        memory: int,
        plans: Plans,
    ) -> None:
        self.device = device_of(model)
        self._model = model
        self._changes = changes
        self._predict = predict
        self._memory = memory
        self._ways: list[Way] | None = None
        self._plans = plans
        self._exchanges: set[Exchange] = set()
        self._wanted: set[tuple[nn.Module, int]] = set()
        self._overwritten: set[tuple[nn.Module, int]] = set()
        self._at_once: int | None = None
        self._spoils_inputs = False
        self._channels_last = False
        self._forwards: dict[nn.Module, Forward] = {}

    def parts(self, inputs: Any, count: int) -> Iterator[tuple[Any, int]]:
        """Inputs of as many images as can be worked on at once, and how many they are."""
        divisible = _divisible(inputs, count)
        if self._ways is None:
            self._look(_part(inputs, 0, _PROBED) if divisible else inputs, min(count, _PROBED))
        size = min(count, self._at_once or count) if divisible else count
        for start in range(0, count, size):
            number = min(size, count - start)
            yield (inputs if number == count else _part(inputs, start, number)), number

    def on(self, inputs: Any) -> Ints:
        """What is predicted of some images: int64[1 + changes, images]."""
        if self._channels_last:
            try:
                with replaced(self._forwards):
                    return self._rows(channels_last(inputs))
            # Whatever the model's own code says of them, as of a view.
            except Exception:
                self._channels_last = False
        return self._rows(inputs)

    def _rows(self, inputs: Any) -> Ints:
        assert self._ways is not None
        run = self._run(inputs)
        kept = Kept(run, self._wanted, self._overwritten, self._exchanges)
        rows = [_classes(kept.result)]
        for i, way in enumerate(self._ways):
            try:
                found = kept.run(run, self._plans.get(way.reach, {}), way)
            except CallsDifferError:
                # From here on all of it is computed.
                way = self._ways[i] = Way(self._changes[i])
                self._plans[way.reach] = {}
                found = kept.run(run, {}, way)
            rows.append(_classes(found))
        return np.stack(rows)

    def _look(self, inputs: Any, count: int) -> None:
        """Finds out what can be kept, by a few images."""
        self._ways = [*map(Way, self._changes)]
        inputs = _copied(inputs)
        tensors = [each for each in tree_leaves(inputs) if isinstance(each, Tensor)]
        before = [each._version for each in tensors]
        scores = self._predict(self._model, inputs)
        self._spoils_inputs = before != [each._version for each in tensors]
        if self._spoils_inputs or not isinstance(scores, Tensor):
            return
        if not can_be_followed(self._model):
            return
        if is_faster(self._model):
            arranged = channels_last(inputs)
            with suppress(Exception):
                self._channels_last = are_close(self._predict(self._model, arranged), scores)
            inputs = arranged if self._channels_last else inputs
        run = self._run(inputs)
        calls, result = record(self._model, run)
        if self._channels_last and (forwards := folded(calls, self._in_cache(calls))):
            with suppress(Exception), replaced(forwards):
                other = run()
                if are_close(other, result):
                    self._forwards, result = forwards, other
        if not self._changes:
            return
        with replaced(self._forwards):
            self._ways = checked_ways(run, calls, result, self._changes, self._plans)
        self._wanted = needed(self._plans[way.reach] for way in self._ways)
        self._overwritten = overwritten(calls)
        self._exchanges = {way.exchange for way in self._ways if way.exchange is not None}
        self._at_once = self._images_at_once(calls, count)

    def _images_at_once(self, calls: Sequence[Call], count: int) -> int:
        """How many images are worked on at once.

        Args:
            calls: Of a forward pass.
            count: Of so many images.
        """
        outputs = {exchange.output for exchange in self._exchanges}
        kept = sum(call.bytes for call in calls if (call.module, call.number) in self._wanted)
        kept += sum(call.bytes for call in calls if call.module in outputs)
        images = self._memory * count / max(1, kept)
        if self.device.type == "cpu":
            images = min(images, max(_LEAST_AT_ONCE, count * self._in_cache(calls)))
        return max(1, int(images))

    def _in_cache(self, calls: Iterable[Call]) -> float:
        """How many times what a forward pass returns fits into the cache, as far as one reads."""
        largest = max((call.bytes for call in calls), default=0)
        return _CACHE * torch.get_num_threads() / max(1, largest)

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
