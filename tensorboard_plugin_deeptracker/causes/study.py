"""Groups of filters tried on images whose predictions are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ..features.causes.records import Effect, How
from ..summary.evaluation import Predict
from .changes import Change
from .experiment import Predictions, predictions
from .patching import Group
from .prefix import Plans
from .trials import Draws, trials

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Study:
    """Changes of a model, and the images that they are tried on.

    Attributes:
        model: In eval mode, without gradients.
        sizes: How many filters each layer has.
        read: Reads the images' batches.
        some: Reads those of some of them, by their positions, int64[n]; None: always all are read.
        predict: See `Tracker`.
        ignore_label: See `Tracker`.
        is_late: Whether time is over: no more is drawn then than has to be.
        plans: What is known of the model; see `predictions`.
    """

    model: nn.Module
    sizes: Mapping[str, int]
    read: Callable[[], Iterable[Any]]
    predict: Predict | None = None
    ignore_label: int | None = None
    some: Callable[[Ints], Iterable[Any]] | None = None
    is_late: Callable[[], bool] = lambda: False
    plans: Plans = field(default_factory=dict)

    def effects(
        self,
        how: How,
        groups: Mapping[str, Group],
        change: Callable[[Group], Change],
        cells_of: Callable[[Predictions], Cells],
        draws: Draws,
    ) -> list[Effect]:
        """Tries groups.

        What is drawn in their place is tried on the images that are counted, as of the others
        nobody asks it.

        Args:
            how: What is done.
            groups: By what they are called.
            change: What is changed of a group.
            cells_of: Which images of which kinds are counted, by what the model predicts of them.
            draws: How many are drawn by chance.
        """
        names, asked = list(groups), list(groups.values())

        def on(batches: Iterable[Any], tried: Sequence[Group]) -> Predictions:
            changes = [*map(change, tried)]
            return predictions(
                *(self.model, batches, changes, self.predict, self.ignore_label), plans=self.plans
            )

        found = on(self.read(), asked)
        cells = cells_of(found)
        own = cells.count(found)

        def count(drawn: Sequence[Group]) -> Ints:
            if self.some is None or not cells.others:
                return cells.count(on(self.read(), drawn))[:, :-1]
            return cells.count(on(self.some(cells.counted), drawn), cells.counted)[:, :-1]

        each = trials(asked, own[:, :-1], cells.images, self.sizes, count, draws, self.is_late)
        return [
            Effect(
                name=name,
                how=how,
                filters={layer: np.sort(np.asarray(own)) for layer, own in group.items()},
                classes=cells.classes,
                to_right=cells.to_right,
                images=cells.images,
                changed=counts[:-1],
                chance=chance,
                others=cells.others,
                others_changed=int(counts[-1]),
            )
            for name, group, counts, chance in zip(names, asked, own, each, strict=True)
        ]


class Cells:
    """Kinds of images, and how many of each are predicted rightly that were not, or the reverse.

    Args:
        labels: int64[images].
        counted: bool[images]: those that are of a kind; the rest are the others.
        to_right: bool[images]: which of the two kinds of its class each is of.

    Attributes:
        classes: int64[cells].
        to_right: bool[cells].
        images: int64[cells].
        others: How many images are of no kind.
        counted: int64[n]: positions of those that are of one.
    """

    def __init__(self, labels: Ints, counted: Bools, to_right: Bools) -> None:
        kinds = labels * 2 + to_right
        found, cell = np.unique(kinds[counted], return_inverse=True)
        self.classes, self.to_right = found // 2, found % 2 == 1
        # The others are the last cell.
        self._cell = np.full(len(labels), len(found))
        self._cell[counted] = cell
        self.images = np.bincount(cell, minlength=len(found)).astype(np.int64)
        self.others = int((~counted & (labels >= 0)).sum())
        self.counted = np.flatnonzero(counted)

    def count(self, found: Predictions, at: Ints | None = None) -> Ints:
        """Images of each kind, and of none, whose prediction is right that was not, or the reverse.

        Args:
            found: What is predicted with changes.
            at: int64[n]: positions of the images that it is of; None: all.

        Returns:
            int64[changes, cells + 1].
        """
        own = self._cell if at is None else self._cell[at]
        right = found.changed == found.labels
        differs = (right != (found.plain == found.labels)) & (found.labels >= 0)
        cells = len(self.images) + 1
        return np.stack([np.bincount(own[each], minlength=cells) for each in differs]).astype(
            np.int64
        )
