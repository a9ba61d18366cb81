"""Groups of filters tried on images whose predictions are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ..features.causes.records import Effect, How
from ..summary.evaluation import Predict
from .experiment import Change, Predictions, predictions
from .patching import Group
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
        predict: See `Tracker`.
        ignore_label: See `Tracker`.
    """

    model: nn.Module
    sizes: Mapping[str, int]
    read: Callable[[], Iterable[Any]]
    predict: Predict | None = None
    ignore_label: int | None = None

    def effects(
        self,
        how: How,
        groups: Mapping[str, Group],
        change: Callable[[Group], Change],
        cells_of: Callable[[Predictions], Cells],
        draws: Draws,
    ) -> list[Effect]:
        """Tries groups.

        Args:
            how: What is done.
            groups: By what they are called.
            change: What is changed of a group.
            cells_of: Which images of which kinds are counted, by what the model predicts of them.
            draws: How many are drawn by chance.
        """
        cells: Cells | None = None

        def count(tried: Sequence[Group]) -> Ints:
            nonlocal cells
            found = predictions(
                self.model, self.read(), [*map(change, tried)], self.predict, self.ignore_label
            )
            cells = cells_of(found) if cells is None else cells
            return cells.count(found)

        each = trials(list(groups.values()), self.sizes, count, draws)
        assert cells is not None
        return [
            Effect(
                name=name,
                how=how,
                filters={layer: np.sort(np.asarray(own)) for layer, own in group.items()},
                classes=cells.classes,
                to_right=cells.to_right,
                images=cells.images,
                changed=trial.counts[:-1],
                chance=trial.chance[:, :-1],
                others=cells.others,
                others_changed=int(trial.counts[-1]),
            )
            for (name, group), trial in zip(groups.items(), each, strict=True)
        ]


class Cells:
    """Kinds of images, and how many of each are predicted rightly that were not, or the reverse.

    Args:
        plain: bool[images]: whether each is predicted rightly without a change.
        labels: int64[images].
        counted: bool[images]: those that are of a kind; the rest are the others.
        to_right: bool[images]: which of the two kinds of its class each is of.

    Attributes:
        classes: int64[cells].
        to_right: bool[cells].
        images: int64[cells].
        others: How many images are of no kind.
    """

    def __init__(self, plain: Bools, labels: Ints, counted: Bools, to_right: Bools) -> None:
        self._plain = plain
        self._evaluated = labels >= 0
        kinds = labels * 2 + to_right
        found, cell = np.unique(kinds[counted], return_inverse=True)
        self.classes, self.to_right = found // 2, found % 2 == 1
        # The others are the last cell.
        self._cell = np.full(len(labels), len(found))
        self._cell[counted] = cell
        self.images = np.bincount(cell, minlength=len(found)).astype(np.int64)
        self.others = int((~counted & self._evaluated).sum())

    def count(self, found: Predictions) -> Ints:
        """Images of each kind, and of none, whose prediction is right that was not, or the reverse.

        Args:
            found: What is predicted with changes.

        Returns:
            int64[changes, cells + 1].
        """
        differs = ((found.changed == found.labels) != self._plain) & self._evaluated
        cells = len(self.images) + 1
        return np.stack(
            [np.bincount(self._cell[each], minlength=cells) for each in differs]
        ).astype(np.int64)
