"""Running a model on validation images in the middle of its training, without a trace."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.parameter import is_lazy
from torch.utils.data import DataLoader

from . import distributed
from .calling import call_model, device_of
from .eval_mode import evaluating
from .held import Copies
from .in_pairs import InPairs, in_pairs, twin
from .inputs import Batch, KeptInputs, on_device
from .loading import identified, undisturbed
from .numbers import labels_of, whole_numbers
from .outputs import Ints, Keep, Output, Represented, found_of
from .representing import Representing
from .scores import are_probabilities, score_rows

Predict = Callable[[nn.Module, Any], Tensor]


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
    inputs: KeptInputs | None = None,
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
        inputs: Those of this loader, if they may be kept from one evaluation to the next.

    Returns:
        On rank 0 what all processes found; on the others what they did themselves.

    Raises:
        ValueError: The loader yields something else, or other images each time.
    """
    with distributed.failing_together(), evaluating(model, copies=copies), undisturbed(loader):
        way = _Way(predict, ignore_label, keep)
        mine = _evaluate(model, loader, way, representing, pairs, inputs)
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


def _evaluate(
    model: nn.Module,
    loader: Iterable[Any],
    way: _Way,
    representing: Representing | None,
    pairs: InPairs | None,
    inputs: KeptInputs | None,
) -> Evaluation:
    """What this process finds."""
    if any(is_lazy(parameter) for parameter in model.parameters()):
        # To make its weights is up to the training.
        raise ValueError("the model's shapes are not known yet: run a batch through it first")
    rank, processes = distributed.position()
    loader, ids = identified(loader)
    device = device_of(model)
    distributed.share_buffers(model)
    if isinstance(model, DistributedDataParallel):
        # Its own forward pass would wait for processes that have fewer batches.
        model = model.module
    another = representing and representing.of_another()
    if way.predict is not None or (representing is not None and another is None):
        pairs = None  # What a function of the user's does is not known.
    if not isinstance(loader, DataLoader):
        pairs = None  # It could start processes in the middle, which copy locks of running threads.

    def two_at_a_time(batches: Iterable[_Batch]) -> Generator[Output, None, None]:
        # The copy before the model is watched: nothing is to be told what the copy does.
        copied = twin(model)
        with _evaluator(model, way, representing) as one, _evaluator(copied, way, another) as two:
            yield from in_pairs((one, two), batches)

    read = inputs.read(loader, ids, device) if inputs else on_device(loader, device)
    ends: list[_Batch] = []
    if pairs is not None and pairs.is_usable(model):
        # Its threads are done with the model before that is put back, also after an error here.
        with closing(two_at_a_time(_batches(read, ends))) as outputs:
            found = list(found_of(outputs, way.keep))
    else:
        trying = pairs if pairs is not None and pairs.is_open(model) else None
        given: list[Output] = []
        with _evaluator(model, way, representing) as one:
            batches = _batches(read, ends, also_last=trying is not None)
            found = list(found_of(_noting_ends(map(one, batches), given), way.keep))
        if trying is not None and len(ends) > 1:
            trying.prove(model, lambda: list(two_at_a_time(ends)), given)
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
    read: Iterable[Batch], ends: list[_Batch], *, also_last: bool = False
) -> Iterator[_Batch]:
    """Passes on what is read, and notes the first batch, and the last one if that is wanted."""
    for inputs, truth in read:
        own = _Batch(inputs, truth, is_first=not ends)
        if own.is_first or also_last:
            ends[1:] = [own]
        yield own


def _noting_ends(outputs: Iterable[Output], ends: list[Output]) -> Iterator[Output]:
    """Passes on what batches gave, and notes that of the first and of the last."""
    for output in outputs:
        ends[1:] = [output]
        yield output


@contextmanager
def _evaluator(
    model: nn.Module, way: _Way, representing: Representing | None
) -> Iterator[Callable[[_Batch], Output]]:
    """What evaluates batches, while the model's features are watched if they are wanted."""
    with representing.watching(model) if representing else nullcontext(model) as watched:
        yield partial(_evaluate_batch, watched, way, representing)


def _evaluate_batch(
    model: nn.Module, way: _Way, representing: Representing | None, batch: _Batch
) -> Output:
    scores = (way.predict or predict_scores)(model, batch.inputs)
    labels = labels_of(batch.truth, "labels", ignore_label=way.ignore_label)
    if isinstance(scores, Tensor) and not scores.is_floating_point():
        classes = whole_numbers(scores, "predictions", "return scores [n, classes]")
        output = Output(labels, torch.from_numpy(classes))
    else:
        rows = score_rows(scores, "what predict returns")
        features = None
        if representing is not None:
            features = representing.of_batch(model, batch.inputs, len(rows))
        probabilities = batch.is_first and way.keep is not None and are_probabilities(rows)
        # A model may write to the same memory at the next batch.
        output = Output(labels, rows.clone(), probabilities, features)
    if len(labels) != len(output.given):
        raise ValueError(
            f"the model gives {len(output.given)} predictions for a batch of"
            f" {len(labels)} labels: there must be one for each"
        )
    return output


def in_precision(predict: Predict | None, dtype: torch.dtype) -> Predict:
    """What predicts as another function does (None: `predict_scores`), under `torch.autocast`.

    Args:
        predict: The other function.
        dtype: The type that operators take where it is enough.
    """

    def predicted(model: nn.Module, inputs: Any) -> Tensor:
        with torch.autocast(device_of(model).type, dtype):
            return (predict or predict_scores)(model, inputs)

    return predicted


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
