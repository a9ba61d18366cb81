"""Gradients that a loss scaler has multiplied: by what, and their measures without it.

A `torch.amp.GradScaler` multiplies the loss, and so the gradients, until its `unscale_` or
`step` divides them, in place. Between its `update` and the next backward pass they are still the
divided ones, and nothing that it says tells that time from the one after that pass. So a hook on
one parameter notes at each backward pass how often the scale had been updated by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import ref

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from .measures import SUMS
from .statistics import Reduced

# How each row of `SUMS` grows with its elements.
_POWERS = np.array([1 if name == "sum" else 2 for name in SUMS])


@dataclass(frozen=True)
class Scaling:
    """What gradients are multiplied with at a dump.

    Attributes:
        scale: The factor; None: they are as they should be.
        known: Whether it is known; if not, nothing can be said about the gradients.
    """

    scale: Tensor | None = None
    known: bool = True

    def tensors(self) -> list[Tensor]:
        """What has to be brought to the host for `undo`."""
        return [] if self.scale is None else [self.scale]

    @staticmethod
    def undo(gradients: Reduced, arrived: Sequence[NDArray[Any]]) -> Reduced:
        """The measures of the gradients as they are without the factor.

        Args:
            gradients: With it.
            arrived: What `tensors` gave.
        """
        if not arrived:
            return gradients
        scale = float(arrived[0])
        return replace(
            gradients,
            sums=[table / scale ** _POWERS[:, None] for table in gradients.sums],
            totals=[totals / scale for totals in gradients.totals],
            samples=[(sample / scale).astype(sample.dtype) for sample in gradients.samples],
        )


class Scaler:
    """Knows at each dump whether the gradients are scaled."""

    def __init__(self) -> None:
        self._scaler: Any = None
        self._watched: ref[nn.Parameter] | None = None
        self._hook: RemovableHandle | None = None
        # How often the scale was updated when the last backward pass ended; None if none was seen.
        self._at_backward: int | None = None

    def scaling(self, scaler: Any, model: nn.Module) -> Scaling:
        """What the gradients of a model are multiplied with now.

        Args:
            scaler: A `torch.amp.GradScaler`, the factor itself, or None.
            model: Whose gradients they are.

        Raises:
            ValueError: It is something else.
        """
        if scaler is None:
            return Scaling()
        if isinstance(scaler, int | float) and not isinstance(scaler, bool) and scaler > 0:
            return Scaling(torch.tensor(float(scaler), dtype=torch.float64))
        if isinstance(scaler, torch.amp.GradScaler):
            return self._of_scaler(scaler, model)
        raise ValueError(
            "grad_scaler must be the torch.amp.GradScaler that scales the loss, or the number that"
            f" it is multiplied with, got {scaler!r}"
        )

    def _of_scaler(self, scaler: Any, model: nn.Module) -> Scaling:
        if not scaler.is_enabled():
            return Scaling()
        self._watch(scaler, model)
        scale = scaler._scale
        if scale is None:  # No loss was scaled yet.
            return Scaling()
        if any(_stage(state) != "READY" for state in scaler._per_optimizer_states.values()):
            return Scaling()  # Unscaled since the last update.
        updates = scale._version
        if updates and self._at_backward is None:
            return Scaling(known=False)
        if updates == (self._at_backward or 0):
            return Scaling(scale.detach().double())
        return Scaling()

    def _watch(self, scaler: Any, model: nn.Module) -> None:
        """Has backward passes noted, by the same parameter as long as that is trained."""
        watched = None if self._watched is None else self._watched()
        trained = [p for p in model.parameters() if p.requires_grad]
        if scaler is self._scaler and any(p is watched and p.grad is not None for p in trained):
            return
        if self._hook is not None:
            self._hook.remove()
        self._scaler, self._watched, self._hook, self._at_backward = scaler, None, None, None
        if trained:
            # One that has a gradient will have one again.
            parameter = next((p for p in trained if p.grad is not None), trained[0])
            self._watched = ref(parameter)
            self._hook = parameter.register_post_accumulate_grad_hook(self._noted)

    def _noted(self, _: Tensor) -> None:
        scale = self._scaler._scale
        self._at_backward = None if scale is None else scale._version


def _stage(state: Any) -> str:
    return str(state["stage"].name)
