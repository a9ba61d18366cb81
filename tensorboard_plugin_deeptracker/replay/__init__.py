"""A run made from checkpoints that a training has left."""

from .replay import Replayed, log_checkpoints

__all__ = ["Replayed", "log_checkpoints"]
