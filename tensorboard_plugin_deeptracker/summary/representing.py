"""What a model makes of images before its last layer, seen where they are predicted anyway."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

# True: the input of the last linear layer; what a layer of this name gives; or a function of the
# model and a batch's inputs.
Source = bool | str | Callable[[nn.Module, Any], Tensor]
_WRAPPERS = ("module.", "_orig_mod.")


class Representing:
    """Sees the features of the images of each batch.

    Args:
        source: Where they are.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._seen: Tensor | None = None

    def of_another(self) -> Representing | None:
        """What sees the same of a copy of the model; None: it is up to a function of the user."""
        return None if callable(self._source) else Representing(self._source)

    @contextmanager
    def watching(self, model: nn.Module) -> Iterator[nn.Module]:
        """Watches a model; yields what is to be called: a compiled one calls no hooks.

        Raises:
            ValueError: It has no such layer.
        """
        model = getattr(model, "_orig_mod", model)
        compiled = vars(model).get("_compiled_call_impl")
        if compiled is not None:
            model._compiled_call_impl = None
        handles = self._hooks(model)
        try:
            yield model
        finally:
            for handle in handles:
                handle.remove()
            if compiled is not None:
                model._compiled_call_impl = compiled

    def of_batch(self, model: nn.Module, inputs: Any, images: int) -> Tensor:
        """The features of the batch that the model has just been called with: float[n, dimensions].

        Raises:
            ValueError: It has shown none, or not one for each image.
        """
        seen, self._seen = self._seen, None
        if callable(self._source):
            seen = self._source(model, inputs)
        if not isinstance(seen, Tensor) or seen.ndim < 2 or len(seen) != images:
            found = "none" if seen is None else f"{type(seen).__name__} of shape {_shape(seen)}"
            raise ValueError(
                f"representations={self._source!r} found no features [n, dimensions] for a batch of"
                f" {images} images, but {found}: pass the name of the layer that gives them, or a"
                " function of the model and the batch's inputs"
            )
        if seen.ndim == 4:  # Channels first; of tokens, their axis is the second.
            seen = seen.flatten(2).mean(dim=2)
        elif seen.ndim > 2:
            seen = seen.flatten(1, -2).mean(dim=1)
        return seen.detach().clone()

    def _hooks(self, model: nn.Module) -> list[Any]:
        if callable(self._source):
            return []
        if isinstance(self._source, str):
            return [_layer(model, self._source).register_forward_hook(self._output)]
        linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
        if not linear:
            raise ValueError(
                "representations=True takes the input of the last linear layer, and the model has"
                " none: pass the name of the layer that gives the features, or a function of the"
                " model and a batch's inputs"
            )
        return [module.register_forward_pre_hook(self._input) for module in linear]

    def _input(self, module: nn.Module, arguments: tuple[Any, ...]) -> None:
        del module
        # Of those that are called, the last one stays.
        if arguments and isinstance(arguments[0], Tensor):
            self._seen = arguments[0]

    def _output(self, module: nn.Module, arguments: tuple[Any, ...], output: Any) -> None:
        del module, arguments
        if isinstance(output, Mapping):
            output = next(iter(output.values()), None)
        self._seen = output[0] if isinstance(output, tuple | list) and output else output


def check_source(source: Any) -> None:
    """Refuses what is no source of representations.

    Raises:
        ValueError: It is none.
    """
    if not (isinstance(source, bool | str) or callable(source)):
        raise ValueError(
            "representations must be True, the name of a layer, or a function of the model and a"
            f" batch's inputs, not {type(source).__name__}"
        )


def _layer(model: nn.Module, name: str) -> nn.Module:
    layers: dict[str, nn.Module] = {}
    for own, module in model.named_modules():
        while own.startswith(_WRAPPERS):
            own = own.partition(".")[2]
        layers[own] = module
    if name not in layers:
        raise ValueError(
            f"representations={name!r}: the model has no such layer; it has, say,"
            f" {', '.join([own for own in layers if own][-5:])}"
        )
    return layers[name]


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(value.shape) if isinstance(value, torch.Tensor) else ()
