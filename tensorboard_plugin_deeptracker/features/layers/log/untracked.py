"""Weights of a model of which no rule says what the filters are: not logged, and that is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from torch import Tensor, nn

from .layers import TrackedLayer
from .modules import class_names, module_type, walk

# How many kinds are named.
_NAMED = 5
# What has no filters: scales and shifts, and tables that are looked up.
_OTHER_MODULES = re.compile(r"Norm|Embedding", re.IGNORECASE)
_LISTS = nn.ParameterList | nn.ParameterDict
_OTHER_PARAMETERS = re.compile(r"bias|embed|token|norm", re.IGNORECASE)


def untracked(model: nn.Module, layers: Sequence[TrackedLayer]) -> str | None:
    """A sentence about the weights that are in none of a model's layers; None if there are none.

    Weights are parameters with at least two dimensions (that are larger than 1), but for those of
    normalisations, embeddings and biases, which are not tracked by design (paper, section 6).
    """
    tracked = {id(source) for layer in layers for source in layer.sources()}
    kinds: Counter[str] = Counter()
    left_out = 0
    for path, module in _all(model):
        for name, parameter in module.named_parameters(recurse=False):
            if id(parameter) not in tracked and _is_weight(path, module, name, parameter):
                tracked.add(id(parameter))  # A tied one counts once.
                kinds[f"{module_type(module)}.{name}"] += 1
                left_out += parameter.numel()
    if not kinds:
        return None
    named = [
        f"{kind} ({count})" if count > 1 else kind for kind, count in kinds.most_common(_NAMED)
    ]
    if len(kinds) > _NAMED:
        named.append(f"and {len(kinds) - _NAMED} more")
    everything = sum(parameter.numel() for parameter in model.parameters())
    return (
        f"{_count(kinds.total(), 'parameter')} of {_count(len(kinds), 'kind')}"
        f" {'is' if kinds.total() == 1 else 'are'} not tracked: {', '.join(named)}."
        f" They hold {100 * left_out / everything:.2g} % of the model's numbers. To track them, say"
        " what their filters are with tensorboard_plugin_deeptracker.register_filters."
    )


def _all(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """Every module with its path, those of parametrizations too."""
    return [(path, part) for path, module in walk(model) for part in _with_parametrizations(module)]


def _with_parametrizations(module: nn.Module) -> list[nn.Module]:
    parametrizations = dict(module.named_children()).get("parametrizations")
    return [module, *([] if parametrizations is None else parametrizations.modules())]


def _is_weight(path: str, module: nn.Module, name: str, parameter: Tensor) -> bool:
    return (
        sum(size > 1 for size in parameter.shape) > 1
        and not any(_OTHER_MODULES.search(kind.rpartition(".")[2]) for kind in class_names(module))
        and not _OTHER_PARAMETERS.search(name)
        # In a list, the list has the name.
        and not (isinstance(module, _LISTS) and _OTHER_PARAMETERS.search(path.rpartition(".")[2]))
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
