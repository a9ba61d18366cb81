"""The writer's methods that log image sets."""

from .thumbnails import Format, thumbnail
from .writer import ImagesWriter

WRITER = ImagesWriter

__all__ = ["WRITER", "Format", "ImagesWriter", "thumbnail"]
