"""`add_model` and `add_weights`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakMethod

import torch
from torch import nn

from ....summary.base import SessionWriter
from ....summary.log import Log
from ....summary.options import check_choice
from ..records import Model, encode_model
from .capture import Previous
from .dumps import Dumps
from .forward import Call
from .inputs import inputs_of
from .layers import StructureError, TrackedLayer, find_layers, in_forward_order
from .scaling import Scaler, Scaling
from .structure import structure_of
from .untracked import untracked

# A model that changes more often is more than one model.
_MOST_STRUCTURES = 32


class LayersWriter(SessionWriter):
    """Logs the structure of a model, and how its filters change.

    Args:
        *args: See `SessionWriter`.
        previous_weights: See `SummaryWriter`.
        **options: See `SessionWriter`.
    """

    def __init__(self, *args: Any, previous_weights: Previous = "exact", **options: Any) -> None:
        check_choice(previous_weights, "previous_weights", Previous)
        super().__init__(*args, **options)
        self._previous_weights = previous_weights
        self._model: Model | None = None
        self._dumps: Dumps | None = None
        self._scaler = Scaler()
        self._structures = 0
        # Where dumps go since the model has changed: one session has one model.
        self._log_of_weights: Log | None = None

    def add_model(
        self, model: nn.Module, example_input: Any = None, *, call: Call | None = None
    ) -> None:
        """Logs the layers of a model, their hierarchy, and how data flows between them.

        What is not logged of it (weights that no rule says the filters of, a graph that cannot be
        had) is said in the tab. If the model has other layers than at an earlier call, its log
        goes on as one of a new structure.

        Args:
            model: Any module; wrappers such as DDP or torch.compile are looked through.
            example_input: What the model is called with: one argument, or a tuple of them, or a
                dictionary of keyword arguments. The model is run on it once, which leaves
                no trace in it, to find the order and the connections of the
                layers. Without, the model's code is traced, which not all models allow.
            call: Takes the model and `example_input` (its tensors on the model's device), and runs
                the one on the other, where that takes more than to call it: a dictionary as one
                argument, `torch.autocast`, a method of another name.

        Raises:
            ValueError: At the first call: the model has no weighted layer, is sharded by FSDP1, or
                cannot be run on the example.
        """
        _check(model)
        if call is not None and not callable(call):
            raise ValueError(
                "call must be a function that takes the model and example_input, not"
                f" {type(call).__name__}"
            )
        self._know(model, self._found(model), example_input, call)

    def add_weights(
        self,
        model: nn.Module,
        global_step: int,
        *,
        grad_scaler: torch.amp.GradScaler | float | None = None,
    ) -> None:
        """Logs how the filters have changed, and statistics of weights and gradients.

        Gradients are those that the parameters hold: call this before they are set to
        zero. The first call of a session has nothing to compare with.

        A layer that cannot be measured is left out, and named in a warning. A model whose layers
        are others than before is logged as a new structure from then on.

        Args:
            model: The model that `add_model` logged; it is logged now if none was.
            global_step: The training iteration, larger than at the call before; else a warning
                says so, once, and nothing is logged.
            grad_scaler: The `torch.amp.GradScaler` that scales the loss: gradients are logged as
                they are without it, whether or not they have been unscaled. Or the number that the
                loss has been multiplied with, if it still is in the gradients.

        Raises:
            ValueError: `global_step` is not a whole number, `grad_scaler` is something else, or, at
                the first call, what `add_model` says.
        """
        _check(model)
        step = self._step("add_weights", global_step)
        if step is None:
            return
        scaling = self._scaler.scaling(grad_scaler, model)
        try:
            self._dump(model, step, scaling)
        except (MemoryError, RuntimeError) as error:  # Torch raises the latter for both devices.
            self._warn(
                f"DeepTracker could not log the weights at step {step}: {type(error).__name__}:"
                f" {error}. The training goes on, and so does the logging."
            )

    def remember_weights(self, model: nn.Module) -> None:
        """Takes weights as those that the next call of `add_weights` is compared with.

        Of a run that goes on, the weights that were logged last are logged already.

        Args:
            model: The model that has them.
        """
        layers = self._know(model, self._found(model))
        if layers is not None:
            assert self._dumps is not None
            self._dumps.remember(layers)

    def _dump(self, model: nn.Module, step: int, scaling: Scaling) -> None:
        layers = self._know(model, self._found(model))
        self._last_step["add_weights"] = step
        if layers is None:
            return
        assert self._dumps is not None
        log = self._log_of_weights or self._open()
        # A shard is needed also where nothing is logged.
        if not log.dead or any(layer.is_sharded() for layer in layers):
            log.add(self._dumps.take(layers, step, scaling))

    def flush(self) -> None:
        """Waits until everything that was logged is written."""
        if self._log_of_weights is not None:
            self._log_of_weights.flush()
        super().flush()

    def close(self) -> None:
        """Writes what is left and closes the files; logging more opens them again."""
        if self._log_of_weights is not None:
            self._log_of_weights.close()
        super().close()

    def _found(self, model: nn.Module) -> list[TrackedLayer]:
        """The layers of a model; none if it has none any more, which is said.

        Raises:
            ValueError: It never had any.
        """
        try:
            return find_layers(model)
        except ValueError as error:
            if self._model is None:
                raise
            self._say_once(f"DeepTracker logs no weights for now: {error}. The training goes on.")
            return []

    def _know(
        self,
        model: nn.Module,
        layers: list[TrackedLayer],
        example_input: Any = None,
        call: Call | None = None,
    ) -> list[TrackedLayer] | None:
        """The layers in the order of the logged structure, which is logged if it is a new one.

        Returns:
            The layers; None if they cannot be logged.
        """
        if not layers:
            return None
        if self._model is not None:
            try:
                return in_forward_order(layers, self._model)
            except StructureError as change:
                if self._structures == _MOST_STRUCTURES:
                    self._say_once(
                        "DeepTracker logs no weights of a model that is another than before for the"
                        f" {_MOST_STRUCTURES}th time: log each to its own directory, with a"
                        " SummaryWriter of its own. The training goes on."
                    )
                    return None
                self._warn(
                    f"The model is not what add_model logged: {change}. DeepTracker logs it as a"
                    " new structure from here on: the tab shows that, and what was logged before"
                    " stays in the log."
                )
        first = self._model is None
        left_out = untracked(model, layers)
        structure = structure_of(model, layers, example_input, call, left_out, strict=first)
        structure = replace(structure, inputs=inputs_of(example_input))
        record = encode_model(structure)
        log = self._open()
        if not first:
            if self._log_of_weights is not None:
                self._log_of_weights.close()
            log = self._log_of_weights = self._further_session()
        log.add(lambda: record)
        self._model = structure
        # A writer that nobody holds is closed at once, so nothing that it holds may hold it.
        report = WeakMethod(self._left_out)
        self._dumps = Dumps(
            structure, self._previous_weights, lambda layers: (say := report()) and say(layers)
        )
        self._structures += 1
        if left_out is not None:
            self._say_once(left_out)
        return in_forward_order(layers, structure)

    def _left_out(self, layers: Mapping[str, Exception]) -> None:
        """Says which layers could not be measured."""
        name, error = next(iter(layers.items()))
        others = f" and {len(layers) - 1} more" if len(layers) > 1 else ""
        self._warn(
            f"DeepTracker cannot measure the layer {name!r}{others} ({type(error).__name__}:"
            f" {error}): its values are missing in the log. All other layers are logged."
        )


def _check(model: Any) -> None:
    if not isinstance(model, nn.Module):
        raise ValueError(f"model must be a torch.nn.Module, not {type(model).__name__}")
