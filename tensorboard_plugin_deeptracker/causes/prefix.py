"""A model run again with changes, from the first module on that these reach.

What comes before is the same, so what it returned is kept: of a change in the last block of a
network, only the last block is computed. Modules are kept as whole as possible, with all that is
in them; what is computed between modules is computed again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import torch
from torch import Tensor, nn

from .calls import Call, Forward, copy_of, record, replaced

# What an altered module returns, of what it returns.
Alter = Callable[[Tensor], Tensor]


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

    Attributes:
        result: What `run` returns.
    """

    def __init__(
        self,
        run: Callable[[], Any],
        wanted: Collection[tuple[nn.Module, int]],
        overwritten: Collection[tuple[nn.Module, int]],
    ) -> None:
        self._outputs: dict[tuple[nn.Module, int], Any] = {}
        counts: dict[nn.Module, int] = {}

        def keeping(module: nn.Module, forward: Forward) -> Forward:
            def call(*arguments: Any, **named: Any) -> Any:
                key = module, counts.get(module, 0)
                counts[module] = key[1] + 1
                output = forward(*arguments, **named)
                if key in wanted:
                    self._outputs[key] = copy_of(output) if key in overwritten else output
                return output

            return call

        modules = {module for module, _ in wanted}
        with replaced({module: keeping(module, module.forward) for module in modules}):
            self.result = run()

    def run(self, run: Callable[[], Any], plan: Plan, altered: Mapping[nn.Module, Alter]) -> Any:
        """Runs the model as it is now, from the first changed module on.

        Args:
            run: Calls it on the same inputs.
            plan: What is kept.
            altered: What is done to outputs of modules.

        Raises:
            CallsDifferError: It calls modules otherwise than it did.
        """
        forwards = {
            module: self._stub(module.forward, iter(steps), altered.get(module))
            for module, steps in plan.items()
            if module in altered or any(step.kept for step in steps)
        }
        for module in altered.keys() - forwards.keys():
            forwards[module] = self._stub(module.forward, repeat(Step()), altered[module])
        with replaced(forwards):
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
                output = copy_of(output) if step.copied else output
            return output if alter is None else alter(output)

        return call


def checked_plans(
    model: nn.Module,
    run: Callable[[], Tensor],
    changes: Mapping[Reach, tuple[AbstractContextManager[None], Mapping[nn.Module, Alter]]],
) -> tuple[list[Call], dict[Reach, Plan]]:
    """The plans of changes, each tried: with the change, it gives the same as the whole model.

    Where it does not, bit by bit, as in a model that hands on more than its modules return,
    everything is computed.

    Args:
        model: Can be followed.
        run: Calls it on a few inputs; returns its scores.
        changes: One that begins at each place: what makes it, and what is done to outputs.
    """
    calls, result = record(model, run)
    plans = {reach: plan(calls, reach) for reach in changes}
    kept = Kept(run, needed(plans.values()), overwritten(calls))
    same = _same(kept.result, result)
    for reach, (change, altered) in changes.items():
        with change:
            try:
                good = same and _same(
                    kept.run(run, plans[reach], altered), kept.run(run, {}, altered)
                )
            except Exception:  # Whatever the model's own code says of what it is handed.
                good = False
        if not good:
            plans[reach] = {}
    return calls, plans


def overwritten(calls: Iterable[Call]) -> set[tuple[nn.Module, int]]:
    """Which calls' outputs are written to later, as (module, number)."""
    return {(call.module, call.number) for call in calls if call.overwritten}


def _same(a: Tensor, b: Tensor) -> bool:
    return a.dtype == b.dtype and torch.equal(a.nan_to_num(), b.nan_to_num())
