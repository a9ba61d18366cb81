"""The writer's method that logs what experiments found."""

from .writer import CausesWriter

WRITER = CausesWriter

__all__ = ["WRITER", "CausesWriter"]
