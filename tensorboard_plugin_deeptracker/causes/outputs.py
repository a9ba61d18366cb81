"""Other outputs in the place of those of filters."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from .calls import replaced
from .changes import Change
from .exchange import channel_axis, has_channels
from .patching import Group, Patchable


class Outputs:
    """What stands for the outputs of some layers' filters.

    Args:
        patchable: The model's filters.
        mode: See `ablate`.
        layers: Names of the layers.

    Raises:
        ValueError: In what a layer returns, nobody can tell what is of which filter.
    """

    def __init__(self, patchable: Patchable, mode: str, layers: Collection[str]) -> None:
        self._mode = mode
        self._modules = {name: patchable.output(name) for name in layers}
        self._means: dict[nn.Module, Tensor] = {}
        for name, module in self._modules.items():
            if not has_channels(module):
                raise ValueError(
                    f"{name!r} is a {type(module).__name__}: which of its outputs is of which"
                    " filter is known of convolutions and linear layers alone"
                )

    def measure(self, run: Callable[[], object]) -> None:
        """Takes the means of all channels.

        Args:
            run: Evaluates the model on the images.
        """
        sums: dict[nn.Module, Tensor] = {}
        counts: dict[nn.Module, int] = {}

        def measuring(module: nn.Module, forward: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                output = forward(*arguments, **named)
                rows = _channels_last(module, output).reshape(
                    -1, output.shape[channel_axis(module)]
                )
                sums[module] = sums.get(module, 0) + rows.sum(dim=0, dtype=torch.float64)
                counts[module] = counts.get(module, 0) + len(rows)
                return output

            return call

        modules = set(self._modules.values())
        with replaced({module: measuring(module, module.forward) for module in modules}):
            run()
        self._means = {module: sums[module] / counts[module] for module in sums}

    def change(self, group: Group) -> Change:
        """What is changed of a group of filters."""
        return Change(
            altered={
                self._modules[name]: partial(
                    self._alter, self._modules[name], torch.as_tensor(filters)
                )
                for name, filters in group.items()
            }
        )

    def _alter(self, module: nn.Module, filters: Tensor, output: Tensor) -> Tensor:
        altered = output.clone()
        channels, filters = _channels_last(module, altered), filters.to(output.device)
        if self._mode == "zero":
            channels[..., filters] = 0
        elif self._mode == "mean":
            channels[..., filters] = self._means[module][filters].to(output.dtype)
        else:
            # The same for all layers, so that what goes together stays together.
            order = torch.randperm(len(output), generator=torch.Generator().manual_seed(0))
            channels[..., filters] = channels[order.to(output.device)][..., filters]
        return altered


def _channels_last(module: nn.Module, output: Tensor) -> Tensor:
    """A view with the channels on the last axis."""
    return output.movedim(channel_axis(module), -1)
