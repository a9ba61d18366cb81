"""What a layer returns with all of its filters as they are elsewhere, computed once.

What one filter returns does not depend on the others of its layer. So of the outputs of the layer
as it is and of the layer as it is elsewhere, any group of filters is a choice of channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from .calls import Forward

_CHANNELS_FIRST = nn.modules.conv._ConvNd | nn.modules.batchnorm._BatchNorm


@dataclass(frozen=True, eq=False)
class Exchange:
    """A layer, and all of its numbers as they are elsewhere.

    Attributes:
        module: The layer's.
        norm: The batch normalisation that takes what it returns; None: there is none.
        tensors: Those of both, and what is to be in them.
    """

    module: nn.Module
    norm: nn.Module | None
    tensors: tuple[tuple[Tensor, Tensor], ...]

    @property
    def output(self) -> nn.Module:
        """The module at whose output the layer's filters are channels."""
        return self.norm or self.module

    def computed(
        self,
        forwards: Mapping[nn.Module, Forward],
        arguments: tuple[Any, ...],
        named: Mapping[str, Any],
    ) -> Tensor:
        """What `output` returns with these numbers.

        Args:
            forwards: What computes the modules.
            arguments: What the layer's module is called with.
            named: Likewise, by name.
        """
        with self._made():
            found: Tensor = forwards[self.module](*arguments, **named)
            return found if self.norm is None else forwards[self.norm](found)

    def chosen(self, output: Tensor, other: Tensor, filters: Tensor) -> Tensor:
        """What `output` returns with some of the filters as they are elsewhere.

        Args:
            output: What it returns.
            other: What it returns with all of them.
            filters: int64[n].
        """
        axis = channel_axis(self.output)
        filters = filters.to(output.device)
        found = output.clone()
        found.movedim(axis, 0)[filters] = other.movedim(axis, 0)[filters]
        return found

    @contextmanager
    def _made(self) -> Iterator[None]:
        before = [tensor.data.clone() for tensor, _ in self.tensors]
        try:
            for tensor, values in self.tensors:
                # By `data`, as graphs that wait for `backward` must not find them changed.
                tensor.data.copy_(values)
            yield
        finally:
            for (tensor, _), values in zip(self.tensors, before, strict=True):
                tensor.data.copy_(values)


def has_channels(module: nn.Module) -> bool:
    """Whether it is known on which axis of a module's output its channels are."""
    return isinstance(module, _CHANNELS_FIRST | nn.Linear)


def channel_axis(module: nn.Module) -> int:
    """The axis of a module's output on which its channels are; see `has_channels`."""
    return 1 if isinstance(module, _CHANNELS_FIRST) else -1
