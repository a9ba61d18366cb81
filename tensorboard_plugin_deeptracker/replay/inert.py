"""Reads a pickle without running any code of it: what is not plain data becomes inert.

Whole trainings keep more than weights: a namespace of arguments, a history of losses, the model's
modules themselves. Of the classes that known libraries keep there, only the data are taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

# Where these classes come from. None of them is imported, let alone called.
_KNOWN = (
    *("argparse.Namespace", "collections.", "datetime.", "decimal.", "fractions.", "pathlib."),
    *("numpy.", "numpy.core.multiarray.", "numpy._core.multiarray."),
    *("torch.nn.", "torch.optim.", "torchmetrics.", "torchvision."),
    *("fastai.", "fastcore.", "lightning.", "lightning_fabric.", "lightning_utilities."),
    *("mmcls.", "mmcv.", "mmengine.", "mmpretrain.", "omegaconf.", "pytorch_lightning."),
    *("timm.", "transformers.", "ultralytics.", "wandb.", "accelerate."),
    *("builtins.complex", "builtins.range", "builtins.slice", "builtins.set", "builtins.frozenset"),
)
_PARTS = "_parameters", "_buffers"


class Inert:
    """What stands for an object of a pickle: what it was made from, and its state."""

    def __new__(cls, *args: object, **named: object) -> Inert:  # noqa: D102
        made = super().__new__(cls)
        made.__dict__["made_from"] = args
        del named
        return made

    def __init__(self, *args: object, **named: object) -> None:
        del args, named

    def __setstate__(self, state: object) -> None:
        # Those of classes with slots are two: the dictionary, and the slots.
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, Mapping):
                self.__dict__.update({str(name): value for name, value in part.items()})

    def __setitem__(self, name: object, value: object) -> None:
        self.__dict__[str(name)] = value


def is_known(name: str) -> bool:
    """Whether a class, by its full name, is one whose data may be taken."""
    return name.startswith(tuple(each for each in _KNOWN if each.endswith("."))) or name in _KNOWN


def unknown_of(names: Iterable[str]) -> list[str]:
    """Those of some classes whose data may not be taken."""
    return sorted(name for name in names if not is_known(name))


def plain(value: Any) -> Any:
    """A mapping in the place of an object: a module's state, or whatever else it holds."""
    if not isinstance(value, Inert):
        return value
    own = vars(value)
    if "_modules" in own and "_parameters" in own:
        return dict(_state(value, ""))
    return {name: each for name, each in own.items() if name != "made_from"}


def _state(module: Inert, prefix: str) -> Iterable[tuple[str, Tensor]]:
    own = vars(module)
    left_out = own.get("_non_persistent_buffers_set") or ()
    left_out = vars(left_out).get("made_from", ()) if isinstance(left_out, Inert) else left_out
    for part in _PARTS:
        tensors = own.get(part)
        for name, value in (tensors if isinstance(tensors, Mapping) else {}).items():
            if isinstance(value, Tensor) and name not in left_out:
                yield f"{prefix}{name}", value
    modules = own.get("_modules")
    for name, child in (modules if isinstance(modules, Mapping) else {}).items():
        if isinstance(child, Inert):
            yield from _state(child, f"{prefix}{name}.")
