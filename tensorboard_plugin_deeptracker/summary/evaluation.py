"""Running a model on validation images in the middle of its training, without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.parameter import is_lazy
from torch.utils._pytree import tree_map
from torch.utils.data import DataLoader

from . import distributed
from .calling import call_model
from .eval_mode import evaluating
from .held import Copies
from .in_pairs import InPairs, in_pairs, twin
from .loading import identified, inputs_and_labels, read_batches, undisturbed
from .numbers import labels_of, whole_numbers
from .representing import Representing
from .scores import NOT_EVALUATED, are_probabilities, predicted_of_scores, score_rows

Ints = NDArray[np.int64]
Predict = Callable[[nn.Module, Any], Tensor]
# What is to be kept of a batch's scores [n, classes] and labels int[n]: float[n, k].
Keep = Callable[[Tensor, Tensor], Tensor]


class Represented(NamedTuple):
    """Features and scores of images.

    Attributes:
        features: float[images, dimensions].
        scores: float[images, classes].
    """

    features: Tensor
    scores: Tensor


@dataclass(frozen=True)
class Evaluation:
    """What a model predicts.

    Attributes:
        ids: int64[images], all different: the images' positions in the dataset. Ascending, if it
            is of all processes.
        labels: int64[images]; `IGNORED` where the image does not count.
        predicted: int64[images]; `NOT_EVALUATED` where a score is not finite.
        not_finite: bool[images]: whether a score is not finite.
        kept: float[images, k]: what was to be kept of their scores; None if nothing was, or there
            are only classes.
        classes: How many there are at least.
        example: Inputs of the first batch, on the model's device.
        represented: The images' features and scores; None if they are not wanted, or there are no
            scores.
    """

    ids: Ints
    labels: Ints
    predicted: Ints
    not_finite: NDArray[np.bool_]
    kept: NDArray[np.floating[Any]] | None
    probabilities: bool
    classes: int
    example: Any
    represented: Represented | None = None


def evaluate(
    model: nn.Module,
    loader: Iterable[Any],
    predict: Predict | None = None,
    ignore_label: int | None = None,
    keep: Keep | None = None,
    representing: Representing | None = None,
    pairs: InPairs | None = None,
    copies: Copies | None = None,
) -> Evaluation:
    """Predicts the class of every image of a loader.

    In a process group every process calls this with its own part of the images. An image that
    several of them have, as the padding of a `DistributedSampler`, counts once. What fails in one
    process fails in all.

    Args:
        model: Left as it was.
        loader: Yields tuples that begin with inputs and labels, or dictionaries with labels.
        predict: Takes the model and inputs, returns scores [n, classes] or classes int[n].
        ignore_label: The label of images that do not count.
        keep: What else is kept of the scores, where they are.
        representing: Sees the features of the images, if they are wanted.
        pairs: Of this model and loader, if batches may be evaluated two at a time.
        copies: Where what the model holds is kept meanwhile; None: in memory that is given back.

    Returns:
        On rank 0 what all processes found; on the others what they did themselves.

    Raises:
        ValueError: The loader yields something else, or other images each time.
    """
    with distributed.failing_together(), evaluating(model, copies=copies), undisturbed(loader):
        mine = _evaluate(model, loader, _Way(predict, ignore_label, keep), representing, pairs)
    represented = mine.represented
    if represented is not None and distributed.position()[1] > 1:
        # Of other processes' accelerators they come by way of the host.
        represented = Represented(*(each.float().cpu() for each in represented))
    parts = distributed.gather(
        (mine.ids, mine.labels, mine.predicted, mine.not_finite, mine.kept, represented)
    )
    *columns, kept, shown = zip(*parts, strict=True)
    ids, labels, predicted, not_finite = map(np.concatenate, columns)
    unique, first, image = np.unique(ids, return_index=True, return_inverse=True)
    if (labels != labels[first][image]).any():
        raise ValueError(
            "an image has different labels in different processes: shard the validation images"
            " with a torch.utils.data.DistributedSampler, which says which images they are"
        )
    return Evaluation(
        unique,
        labels[first],
        predicted[first],
        not_finite[first],
        None if any(each is None for each in kept) else np.concatenate(kept)[first],
        mine.probabilities,
        mine.classes,
        mine.example,
        _together(shown, first),
    )


def _together(parts: Sequence[Represented | None], first: Ints) -> Represented | None:
    """What all processes have seen, of each image once."""
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    each = (torch.cat(tensors) for tensors in zip(*known, strict=True))
    return Represented(*(own[torch.from_numpy(first).to(own.device)] for own in each))


class _Way(NamedTuple):
    """How batches are evaluated; see `evaluate`."""

    predict: Predict | None
    ignore_label: int | None
    keep: Keep | None


class _Batch(NamedTuple):
    """A batch of the loader, its inputs on the model's device."""

    inputs: Any
    truth: Any
    is_first: bool


class _Found(NamedTuple):
    """What was found of a batch; see `Evaluation`."""

    labels: Ints
    predicted: Ints
    not_finite: NDArray[np.bool_]
    kept: NDArray[np.floating[Any]] | None = None
    probabilities: bool = False
    classes: int = 0
    represented: Represented | None = None


