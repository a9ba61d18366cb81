"""What is computed of image sets: finding classes, images and their thumbnails."""

from .lookup import class_at, identifiers, image_set_of, row_of
from .thumbnails import count_thumbnails, read_thumbnail

__all__ = [
    "class_at",
    "count_thumbnails",
    "identifiers",
    "image_set_of",
    "read_thumbnail",
    "row_of",
]
