"""The writer's methods that log what is predicted, and what is kept of a model's scores."""

from .reduction import Kept, kept_of
from .writer import ValidationWriter

WRITER = ValidationWriter

__all__ = ["WRITER", "Kept", "ValidationWriter", "kept_of"]
