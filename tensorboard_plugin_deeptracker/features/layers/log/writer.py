"""`add_model` and `add_weights`."""

from __future__ import annotations

import warnings
from typing import Any

from torch import nn

from ....summary.base import SessionWriter
from ....summary.log import users_frame
from ..records import Model, encode_model
from .capture import Previous
from .dumps import Dumps
from .forward import forward_order
from .hierarchy import build_hierarchy
from .layers import find_layers, in_forward_order, module_type, pictured, walk


class LayersWriter(SessionWriter):
    """Logs the structure of a model, and how its filters change.

    Args:
        *args: See `SessionWriter`.
        previous_weights: See `SummaryWriter`.
        **options: See `SessionWriter`.
    """

    def __init__(self, *args: Any, previous_weights: Previous = "exact", **options: Any) -> None:
        super().__init__(*args, **options)
        self._previous_weights = previous_weights
        self._model: Model | None = None
        self._dumps: Dumps | None = None

    def add_model(self, model: nn.Module, example_input: Any = None) -> None:
        """Logs the layers of a model, their hierarchy, and how data flows between them.

        Args:
            model: Any module; wrappers such as DDP or torch.compile are looked through.
            example_input: What the model is called with: one argument, or a tuple of them, or a
                dictionary of keyword arguments. The model is run on it once, which leaves
                no trace in it, to find the order and the connections of the
                layers. Without, the model's code is traced, which not all models allow.

        Raises:
            ValueError: The model has no weighted layer, cannot be run on the example, or
                is not the one that this writer has logged already.
        """
        layers = find_layers(model)
        if self._model is not None:
            in_forward_order(layers, self._model)
            return
        order, edges = forward_order(model, layers, example_input)
        described = tuple(layers[i].layer for i in order)
        types = {path: module_type(module) for path, module in walk(model)}
        structure = Model(
            described,
            build_hierarchy(described, types),
            tuple(edges),
            kernels=pictured([layers[i] for i in order]),
        )
        record = encode_model(structure)
        self._open().add(lambda: record)
        self._model, self._dumps = structure, Dumps(structure, self._previous_weights)

    def add_weights(self, model: nn.Module, global_step: int) -> None:
        """Logs how the filters have changed, and statistics of weights and gradients.

        Gradients are those that the parameters hold: call this before they are set to
        zero. The first call of a session has nothing to compare with.

        Args:
            model: The model that `add_model` logged; it is logged now if none was.
            global_step: The training iteration, larger than at the call before; else a warning
                says so, once, and nothing is logged.

        Raises:
            ValueError: The model's layers are not those that were logged, or
                `global_step` is not a whole number.
        """
        step = self._step("add_weights", global_step)
        if step is None:
            return
        if self._model is None:
            self.add_model(model)
        assert self._model is not None
        assert self._dumps is not None
        try:
            layers = in_forward_order(find_layers(model), self._model)
            self._last_step["add_weights"] = step
            log = self._open()
            # A shard is needed also where nothing is logged.
            if not log.dead or any(layer.is_sharded() for layer in layers):
                log.add(self._dumps.take(layers, step))
        except (MemoryError, RuntimeError) as error:  # Torch raises the latter for both devices.
            warnings.warn(
                f"DeepTracker could not log the weights at step {step}: {type(error).__name__}:"
                f" {error}. The training goes on, and so does the logging.",
                RuntimeWarning,
                stacklevel=users_frame(),
            )
