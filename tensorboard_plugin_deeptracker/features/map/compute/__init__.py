"""What is computed of representations: where images lie, what lies behind, how true that is."""

from .maps import Map, background_at, made, map_at, neighbours_of
from .quality import Quality
from .reading import read_representations

__all__ = [
    "Map",
    "Quality",
    "background_at",
    "made",
    "map_at",
    "neighbours_of",
    "read_representations",
]
