"""DeepTracker for TensorBoard: what happened inside a training run.

In a training loop, `SummaryWriter` logs how filters change and which images are
classified correctly, and `Tracker` does so every so many iterations; in TensorBoard, a
tab shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .summary.tracker import Tracker
    from .summary.writer import SummaryWriter

__all__ = ["SummaryWriter", "Tracker"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # The viewer must not need torch, nor wait for its import.
    if name == "SummaryWriter":
        from .summary.writer import SummaryWriter

        return SummaryWriter
    if name == "Tracker":
        from .summary.tracker import Tracker

        return Tracker
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
