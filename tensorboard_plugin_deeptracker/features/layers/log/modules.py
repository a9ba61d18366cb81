"""The tree of a model's modules, without what only wraps them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from ....summary.distributed import is_fsdp

# Children under which torch.compile, activation checkpointing, Lightning's Fabric and opacus put
# the module that they wrap.
_WRAPPED = ("_orig_mod", "_checkpoint_wrapped_module", "_forward_module", "_module")


def walk(model: nn.Module, path: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yields every module once, parents first, with its path without wrapper prefixes."""
    return _walk(model, path, set())


def _walk(module: nn.Module, path: str, seen: set[nn.Module]) -> Iterator[tuple[str, nn.Module]]:
    module = unwrap(module)
    if module in seen:
        return
    seen.add(module)
    yield path, module
    for name, child in module.named_children():
        if not (name == "parametrizations" and parametrize.is_parametrized(module)):
            yield from _walk(child, f"{path}.{name}" if path else name, seen)


def unwrap(module: nn.Module) -> nn.Module:
    """Takes off what wraps a module: DDP, DataParallel, torch.compile, AveragedModel, opacus."""
    while True:
        children = dict(module.named_children())
        names = [name for name in _WRAPPED if name in children]
        if list(children) == ["module"] and not module._parameters:
            names = ["module"]
        if not names:
            return module
        module = children[names[0]]


def module_type(module: nn.Module) -> str:
    """The name of a module's class as its author wrote it."""
    if isinstance(module, nn.modules.linear.NonDynamicallyQuantizableLinear):
        return "Linear"  # What attention's output projection is called inside torch.
    if isinstance(module, torch.jit.ScriptModule):
        return str(module.original_name)
    kind = parametrize.type_before_parametrizations(module)
    # `fully_shard` derives a class of its own from a module's.
    kind = next(base for base in kind.__mro__ if not is_fsdp(base))
    return str(kind.__name__)


def classes(module: nn.Module) -> list[type]:
    """A module's class and those it is derived from; of what was compiled, what it was made of."""
    if not isinstance(module, torch.jit.ScriptModule):
        return list(type(module).__mro__)
    home, _, name = _original_name(module).rpartition(".")
    original = getattr(sys.modules.get(home), name, None)
    return list(original.__mro__) if isinstance(original, type) else []


def class_names(module: nn.Module) -> list[str]:
    """Full names of `classes`."""
    if isinstance(module, torch.jit.ScriptModule):
        return [qualified(kind) for kind in classes(module)] or [_original_name(module)]
    kind: Any = type(module)
    return _names(kind)


@lru_cache(maxsize=4096)
def _names(kind: type) -> list[str]:
    return [qualified(base) for base in kind.__mro__]


def _original_name(module: torch.jit.ScriptModule) -> str:
    name = str(module._c._type().qualified_name())
    return re.sub(r"___torch_mangle_\d+\.", "", name.removeprefix("__torch__."))


def qualified(kind: type) -> str:
    """The full name of a class."""
    return f"{kind.__module__}.{kind.__qualname__}"
