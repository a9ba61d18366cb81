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
from .image_set import Rows, image_rows
from .thumbnails import Format, Thumbnails, check_images


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
        # For each row, the position of its image in the user's order; and what is called how there.
        self._order: NDArray[np.int64] | None = None
        self._positions: dict[int | str, int] = {}
        # Rows whose images are still to be logged; None: not known yet.
        self._missing: list[int] | None = None

    def add_validation_set(
        self,
        labels: Any,
        class_names: Sequence[str],
        images: Any = None,
        ids: Any = None,
        *,
        ignore_label: int | None = None,
    ) -> None:
        """Logs the images that all validations are about.

        Args:
            labels: int[images]: the class of each image from 0 on, in the order in which
                predictions will be given. A tensor, array or list; also [images, 1], booleans,
                whole floats, or one-hot [images, classes].
            class_names: One for each class. Names that repeat get their class's number
                appended.
            images: What the images look like, if that is to be seen: an array
                [n, height, width], [n, channels, height, width] or
                [n, height, width, channels]; or a dataset or sequence of images, of
                paths, of tuples that begin with one, or of dictionaries with an "image". They are
                read at once, in the calling thread, and encoded as thumbnails in the background;
                those that an earlier session of the run has logged are not read again.
            ids: What the images are called: whole numbers or strings, all different;
                0, 1, 2... if None.
            ignore_label: The label of images that do not count, -100 or 255 say: they are in no
                class and are not shown, and what is predicted for them is left out.

        Raises:
            ValueError: Lengths differ, a label is out of range, an identifier is repeated, none of
                the images can be read, or this writer has logged another validation set. That no
                image can be read is found when the validation set is logged already: call again,
                with images that can be, or without. If only some cannot be read, a warning says
                so, and calling again adds them.
        """
        rows = image_rows(labels, class_names, ids, ignore_label)
        if images is not None:
            check_images(images, rows.given)
        if self._image_set is None:
            record = encode_image_set(rows.image_set)
            self._open().add(lambda: record)
            self._image_set, self._order = rows.image_set, rows.order
            self._positions = {name: i for i, name in enumerate(rows.ids)}
        elif not same_rows(rows.image_set, self._image_set):
            raise ValueError(
                "this writer has already logged another validation set, and a run has one: log to"
                " another directory with a new SummaryWriter"
            )
        if images is not None:
            self._add_images(images, rows)

    def _add_images(self, images: Any, rows: Rows) -> None:
        log = self._open()
        if log.dead or not self._thumbnail_size:
            return
        if self._missing is None:
            logged = _logged_rows(self._directory, rows.image_set)
            self._missing = [row for row in range(len(rows.order)) if row not in logged]
        thumbnails = Thumbnails(images, self._thumbnail_size, self._thumbnail_format)
        with preserved_random_state():  # A dataset may transform its images at random.
            for record in thumbnails.records(self._missing, rows.order):
                log.add(record)
                if log.dead:
                    return
        self._missing = [row for row in self._missing if rows.order[row] in thumbnails.unreadable]
        thumbnails.warn()


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
