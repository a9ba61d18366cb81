"""What is wrong with a checkpoint."""

from __future__ import annotations


class CheckpointError(ValueError):
    """A checkpoint cannot be used; the message says why, and what would be right."""


class DamagedError(CheckpointError):
    """It is not there, or cannot be read: others may be."""


class NeedsCodeError(CheckpointError):
    """To read it, code would have to run that came with it."""


class MisfitError(CheckpointError):
    """Its weights are not those of the model."""
