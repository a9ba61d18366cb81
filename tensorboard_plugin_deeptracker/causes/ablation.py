"""Filters switched off, to see what depends on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Literal

import numpy as np
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from ..features.causes.records import Effect
from ..summary.eval_mode import evaluating
from ..summary.evaluation import Predict
from ..summary.loading import undisturbed
from ..summary.options import check_choice, check_number
from .experiment import Predictions, predictions
from .groups import checked
from .images import batches_of, chosen
from .outputs import Outputs
from .patching import GivenGroup
from .preparing import patchable_of
from .study import Cells, Study
from .trials import Draws, check_draws

Mode = Literal["zero", "mean", "resample"]

_DRAWS = Draws()


def ablate(
    model: nn.Module,
    groups: Mapping[str, GivenGroup],
    loader: Iterable[Any],
    mode: Mode = "zero",
    *,
    images_at_most: int | None = None,
    draws: Draws = _DRAWS,
    predict: Predict | None = None,
    ignore_label: int | None = None,
) -> list[Effect]:
    """Finds out which images are predicted otherwise without some filters.

    What a filter gives is replaced behind the batch normalisation that follows its layer, so
    that its scale and its statistics go with it.

    - "zero": by nothing. Where later layers are used to a value that is far from it, as to that
      of a channel that is always on, this does more than to take information away.
    - "mean": by its mean over the images (and places), so that only what differs between images
      is lost.
    - "resample": by what it gives for another of the images, drawn by chance, so that all values
      are some that occur.

    A filter whose loss does nothing may still matter: others may hold the same. And what is lost
    without it is not what the training has put there: see `put_back` for that.

    Args:
        model: It is left as it was, bit by bit.
        groups: By what they are called: of layers, by their names, positions of filters.
        loader: Yields tuples that begin with inputs and labels, or dictionaries with "labels".
        mode: What stands for the filters' outputs.
        images_at_most: How many images are evaluated, of each class the same share; None: all.
        draws: How many groups of as many filters of the same layers are drawn by chance.
        predict: See `Tracker`.
        ignore_label: See `Tracker`.

    Returns:
        For each group an effect: of each class, how many images that are predicted rightly become
        wrong, and the reverse.

    Raises:
        ValueError: The groups are not of the model's filters, or a layer is neither a convolution
            nor linear.
    """
    check_choice(mode, "mode", Mode)
    check_draws(draws)
    check_number(images_at_most, "images_at_most", optional=True)
    inner = model.module if isinstance(model, DistributedDataParallel) else model
    with evaluating(model), undisturbed(loader):
        found = partial(predictions, inner, predict=predict, ignore_label=ignore_label)
        positions = None
        if images_at_most is not None or mode == "resample":
            labels = found(batches_of(loader, None), changes=[]).labels
            positions = chosen(
                labels, np.zeros(len(labels), np.bool_), images_at_most or len(labels)
            )
            # The other image is one of the same batch, which must not be of one class.
            positions = np.random.default_rng(0).permutation(positions)
        read = partial(batches_of, loader, positions)
        patchable = patchable_of(inner, read(), predict)
        asked = checked(patchable, groups)
        outputs = Outputs(patchable, mode, {layer for group in asked.values() for layer in group})
        if mode == "mean":
            outputs.measure(lambda: found(read(), changes=[]))
        study = Study(inner, patchable.sizes, read, predict, ignore_label)
        return study.effects(mode, asked, outputs.change, _cells, draws)


def _cells(found: Predictions) -> Cells:
    plain = found.plain == found.labels
    # What can be gained is an image that is wrong.
    return Cells(found.labels, found.labels >= 0, ~plain)
