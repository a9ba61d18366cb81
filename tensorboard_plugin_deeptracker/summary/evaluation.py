"""Running a model on validation images in the middle of its training, without a trace."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils._pytree import tree_map
from torch.utils.data import IterableDataset

from . import distributed
from .numbers import whole_numbers
from .rng import preserved_random_state

Ints = NDArray[np.int64]
Predict = Callable[[nn.Module, Any], Tensor]

_LABELS = ("labels", "label")


@dataclass(frozen=True)
class Evaluation:
    """What a model predicts.

    Attributes:
        ids: int64[images], all different, ascending: the images' positions in the dataset.
        labels: int64[images].
        predicted: int64[images].
        classes: How many there are at least.
        example: Inputs of the first batch, on the model's device.
    """

    ids: Ints
    labels: Ints
    predicted: Ints
    classes: int
    example: Any


@contextlib.contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Puts a model into eval mode without gradients, and leaves everything as it was.

    Training flags, buffers and random number generators are restored. Inference mode would be
    faster still, but what a model caches in it cannot be trained with.
    """
    # Flags are set one by one: `train()` and `eval()` may be overridden to do more.
    flags = [(module, module.training) for module in model.modules()]
    registered = [
        (module._buffers, dict(module._buffers))
        for module in model.modules()
        if not isinstance(module, torch.jit.ScriptModule)
    ]
    with preserved_random_state(), torch.no_grad():
        values = [(buffer, buffer.clone()) for buffer in model.buffers()]
        try:
            for module, _ in flags:
                module.training = False
            yield
        finally:
            distributed.reshard(model)
            for buffers, before in registered:
                buffers.clear()
                buffers.update(before)
            for buffer, value in values:
                if not torch.equal(buffer, value):
                    buffer.copy_(value)
            for module, training in flags:
                module.training = training


def evaluate(model: nn.Module, loader: Iterable[Any], predict: Predict | None = None) -> Evaluation:
    """Predicts the class of every image of a loader.

    In a process group every process calls this with its own part of the images. An image that
    several of them have, as the padding of a `DistributedSampler`, counts once.

    Args:
        model: Left as it was.
        loader: Yields tuples that begin with inputs and labels, or dictionaries with labels.
        predict: Takes the model and inputs, returns scores [n, classes] or classes int[n].

    Returns:
        On rank 0 what all processes found; on the others what they did themselves.

    Raises:
        ValueError: The loader yields something else, or draws its images at random.
    """
    labels: list[Ints] = []
    predicted: list[Ints] = []
    classes, example = 0, None
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    with evaluating(model), _preserved_generator(loader):
        ids = _image_ids(loader)
        distributed.share_buffers(model)
        if isinstance(model, DistributedDataParallel):
            # Its own forward pass would wait for processes that have fewer batches.
            model = model.module
        for batch in loader:
            inputs, truth = _inputs_and_labels(batch)
            inputs = tree_map(
                lambda x: x.to(device, non_blocking=True) if isinstance(x, Tensor) else x, inputs
            )
            scores = (predict or _predict)(model, inputs)
            if scores.ndim == 2:
                classes = max(classes, scores.shape[1])
                scores = scores.argmax(1)
            labels.append(whole_numbers(truth, "a batch's labels", "yield (inputs, labels)"))
            predicted.append(whole_numbers(scores, "predictions", "return scores [n, classes]"))
            if len(labels[-1]) != len(predicted[-1]):
                raise ValueError(
                    f"the model gives {len(predicted[-1])} predictions for a batch of"
                    f" {len(labels[-1])} labels: there must be one for each"
                )
            example = inputs if example is None else example
    if not labels:
        raise ValueError("the validation loader is empty: it must yield at least one batch")
    count = sum(map(len, labels))
    # A loader that drops its last batch yields fewer than its sampler.
    ids = np.arange(count) if ids is None else ids[:count]
    parts = distributed.gather((ids, np.concatenate(labels), np.concatenate(predicted)))
    found = [np.concatenate(column) for column in zip(*parts, strict=True)]
    unique, first, image = np.unique(found[0], return_index=True, return_inverse=True)
    if (found[1] != found[1][first][image]).any():
        raise ValueError(
            "an image has different labels in different processes: shard the validation images"
            " with a torch.utils.data.DistributedSampler, which says which images they are"
        )
    return Evaluation(unique, found[1][first], found[2][first], classes, example)


@contextlib.contextmanager
def _preserved_generator(loader: Any) -> Iterator[None]:
    """Restores a loader's own generator, from which it seeds its workers."""
    generator: torch.Generator | None = getattr(loader, "generator", None)
    state = None if generator is None else generator.get_state()
    try:
        yield
    finally:
        if generator is not None and state is not None:
            generator.set_state(state)


def _image_ids(loader: Any) -> Ints | None:
    """Positions in the dataset in the order in which a loader reads them, if it says so."""
    sampler = getattr(loader, "batch_sampler", None)
    if sampler is None or isinstance(getattr(loader, "dataset", None), IterableDataset):
        return None
    once, again = ([index for batch in sampler for index in batch] for _ in range(2))
    if once != again:
        raise ValueError(
            "the validation loader draws its images at random: make it with shuffle=False"
        )
    ids = np.asarray(once)
    return ids.astype(np.int64) if ids.dtype.kind in "iu" else None


def _inputs_and_labels(batch: Any) -> tuple[Any, Any]:
    if isinstance(batch, Mapping):
        name = next((name for name in _LABELS if name in batch), None)
        if name is not None:
            return {key: value for key, value in batch.items() if key != name}, batch[name]
    elif isinstance(batch, tuple | list) and len(batch) > 1:
        return batch[0], batch[1]
    raise ValueError(
        "the validation loader must yield tuples (inputs, labels), or dictionaries with"
        f" 'labels', not {type(batch).__name__}"
    )


def _predict(model: nn.Module, inputs: Any) -> Tensor:
    if isinstance(inputs, Mapping):
        output = model(**inputs)
    else:
        output = model(*inputs) if isinstance(inputs, tuple) else model(inputs)
    output = getattr(output, "logits", output)
    scores = output[0] if isinstance(output, tuple) else output
    if not isinstance(scores, Tensor) or scores.ndim != 2:
        raise ValueError(
            f"the model must return scores of shape [n, classes], got {type(scores).__name__} of"
            f" shape {tuple(getattr(scores, 'shape', ()))}: pass predict="
        )
    return scores
