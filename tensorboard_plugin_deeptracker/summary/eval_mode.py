"""A model in eval mode in the middle of its training, and everything as it was afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from . import distributed
from .held import Held
from .rng import preserved_random_state


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Puts a model into eval mode without gradients, and leaves everything as it was.

    Training flags, weights, buffers, attributes and random number generators are restored.
    Inference mode would be faster still, but what a model caches in it cannot be trained with.
    """
    modules = list(model.modules())
    flags = [(module, module.training) for module in modules]
    held = Held()
    with preserved_random_state(), torch.no_grad():
        held.modules(modules)
        held.tensors((*model.parameters(), *model.buffers()))  # Those of compiled modules too.
        try:
            _switch((module, False) for module in modules)
            yield
        finally:
            distributed.reshard(model)
            _switch(flags)
            held.put_back()


def _switch(modes: Iterable[tuple[nn.Module, bool]]) -> None:
    """Puts modules into train or eval mode, parents first.

    Flags are set one by one: modules may be in different modes. Where a class has its own methods
    for it, they are called, because more than the flag may depend on them: filters that are
    expanded, adapters that are merged.
    """
    for module, training in modes:
        if module.training == training:
            continue
        if _has_own_mode(module):
            try:
                module.train(training) if training else module.eval()
            except Exception:  # An exported program has methods that only say so.
                module.training = training
        else:
            module.training = training


def _has_own_mode(module: nn.Module) -> bool:
    if isinstance(module, torch.jit.ScriptModule):
        return False
    kind = type(module)
    own = kind.train is not nn.Module.train or kind.eval is not nn.Module.eval
    return own or not vars(module).keys().isdisjoint(("train", "eval"))
