"""Changes of a model, and how each is made so that little has to be computed again."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from torch import Tensor, nn

from .calls import Call
from .exchange import Exchange
from .patching import Patch

# What an altered module returns, of what it returns; it writes to something of its own.
Alter = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Reach:
    """The modules that a change begins at.

    Attributes:
        patched: Those that have other numbers.
        altered: Those that compute the same, of which something else is returned.
    """

    patched: frozenset[nn.Module]
    altered: frozenset[nn.Module] = frozenset()

    def begins(self, call: Call) -> float:
        """When a call is reached; infinite: it is not itself."""
        if call.module in self.patched:
            return call.begins
        return call.ends + 0.5 if call.module in self.altered else math.inf


@dataclass(frozen=True)
class Change:
    """What is changed of a model.

    Attributes:
        patch: Other numbers in its tensors.
        altered: Other outputs of its modules.
    """

    patch: Patch | None = None
    altered: Mapping[nn.Module, Alter] = field(default_factory=dict)

    @property
    def reach(self) -> Reach:
        """Where it begins."""
        patched = self.patch.modules if self.patch else ()
        return Reach(frozenset(patched), frozenset(self.altered))

    def made(self) -> AbstractContextManager[None]:
        """Makes the change of the tensors, for a while."""
        return self.patch.applied() if self.patch else nullcontext()


@dataclass(frozen=True)
class Way:
    """How a change is made.

    Attributes:
        change: What is changed of the model; of the first layer nothing if there is an exchange.
        exchange: The first layer; None: all is in `change`.
        filters: int64[n]: those of the first layer.
    """

    change: Change
    exchange: Exchange | None = None
    filters: Tensor | None = None

    @property
    def reach(self) -> Reach:
        """Where it begins to differ from the model as it is."""
        reach = self.change.reach
        if self.exchange is None:
            return reach
        return Reach(reach.patched, reach.altered | {self.exchange.output})

    def altered(self, others: Mapping[Exchange, Tensor]) -> Mapping[nn.Module, Alter]:
        """What is done to outputs of modules.

        Args:
            others: What exchanged layers return.
        """
        exchange, filters = self.exchange, self.filters
        if exchange is None or filters is None:
            return self.change.altered
        other = others[exchange]
        return {
            **self.change.altered,
            exchange.output: lambda output: exchange.chosen(output, other, filters),
        }


def ways(changes: Sequence[Change], calls: Sequence[Call]) -> list[Way]:
    """How to make changes where the first layer that is changed has been computed already.

    Args:
        changes: Of a model.
        calls: Of a forward pass without them.
    """
    begins: dict[nn.Module, int] = {}
    for call in calls:
        begins.setdefault(call.module, call.begins)
    counts = Counter(call.module for call in calls)
    return [_way(change, begins, counts) for change in changes]


def _way(change: Change, begins: Mapping[nn.Module, int], counts: Mapping[nn.Module, int]) -> Way:
    layers = change.patch.layers if change.patch else ()
    if not layers or change.altered or any(module not in begins for module in change.reach.patched):
        return Way(change)
    first = min(layers, key=lambda layer: min(begins[module] for module in layer.modules))
    exchange = first.exchange
    others = Patch(tuple(layer for layer in layers if layer is not first))
    if exchange is None or counts[exchange.module] > 1 or counts[exchange.output] > 1:
        return Way(change)
    if {exchange.module, exchange.output} & {*others.modules}:
        return Way(change)
    return Way(Change(others), exchange, first.filters)
