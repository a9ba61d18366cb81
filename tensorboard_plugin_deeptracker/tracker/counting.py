"""Iterations counted over a whole training."""

from __future__ import annotations

import warnings

from ..summary.log import users_frame
from ..summary.numbers import Step, whole_step


class Counted:
    """Iterations counted over all epochs, however the training counts them."""

    def __init__(self) -> None:
        self.last: int | None = None
        self._offset = 0

    def on(self, global_step: Step) -> int:
        """The number of an iteration; larger than the last one, or the same."""
        given = whole_step(global_step)
        step = given + self._offset
        if self.last is not None and step < self.last:
            if not self._offset:
                warnings.warn(
                    f"global_step went back from {self.last} to {given}, as where it is counted in"
                    f" each epoch: the log counts on from {self.last}. Pass a number that grows"
                    " over all epochs, such as epoch * len(loader) + batch.",
                    RuntimeWarning,
                    stacklevel=users_frame(),
                )
            self._offset = self.last + 1 - given
            step = self.last + 1
        self.last = step
        return step
