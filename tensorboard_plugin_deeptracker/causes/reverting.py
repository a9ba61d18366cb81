"""Flips of images between two states of a model, and what of them a group of filters carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from ..features.causes.records import Effect, How
from .changes import Change
from .experiment import Predictions
from .patching import Group, Patchable, States
from .study import Bools, Cells, Study
from .trials import Draws


@dataclass(frozen=True)
class Flips:
    """Images that are predicted rightly in one state of a model, and wrongly in another.

    Attributes:
        now: bool[images]: whether each is predicted rightly as the model is.
        before: bool[images]: and as it was.
    """

    now: Bools
    before: Bools

    def cells(self, base: Bools, found: Predictions) -> Cells:
        """Those of each class, by whether they have become right.

        Args:
            base: What is known of the state that is changed, `now` or `before`.
            found: What it predicts.
        """
        plain = found.plain == found.labels
        # Between two scores that are all but equal, batches of another size decide otherwise.
        flipped = (self.now != self.before) & (plain == base) & (found.labels >= 0)
        return Cells(found.labels, flipped, self.now)


@dataclass(frozen=True)
class Reverting:
    """Experiments with groups of filters of a model in two states.

    Attributes:
        study: What they are made on.
        patchable: The model's filters.
        states: The states.
        flips: Of the study's images.
    """

    study: Study
    patchable: Patchable
    states: States
    flips: Flips

    def back(self, groups: Mapping[str, Group], draws: Draws) -> list[Effect]:
        """The model as it is, with groups as they were.

        Args:
            groups: By what they are called.
            draws: How many are drawn by chance.
        """
        return self._effects("put_back", groups, self.states.before, self.flips.now, draws)

    def into(self, groups: Mapping[str, Group], draws: Draws) -> list[Effect]:
        """The model as it was, with groups as they are.

        Args:
            groups: By what they are called.
            draws: How many are drawn by chance.
        """
        with self.states.at_before():
            return self._effects("put_in", groups, self.states.now, self.flips.before, draws)

    def _effects(
        self,
        how: How,
        groups: Mapping[str, Group],
        values: Mapping[str, Tensor],
        base: Bools,
        draws: Draws,
    ) -> list[Effect]:
        return self.study.effects(
            how,
            groups,
            lambda group: Change(self.patchable.patch(group, values)),
            partial(self.flips.cells, base),
            draws,
        )
