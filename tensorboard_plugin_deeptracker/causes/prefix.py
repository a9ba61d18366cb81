"""A model run again with changes, from the first module on that these reach.

What comes before is the same, so what it returned is kept: of a change in the last block of a
network, only the last block is computed. Modules are kept as whole as possible, with all that is
in them; what is computed between modules is computed again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import torch
from torch import Tensor, nn

from .calls import Call, Forward, copy_of, replaced
from .changes import Alter, Change, Reach, Way, ways
from .exchange import Exchange


class CallsDifferError(RuntimeError):
    """A model calls other modules, or in another order, than it did before."""


@dataclass(frozen=True)
class Step:
    """What is done at a call of a module that is not inside of one that is kept.

    Attributes:
        kept: Which call's output is returned, as (module, number); None: it is computed.
        copied: Whether it is written to later, so that a copy is returned.
    """

    kept: tuple[nn.Module, int] | None = None
    copied: bool = False


Plan = Mapping[nn.Module, Sequence[Step]]
# By where changes begin; an empty one where everything is computed.
Plans = dict[Reach, Plan]


def plan(calls: Sequence[Call], reach: Reach) -> Plan:
    """What is kept where some modules are changed.

    Args:
        calls: Of a forward pass without the changes.
        reach: The modules.

    Returns:
        For each module that is not called only inside of kept ones, its calls in turn.
    """
    if reach.patched - {call.module for call in calls}:
        # Nobody knows who reads what such a module has: attention reads its projection's weight.
        return {}
    first = min((reach.begins(call) for call in calls), default=math.inf)
    steps: dict[nn.Module, list[Step]] = {}
    hidden: set[int] = set()
    for position, call in enumerate(calls):
        if call.parent in hidden:
            hidden.add(position)
            continue
        own = steps.setdefault(call.module, [])
        if 0 <= call.ends < first and call.output is not None:
            own.append(Step((call.module, call.number), call.overwritten))
            hidden.add(position)
        else:
            own.append(Step())
    return steps


def needed(plans: Iterable[Plan]) -> set[tuple[nn.Module, int]]:
    """Which calls' outputs have to be kept, as (module, number)."""
    return {step.kept for each in plans for steps in each.values() for step in steps if step.kept}


class Kept:
    """What modules return for some inputs.

    Args:
        run: Calls the model, unchanged, on the inputs.
        wanted: Which calls' outputs are kept, as (module, number).
        overwritten: Those of them that are written to later.
        exchanges: Layers whose outputs with other numbers are computed too.

    Attributes:
        result: What `run` returns.
        others: What exchanged layers return.
    """

    def __init__(
        self,
        run: Callable[[], Any],
        wanted: Collection[tuple[nn.Module, int]],
        overwritten: Collection[tuple[nn.Module, int]],
        exchanges: Collection[Exchange] = (),
    ) -> None:
        self.others: dict[Exchange, Tensor] = {}
        self._outputs: dict[tuple[nn.Module, int], Any] = {}
        counts: dict[nn.Module, int] = {}
        begun: dict[nn.Module, list[Exchange]] = {}
        for exchange in exchanges:
            begun.setdefault(exchange.module, []).append(exchange)

        def keeping(module: nn.Module, forward: Forward) -> Forward:
            def call(*arguments: Any, **named: Any) -> Any:
                key = module, counts.get(module, 0)
                counts[module] = key[1] + 1
                for exchange in begun.get(module, ()):
                    self.others[exchange] = exchange.computed(forwards, arguments, named)
                output = forward(*arguments, **named)
                if key in wanted:
                    self._outputs[key] = copy_of(output) if key in overwritten else output
                return output

            return call

        modules = {module for module, _ in wanted} | begun.keys()
        forwards = {
            module: module.forward
            for module in modules | {exchange.output for exchange in exchanges}
        }
        with replaced({module: keeping(module, forwards[module]) for module in modules}):
            self.result = run()

    def run(self, run: Callable[[], Any], plan: Plan, way: Way) -> Any:
        """Runs the model with a change, from the first module on that this reaches.

        Args:
            run: Calls it on the same inputs.
            plan: What is kept.
            way: How the change is made.

        Raises:
            CallsDifferError: It calls modules otherwise than it did.
        """
        if way.exchange is not None and way.exchange not in self.others:
            raise CallsDifferError("a module is not called that was called before")
        altered = way.altered(self.others)
        forwards = {
            module: self._stub(module.forward, iter(steps), altered.get(module))
            for module, steps in plan.items()
            if module in altered or any(step.kept for step in steps)
        }
        for module in altered.keys() - forwards.keys():
            forwards[module] = self._stub(module.forward, repeat(Step()), altered[module])
        with way.change.made(), replaced(forwards):
            return run()

    def _stub(self, forward: Forward, steps: Iterator[Step], alter: Alter | None) -> Forward:
        def call(*arguments: Any, **named: Any) -> Any:
            step = next(steps, None)
            if step is None:
                raise CallsDifferError("a module is called more often than before")
            if step.kept is None:
                output = forward(*arguments, **named)
            elif step.kept not in self._outputs:
                raise CallsDifferError("a module is called that was not called before")
            else:
                output = self._outputs[step.kept]
                # What alters it writes to something of its own.
                output = copy_of(output) if step.copied and alter is None else output
            return output if alter is None else alter(output)

        return call


def checked_ways(
    run: Callable[[], Tensor],
    calls: Sequence[Call],
    result: Tensor,
    changes: Sequence[Change],
    plans: Plans,
) -> list[Way]:
    """How to make changes, so that of each what comes before it is kept.

    One of each place that changes begin at is tried, and must give the same, bit by bit, as the
    whole model with the change. Where it does not, as in a model that hands on more than its
    modules return, everything is computed.

    Args:
        run: Calls the model on a few inputs; returns its scores.
        calls: Of such a forward pass.
        result: What it returned.
        changes: Of the model.
        plans: Those that are known; gets what is found.
    """
    found = ways(changes, calls)
    pairs = [*zip(found, changes, strict=True)]
    _check(run, calls, result, pairs, plans)
    plain = [way if plans[way.reach] else Way(change) for way, change in pairs]
    # What cannot be made by an exchange can be by other numbers.
    _check(run, calls, result, [*zip(plain, changes, strict=True)], plans)
    return plain


def _check(
    run: Callable[[], Tensor],
    calls: Sequence[Call],
    result: Tensor,
    pairs: Iterable[tuple[Way, Change]],
    plans: Plans,
) -> None:
    tried = {way.reach: (way, change) for way, change in pairs if way.reach not in plans}
    if not tried:
        return
    found = {reach: plan(calls, reach) for reach in tried}
    exchanges = {way.exchange for way, _ in tried.values() if way.exchange is not None}
    kept = Kept(run, needed(found.values()), overwritten(calls), exchanges)
    same = _same(kept.result, result)
    for reach, (way, change) in tried.items():
        good = False
        # Whatever the model's own code says of what it is handed.
        with suppress(Exception):
            good = same and _same(kept.run(run, found[reach], way), kept.run(run, {}, Way(change)))
        plans[reach] = found[reach] if good else {}


def overwritten(calls: Iterable[Call]) -> set[tuple[nn.Module, int]]:
    """Which calls' outputs are written to later, as (module, number)."""
    return {(call.module, call.number) for call in calls if call.overwritten}


def _same(a: Tensor, b: Tensor) -> bool:
    return a.dtype == b.dtype and torch.equal(a.nan_to_num(), b.nan_to_num())
