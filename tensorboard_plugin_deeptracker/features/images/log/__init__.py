"""The writer's methods that log image sets, and what datasets tell of their images."""

from .image_set import identifiers_of, listed
from .names import class_names_of
from .thumbnails import Format, can_be_shown
from .writer import ImagesWriter

WRITER = ImagesWriter

__all__ = [
    "WRITER",
    "Format",
    "ImagesWriter",
    "can_be_shown",
    "class_names_of",
    "identifiers_of",
    "listed",
]
