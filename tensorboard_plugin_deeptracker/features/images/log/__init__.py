"""The writer's methods that log image sets, and what datasets tell of their images."""

from .image_set import Rows
from .labels import labels_in
from .names import class_names_of, given_names
from .thumbnails import Format, can_be_shown
from .writer import ImagesWriter, called

WRITER = ImagesWriter

__all__ = [
    "WRITER",
    "Format",
    "ImagesWriter",
    "Rows",
    "called",
    "can_be_shown",
    "class_names_of",
    "given_names",
    "labels_in",
]
