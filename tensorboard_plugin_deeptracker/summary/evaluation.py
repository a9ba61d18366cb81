"""Running a model on validation images in the middle of its training, without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.parameter import is_lazy
from torch.utils._pytree import tree_map

from . import distributed
from .calling import call_model
from .eval_mode import evaluating
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

    Returns:
        On rank 0 what all processes found; on the others what they did themselves.

    Raises:
        ValueError: The loader yields something else, or other images each time.
    """
    with distributed.failing_together(), evaluating(model), undisturbed(loader):
        mine = _evaluate(model, loader, predict, ignore_label, keep, representing)
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


def _evaluate(
    model: nn.Module,
    loader: Iterable[Any],
    predict: Predict | None,
    ignore_label: int | None,
    keep: Keep | None,
    representing: Representing | None,
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
    labels: list[Ints] = []
    predicted: list[Ints] = []
    not_finite: list[NDArray[np.bool_]] = []
    kept: list[NDArray[np.floating[Any]]] = []
    classes, example, probabilities = 0, None, False
    represented: list[Represented] = []
    with representing.watching(model) if representing else nullcontext(model) as model:
        for batch in read_batches(loader):
            inputs, truth = inputs_and_labels(batch)
            inputs = tree_map(
                lambda x: x.to(device, non_blocking=True) if isinstance(x, Tensor) else x, inputs
            )
            found = (predict or predict_scores)(model, inputs)
            labels.append(labels_of(truth, "labels", ignore_label=ignore_label))
            if isinstance(found, Tensor) and not found.is_floating_point():
                predicted.append(whole_numbers(found, "predictions", "return scores [n, classes]"))
                not_finite.append(np.zeros(len(found), np.bool_))
            else:
                by_score = predicted_of_scores(found, "what predict returns")
                classes = max(classes, by_score.outputs)
                predicted.append(by_score.classes)
                if representing is not None:
                    features = representing.of_batch(model, inputs, len(by_score.classes))
                    represented.append(Represented(features, score_rows(found).clone()))
                not_finite.append(by_score.classes == NOT_EVALUATED)
                if keep is not None and len(labels[-1]) == len(by_score.classes):
                    scores = score_rows(found)
                    probabilities = are_probabilities(scores) if example is None else probabilities
                    kept.append(
                        keep(scores, torch.from_numpy(labels[-1]).to(scores.device)).cpu().numpy()
                    )
            if len(labels[-1]) != len(predicted[-1]):
                raise ValueError(
                    f"the model gives {len(predicted[-1])} predictions for a batch of"
                    f" {len(labels[-1])} labels: there must be one for each"
                )
            example = inputs if example is None else example
    if not labels:
        raise ValueError("the validation loader is empty: it must yield at least one batch")
    count = sum(map(len, labels))
    if ids is None:
        # Each process reads its own: no two have one number.
        ids = np.arange(count) * processes + rank
    # A loader that drops its last batch yields fewer than its sampler.
    return Evaluation(
        ids[:count],
        np.concatenate(labels),
        np.concatenate(predicted),
        np.concatenate(not_finite),
        np.concatenate(kept) if len(kept) == len(labels) else None,
        probabilities,
        classes,
        example,
        Represented(*(torch.cat(each) for each in zip(*represented, strict=True)))
        if len(represented) == len(labels)
        else None,
    )


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
