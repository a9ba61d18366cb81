"""DeepTracker for TensorBoard: what happened inside a training run.

In a training loop, `SummaryWriter` logs how filters change and which images are
classified correctly, and `Tracker` does so every so many iterations; in TensorBoard, a
tab shows it. `open_run` reads it in Python.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .causes import Causes, Draws, ablate, put_back
    from .reader.run import open_run
    from .replay import log_checkpoints
    from .tracker import Tracker, WithIds, cadence
    from .writer import SummaryWriter, register_filters

__all__ = [
    "Causes",
    "Draws",
    "SummaryWriter",
    "Tracker",
    "WithIds",
    "ablate",
    "cadence",
    "log_checkpoints",
    "open_run",
    "put_back",
    "register_filters",
]
__version__ = "0.2.0"


_HOMES = {
    "Causes": ".causes",
    "Draws": ".causes",
    "SummaryWriter": ".writer",
    "Tracker": ".tracker",
    "WithIds": ".tracker",
    "ablate": ".causes",
    "cadence": ".tracker",
    "log_checkpoints": ".replay",
    "open_run": ".reader.run",
    "put_back": ".causes",
    "register_filters": ".writer",
}


def __getattr__(name: str) -> Any:
    # The viewer must not need torch, nor wait for its import.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOMES[name], __name__), name)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "torchvision"):
            raise
        raise ImportError(
            f"{name} needs PyTorch, which is not installed here (the TensorBoard tab does not):"
            ' pip install "tensorboard-plugin-deeptracker[torch]"'
        ) from error
