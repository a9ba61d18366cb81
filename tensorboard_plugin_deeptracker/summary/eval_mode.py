"""A model in eval mode in the middle of its training, and everything as it was afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from . import distributed
from .held import Copies, Held
from .rng import preserved_random_state

# What operators call the argument that says whether they are in train mode.
_IN_TRAINING = ("train", "training", "use_input_stats")


@contextmanager
def evaluating(
    model: nn.Module, *, exactly: bool = True, copies: Copies | None = None
) -> Iterator[None]:
    """Puts a model into eval mode without gradients, and leaves everything as it was.

    Training flags, weights, buffers, attributes and random number generators are restored.
    Inference mode would be faster still, but what a model caches in it cannot be trained with.

    Args:
        model: The model.
        exactly: Whether it matters what comes out of it.
        copies: See `Held`.

    Raises:
        ValueError: It does, and the model would go on as in its training; says what lets it be
            switched.
    """
    modules = list(model.modules())
    flags = [(module, module.training) for module in modules]
    held = Held(copies)
    with preserved_random_state(), torch.no_grad(), _no_cached_weights():
        held.modules(modules)
        held.tensors((*model.parameters(), *model.buffers()))  # Those of compiled modules too.
        asked: list[nn.Module] = []
        try:
            _switch(((module, False) for module in modules), asked)
            stuck = [module for module in asked if _trains(module)] if exactly else []
            if stuck:
                raise ValueError(
                    "the model was made by torch.export in train mode, and cannot be put into eval"
                    " mode: call torchao.quantization.pt2e.allow_exported_model_train_eval(model)"
                    " before it is logged"
                )
            yield
        finally:
            distributed.reshard(model)
            _switch(flags, list(asked))
            held.put_back()


@contextmanager
def _no_cached_weights() -> Iterator[None]:
    """Autocast keeps no weights that it has cast: they have no gradients.

    Up to PyTorch 2.4 at least, a training under the same `torch.autocast` would go on with them.
    """
    enabled = torch.is_autocast_cache_enabled()
    torch.set_autocast_cache_enabled(False)
    try:
        yield
    finally:
        torch.set_autocast_cache_enabled(enabled)


def _switch(modes: Iterable[tuple[nn.Module, bool]], asked: list[nn.Module]) -> None:
    """Puts modules into train or eval mode, parents first.

    Flags are set one by one: modules may be in different modes. Where a class has its own methods
    for it, they are called, because more than the flag may depend on them: filters that are
    expanded, adapters that are merged.

    Args:
        modes: The modules, and whether they are to be in train mode.
        asked: Modules whose own methods were called: they are called again, whatever the flag says,
            because an exported program's do not touch it. Those that are called now join them.
    """
    before = set(asked)
    for module, training in modes:
        if module.training == training and module not in before:
            continue
        if _has_own_mode(module):
            asked.append(module)
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


def _trains(module: nn.Module) -> bool:
    """Whether a graph normalises by batches, or drops values, whatever mode it is said to be in."""
    graph = getattr(module, "graph", None)
    return any(
        argument.name in _IN_TRAINING and value is True
        for node in getattr(graph, "nodes", ())
        for argument, value in zip(
            getattr(getattr(node.target, "_schema", None), "arguments", ()), node.args, strict=False
        )
    )
