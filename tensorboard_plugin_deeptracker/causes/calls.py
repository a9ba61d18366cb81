"""The calls of a model's modules in one forward pass: when each began and ended, what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

Forward = Callable[..., Any]


@dataclass
class Call:
    """One call of a module.

    Attributes:
        module: The module.
        number: Which of its calls it is, from 0 on.
        parent: Position of the call that it is made in; -1: none.
        begins: When it begins, as a position among all beginnings and ends.
        ends: When it ends.
        output: What it returns; None where that cannot be kept.
        bytes: Of the output's tensors.
        inputs: The tensors among its positional arguments.
        overwritten: Whether the output is written to later, as by what works in place.
    """

    module: nn.Module
    number: int
    parent: int
    begins: int
    ends: int = -1
    output: Any = None
    bytes: int = 0
    inputs: tuple[Tensor, ...] = ()
    overwritten: bool = False


@contextmanager
def replaced(forwards: Mapping[nn.Module, Forward]) -> Iterator[None]:
    """Modules with other forward methods, for a while."""
    before = {module: vars(module).get("forward") for module in forwards}
    try:
        for module, forward in forwards.items():
            module.__dict__["forward"] = forward
        yield
    finally:
        for module, own in before.items():
            if own is None:
                module.__dict__.pop("forward", None)
            else:
                module.__dict__["forward"] = own


def record(model: nn.Module, run: Callable[[], Any]) -> tuple[list[Call], Any]:
    """Runs a model and notes all calls of its modules.

    Args:
        model: Can be followed.
        run: Calls it.

    Returns:
        The calls in the order in which they begin, and what `run` returns.
    """
    calls: list[Call] = []
    inside: list[int] = []
    counts: dict[nn.Module, int] = {}
    versions: list[tuple[Call, list[tuple[Tensor, int]]]] = []
    clock = 0

    def noted(module: nn.Module, forward: Forward) -> Forward:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal clock
            own = Call(module, counts.get(module, 0), inside[-1] if inside else -1, clock)
            own.inputs = tuple(each for each in arguments if isinstance(each, Tensor))
            counts[module] = own.number + 1
            clock += 1
            inside.append(len(calls))
            calls.append(own)
            try:
                output = forward(*arguments, **named)
            finally:
                inside.pop()
            own.ends = clock
            clock += 1
            tensors = tensors_in(output)
            if tensors is not None:
                own.output = output
                own.bytes = sum(each.nbytes for each in tensors)
                versions.append((own, [(each, each._version) for each in tensors]))
            return output

        return call

    with replaced({module: noted(module, module.forward) for module in model.modules()}):
        result = run()
    for own, seen in versions:
        own.overwritten = any(tensor._version != version for tensor, version in seen)
    return calls, result


def tensors_in(output: Any) -> list[Tensor] | None:
    """The tensors that a module returns: one, or a tuple of them. None: it returns other things."""
    if isinstance(output, Tensor):
        return [output]
    if type(output) is tuple and output and all(isinstance(each, Tensor) for each in output):
        return list(output)
    return None


def copy_of(output: Any) -> Any:
    """A copy of what a module returns."""
    if isinstance(output, Tensor):
        return output.clone()
    return tuple(each.clone() for each in output)


def followers(calls: list[Call], sizes: Mapping[nn.Module, int]) -> dict[nn.Module, nn.Module]:
    """The batch normalisation that takes what a module returns, and nothing else does to it.

    Args:
        calls: Of a forward pass.
        sizes: The modules, and how many channels each makes.
    """
    makers = {
        id(call.output): call.module
        for call in calls
        if call.module in sizes and isinstance(call.output, Tensor)
    }
    found: dict[nn.Module, nn.Module] = {}
    for call in calls:
        if isinstance(call.module, nn.modules.batchnorm._BatchNorm) and len(call.inputs) == 1:
            maker = makers.get(id(call.inputs[0]))
            if maker is not None and call.module.num_features == sizes[maker]:
                found[maker] = call.module
    return found
