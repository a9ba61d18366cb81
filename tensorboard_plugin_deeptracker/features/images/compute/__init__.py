"""What is computed of image sets: finding classes, images and their thumbnails."""

from .lookup import class_at, identifiers, image_set_of, row_of
from .thumbnails import (
    count_thumbnails,
    first_thumbnails,
    read_thumbnail,
    rows_of_first_thumbnails,
)

__all__ = [
    "class_at",
    "count_thumbnails",
    "first_thumbnails",
    "identifiers",
    "image_set_of",
    "read_thumbnail",
    "row_of",
    "rows_of_first_thumbnails",
]
