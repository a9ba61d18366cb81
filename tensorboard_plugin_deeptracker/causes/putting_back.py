"""Filters put back to what they were, to see which flips revert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ..features.causes.records import Effect
from ..summary.eval_mode import evaluating
from ..summary.evaluation import Predict
from ..summary.loading import undisturbed
from ..summary.options import check_number
from .budget import Plan
from .experiment import predictions
from .groups import checked, most_moved, whole_layers
from .images import batches_of, chosen
from .patching import GivenGroup, States, state_of
from .preparing import check_whole, patchable_of
from .reverting import Flips, Reverting
from .study import Study
from .trials import Draws, check_draws
from .trying import tried

# Images to evaluate. A class of a thousand that flips has enough among them, as flips come first.
IMAGES = 2_000
_DRAWS = Draws()


class NoFlipsError(ValueError):
    """No image is predicted rightly in one state of a model and wrongly in another."""


def put_back(
    model: nn.Module,
    before: Mapping[str, Tensor],
    loader: Iterable[Any],
    groups: Mapping[str, GivenGroup] | None = None,
    *,
    images_at_most: int = IMAGES,
    draws: Draws = _DRAWS,
    layers: int | None = None,
    predict: Predict | None = None,
    ignore_label: int | None = None,
) -> list[Effect]:
    """Finds out which filters have flipped images between two states of a model.

    An image flips if it is predicted rightly in one of them and wrongly in the other. For each
    group of filters, the model is evaluated with the group as it was before, and the flips are
    counted that revert; then as it was before with the group as it is now, and those that happen.
    Beside it is what groups of as many filters of the same layers do, drawn at random.

    What is found is about the group in this model, at this moment: other filters may do the same
    (several groups can revert the same flips), and a flip that takes many layers together reverts
    with none alone.

    Args:
        model: As it is after the flips; it is left as it was, bit by bit.
        before: Its state before, as `state_dict` gives it, copied.
        loader: Yields tuples that begin with inputs and labels, or dictionaries with "labels".
        groups: By what they are called: of layers, by their names, positions of filters. None:
            each layer whole, the most moved tenth of all filters, and that of each layer.
        images_at_most: How many images are evaluated: all that have flipped, and of the others of
            each class the same share.
        draws: How many groups are drawn by chance.
        layers: Without `groups`: of so many layers alone, of those that revert most as a whole,
            the most moved tenth is tried; and whole layers are only put back. None: of all.
        predict: See `Tracker`.
        ignore_label: See `Tracker`.

    Returns:
        For each group an effect of `how` "put_back", then for each one of "put_in".

    Raises:
        ValueError: `before` is not of this model, the groups are not of its filters, no image has
            flipped, or the model's weights are spread over processes (FSDP2).
    """
    check_draws(draws)
    check_number(images_at_most, "images_at_most")
    check_number(layers, "layers", optional=True)
    inner = model.module if isinstance(model, DistributedDataParallel) else model
    check_whole(model)
    with evaluating(model), undisturbed(loader):
        found = partial(predictions, inner, changes=[], predict=predict, ignore_label=ignore_label)
        states = States(inner, state_of(inner, before))
        patchable = patchable_of(inner, batches_of(loader, None), predict)
        if groups is None:
            asked = {**whole_layers(patchable), **most_moved(patchable, states)}
        else:
            asked = checked(patchable, groups)
        now = found(batches_of(loader, None))
        with states.at_before():
            then = found(batches_of(loader, None))
        right = now.plain == now.labels, then.plain == then.labels
        flipped = (right[0] != right[1]) & (now.labels >= 0)
        if not flipped.any():
            raise NoFlipsError(
                "no image is predicted rightly in one state and wrongly in the other"
            )
        positions = chosen(now.labels, flipped, images_at_most)
        read = partial(batches_of, loader, positions)
        study = Study(
            inner,
            patchable.sizes,
            read,
            predict,
            ignore_label,
            lambda some: batches_of(loader, positions[some]),
        )
        flips = Flips(*(each[positions] for each in right))
        reverting = Reverting(study, patchable, states, flips)
        if groups is None and layers is not None:
            plan = Plan(len(positions), draws, whole=True, layers=layers, put_in=True)
            return list(tried(plan, reverting, states))
        return reverting.back(asked, draws) + reverting.into(asked, draws)
