"""Calls a model as its inputs ask for, and says whether its modules' calls can be seen."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn


def device_of(model: nn.Module) -> torch.device:
    """Where a model is called: where its first parameter is; the CPU if it has none."""
    return next((each.device for each in model.parameters()), torch.device("cpu"))


def call_model(model: nn.Module, inputs: Any) -> Any:
    """Calls a model by keywords, by position, or with one argument.

    Of a dictionary, entries that the model has no parameter for are left out. If it has one for
    none of them, as where any network is called with a batch's "image", it gets the only tensor.

    Raises:
        ValueError: Nobody can tell which entry of a dictionary it takes.
    """
    if not isinstance(inputs, Mapping):
        return model(*inputs) if isinstance(inputs, tuple) else model(inputs)
    taken = {name: inputs[name] for name in inputs if _takes(model, name)}
    if taken:
        return model(**taken)
    tensors = [value for value in inputs.values() if isinstance(value, Tensor)]
    if len(tensors) != 1:
        raise ValueError(
            f"the model takes none of a batch's entries {sorted(map(str, inputs))} by its name:"
            " pass predict=, such as predict=lambda model, batch: model(batch['image'])"
        )
    return model(*tensors)


def can_be_followed(model: nn.Module) -> bool:
    """Whether calls of the model's modules can be seen and replaced.

    They cannot where a compiler has put them together.
    """
    # Nothing is compiled where it was not imported, which takes seconds.
    compiler = sys.modules.get("torch._dynamo.eval_frame")
    kinds = (torch.jit.ScriptModule, *([compiler.OptimizedModule] if compiler else []))
    return not any(
        isinstance(module, kinds) or getattr(module, "_compiled_call_impl", None) is not None
        for module in model.modules()
    )


def _takes(model: nn.Module, name: str) -> bool:
    """Whether a model has a parameter of a name, as far as it says."""
    try:
        parameters = inspect.signature(model.forward).parameters
    except (TypeError, ValueError):
        return True
    named = {
        each.name
        for each in parameters.values()
        if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
    }
    return name in named or any(each.kind is each.VAR_KEYWORD for each in parameters.values())
