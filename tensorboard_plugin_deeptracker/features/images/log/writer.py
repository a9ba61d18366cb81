"""`add_validation_set`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....events import decode, schema
from ....summary.base import SessionWriter
from ....summary.rng import preserved_random_state
from ....summary.sessions import records
from ..records import (
    CLASSES_TAG,
    THUMBNAIL_ROWS_TAG,
    THUMBNAILS_TAG,
    ImageSet,
    decode_image_set,
    encode_image_set,
    same_rows,
)
from .image_set import image_rows
from .thumbnails import Format, check_images, thumbnail_records


class ImagesWriter(SessionWriter):
    """Logs which images are evaluated, and what they look like.

    Args:
        *args: See `SessionWriter`.
        thumbnail_size: See `SummaryWriter`.
        thumbnail_format: See `SummaryWriter`.
        **options: See `SessionWriter`.
    """

    def __init__(
        self,
        *args: Any,
        thumbnail_size: int = 64,
        thumbnail_format: Format | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._thumbnail_size = thumbnail_size
        self._thumbnail_format = thumbnail_format
        self._image_set: ImageSet | None = None
        self._order: NDArray[np.int64] | None = None
        self._images_logged = False

    def add_validation_set(
        self,
        labels: Any,
        class_names: Sequence[str],
        images: Any = None,
        ids: Any = None,
    ) -> None:
        """Logs the images that all validations are about.

        Args:
            labels: int[images]: the class of each image, in the order in which predictions will
                be given. A tensor, array or list.
            class_names: One for each class. Names that repeat get their class's number
                appended.
            images: What the images look like, if that is to be seen: an array
                [n, height, width], [n, channels, height, width] or
                [n, height, width, channels]; or a dataset or sequence of images, of
                paths, or of tuples that begin with one. They are read at once, in the
                calling thread, and encoded as thumbnails in the background; those that an
                earlier session of the run has logged are not read again.
            ids: What the images are called: whole numbers or strings, all different;
                0, 1, 2... if None.

        Raises:
            ValueError: Lengths differ, a label is out of range, an identifier is repeated, an
                image cannot be read, or this writer has logged another validation set. An image
                that cannot be read is found when the validation set is logged already: call
                again, with images that can be, or without.
        """
        image_set, order = image_rows(labels, class_names, ids)
        if images is not None:
            check_images(images, len(order))
        if self._image_set is None:
            record = encode_image_set(image_set)
            self._open().add(lambda: record)
            self._image_set, self._order = image_set, order
        elif not same_rows(image_set, self._image_set):
            raise ValueError(
                "this writer has already logged another validation set, and a run has one: log to"
                " another directory with a new SummaryWriter"
            )
        if images is not None and not self._images_logged:
            self._add_images(images, order, image_set)
            self._images_logged = True

    def _add_images(self, images: Any, order: NDArray[np.int64], image_set: ImageSet) -> None:
        log = self._open()
        if log.dead or not self._thumbnail_size:
            return
        logged = _logged_rows(self._directory, image_set)
        missing = [row for row in range(len(order)) if row not in logged]
        records = thumbnail_records(
            images, missing, order, self._thumbnail_size, self._thumbnail_format
        )
        with preserved_random_state():  # A dataset may transform its images at random.
            for record in records:
                log.add(record)
                if log.dead:
                    return


def _logged_rows(directory: Path, image_set: ImageSet) -> set[int]:
    """Rows of an image set whose images are in a run's log.

    Files that cannot be read, and what lies behind damage in one, count as not there.

    Args:
        directory: Where the run's log files are.
        image_set: Sessions with another one have no part in it.
    """
    rows: set[int] = set()
    for path in directory.glob(f"*{schema.LOG_SUFFIX}"):
        found: set[int] = set()
        same = False
        try:
            for read, record in records(path):
                if CLASSES_TAG in record.tensors:
                    same = same_rows(decode_image_set(read, record), image_set)
                elif THUMBNAILS_TAG in record.tensors:
                    tensor = record.tensors[THUMBNAIL_ROWS_TAG]
                    found.update(decode.array(read, tensor).tolist())
        except (OSError, decode.DecodeError, KeyError):
            pass
        if same:
            rows |= found
    return rows
