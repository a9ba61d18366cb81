"""What a model gives for batches -> the classes that it predicts, and what is kept of the scores.

Of several batches at a time: to start an operation takes longer than it takes on the scores of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .scores import NOT_EVALUATED, predicted_of_scores

Ints = NDArray[np.int64]
# What is to be kept of scores [n, classes] and labels int[n]: float[n, k].
Keep = Callable[[Tensor, Tensor], Tensor]

# Scores of so many batches are worked on together, or of so many bytes.
BATCHES = 16
BYTES = 4 << 20


class Output(NamedTuple):
    """What a model gives for a batch.

    Attributes:
        labels: int64[n].
        given: float[n, classes], scores that nobody writes to; or int64[n], classes.
        probabilities: Whether the scores are probabilities; of no batch but the first.
        features: float[n, dimensions]; None if they are not wanted.
    """

    labels: Ints
    given: Tensor
    probabilities: bool = False
    features: Tensor | None = None


class Represented(NamedTuple):
    """Features and scores of images.

    Attributes:
        features: float[images, dimensions].
        scores: float[images, classes].
    """

    features: Tensor
    scores: Tensor


class Found(NamedTuple):
    """What was found of some batches; see `Evaluation`."""

    labels: Ints
    predicted: Ints
    not_finite: NDArray[np.bool_]
    kept: NDArray[np.floating[Any]] | None
    probabilities: bool
    classes: int
    represented: Represented | None


def found_of(outputs: Iterable[Output], keep: Keep | None) -> Iterator[Found]:
    """What was found of batches, some of them at a time.

    Args:
        outputs: Of the batches, each of which is asked for when those before are dealt with.
        keep: See `evaluate`.
    """
    group: list[Output] = []
    for output in outputs:
        if group and not _go_together(group, output):
            yield _found(group, keep)
            group = []
        group.append(output)
    if group:
        yield _found(group, keep)


def _go_together(group: list[Output], output: Output) -> bool:
    first = group[0].given
    return (
        len(group) < BATCHES
        and sum(each.given.nbytes for each in group) < BYTES
        and (first.device, first.dtype, first.shape[1:])
        == (output.given.device, output.given.dtype, output.given.shape[1:])
    )


def _found(group: list[Output], keep: Keep | None) -> Found:
    labels = np.concatenate([each.labels for each in group])
    given = torch.cat([each.given for each in group])
    features = [each.features for each in group if each.features is not None]
    kept, classes = None, 0
    not_finite = np.zeros(len(labels), np.bool_)
    if given.is_floating_point():
        by_score = predicted_of_scores(given)
        predicted, classes = by_score.classes, by_score.outputs
        not_finite = predicted == NOT_EVALUATED
        if keep is not None:
            kept = keep(given, torch.from_numpy(labels).to(given.device)).cpu().numpy()
    else:
        predicted = given.numpy()
    return Found(
        *(labels, predicted, not_finite, kept),
        *(group[0].probabilities, classes),
        Represented(torch.cat(features), given) if len(features) == len(group) else None,
    )