def _evaluate(
    model: nn.Module,
    loader: Iterable[Any],
    way: _Way,
    representing: Representing | None,
    pairs: InPairs | None,
) -> Evaluation:
    """What this process finds."""
    if any(is_lazy(parameter) for parameter in model.parameters()):
        # To make its weights is up to the training.
        raise ValueError("the model's shapes are not known yet: run a batch through it first")
    rank, processes = distributed.position()
    loader, ids = identified(loader)
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    distributed.share_buffers(model)
    if isinstance(model, DistributedDataParallel):
        # Its own forward pass would wait for processes that have fewer batches.
        model = model.module
    another = representing and representing.of_another()
    if way.predict is not None or (representing is not None and another is None):
        pairs = None  # What a function of the user's does is not known.
    if not isinstance(loader, DataLoader):
        pairs = None  # It could start processes in the middle, which copy locks of running threads.

    def two_at_a_time(batches: Iterable[_Batch]) -> list[_Found]:
        # The copy before the model is watched: nothing is to be told what the copy does.
        copied = twin(model)
        with _evaluator(model, way, representing) as one, _evaluator(copied, way, another) as two:
            return in_pairs((one, two), batches)

    ends: list[_Batch] = []
    if pairs is not None and pairs.is_usable(model):
        found = two_at_a_time(_batches(loader, device, ends))
    else:
        trying = pairs if pairs is not None and pairs.is_open(model) else None
        with _evaluator(model, way, representing) as one:
            batches = _batches(loader, device, ends, also_last=trying is not None)
            found = [one(batch) for batch in batches]
        if trying is not None and len(ends) > 1:
            trying.prove(model, lambda: two_at_a_time(ends), [found[0], found[-1]])
    if not found:
        raise ValueError("the validation loader is empty: it must yield at least one batch")
    count = sum(len(each.labels) for each in found)
    if ids is None:
        # Each process reads its own: no two have one number.
        ids = np.arange(count) * processes + rank
    kept = [each.kept for each in found if each.kept is not None]
    represented = [each.represented for each in found if each.represented is not None]
    # A loader that drops its last batch yields fewer than its sampler.
    return Evaluation(
        ids[:count],
        np.concatenate([each.labels for each in found]),
        np.concatenate([each.predicted for each in found]),
        np.concatenate([each.not_finite for each in found]),
        np.concatenate(kept) if len(kept) == len(found) else None,
        found[0].probabilities,
        max(each.classes for each in found),
        ends[0].inputs,
        Represented(*(torch.cat(each) for each in zip(*represented, strict=True)))
        if len(represented) == len(found)
        else None,
    )


def _batches(
    loader: Iterable[Any], device: torch.device, ends: list[_Batch], *, also_last: bool = False
) -> Iterator[_Batch]:
    """Reads a loader, and notes its first batch, and its last one if that is wanted."""
    for batch in read_batches(loader):
        inputs, truth = inputs_and_labels(batch)
        inputs = tree_map(
            lambda x: x.to(device, non_blocking=True) if isinstance(x, Tensor) else x, inputs
        )
        own = _Batch(inputs, truth, is_first=not ends)
        if own.is_first or also_last:
            ends[1:] = [own]
        yield own


@contextmanager
def _evaluator(
    model: nn.Module, way: _Way, representing: Representing | None
) -> Iterator[Callable[[_Batch], _Found]]:
    """What evaluates batches, while the model's features are watched if they are wanted."""
    with representing.watching(model) if representing else nullcontext(model) as watched:
        yield partial(_evaluate_batch, watched, way, representing)


def _evaluate_batch(
    model: nn.Module, way: _Way, representing: Representing | None, batch: _Batch
) -> _Found:
    scores = (way.predict or predict_scores)(model, batch.inputs)
    labels = labels_of(batch.truth, "labels", ignore_label=way.ignore_label)
    if isinstance(scores, Tensor) and not scores.is_floating_point():
        predicted = whole_numbers(scores, "predictions", "return scores [n, classes]")
        found = _Found(labels, predicted, np.zeros(len(scores), np.bool_))
    else:
        found = _found_in(scores, labels, model, way, representing, batch)
    if len(labels) != len(found.predicted):
        raise ValueError(
            f"the model gives {len(found.predicted)} predictions for a batch of"
            f" {len(labels)} labels: there must be one for each"
        )
    return found


def _found_in(
    scores: Any,
    labels: Ints,
    model: nn.Module,
    way: _Way,
    representing: Representing | None,
    batch: _Batch,
) -> _Found:
    """What scores say, and what is to be kept of them."""
    by_score = predicted_of_scores(scores, "what predict returns")
    predicted = by_score.classes
    represented, kept, probabilities = None, None, False
    if representing is not None:
        features = representing.of_batch(model, batch.inputs, len(predicted))
        represented = Represented(features, score_rows(scores).clone())
    if way.keep is not None and len(labels) == len(predicted):
        rows = score_rows(scores)
        probabilities = batch.is_first and are_probabilities(rows)
        kept = way.keep(rows, torch.from_numpy(labels).to(rows.device)).cpu().numpy()
    not_finite = predicted == NOT_EVALUATED
    return _Found(labels, predicted, not_finite, kept, probabilities, by_score.outputs, represented)


def predict_scores(model: nn.Module, inputs: Any) -> Tensor:
    """Calls a model as its inputs ask for; see `call_model`."""
    return scores_of(call_model(model, inputs))


def scores_of(output: Any) -> Tensor:
    """The scores in what a model returns: itself, its "logits", or what it begins with.

    Raises:
        ValueError: There are none.
    """
    if isinstance(output, Mapping) and "logits" in output:
        scores = output["logits"]
    else:
        scores = getattr(output, "logits", output)
    if isinstance(scores, Mapping):
        scores = next(iter(scores.values()), None)
    elif isinstance(scores, tuple | list) and scores:
        scores = scores[0]
    if not isinstance(scores, Tensor) or scores.ndim not in (1, 2):
        raise ValueError(
            "the model must return scores of shape [n, classes], or one logit for each image of two"
            f" classes, got {type(scores).__name__} of"
            f" shape {tuple(getattr(scores, 'shape', ()))}: pass predict="
        )
    return scores
