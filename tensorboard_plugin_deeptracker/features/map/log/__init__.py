"""`add_representations`."""

from .writer import MAP_IMAGES, MapWriter

WRITER = MapWriter

__all__ = ["MAP_IMAGES", "WRITER", "MapWriter"]
