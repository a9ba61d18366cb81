"""Images of all kinds -> small encoded files."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ....summary.log import users_frame
from ....summary.rng import preserved_random_state
from ..records import VALIDATION, encode_thumbnails
from .normalization import normalizations
from .pictures import Notes, draw, picture_of

Format = Literal["png", "jpeg", "webp"]

# Up to this many pixels a side, PNG is smaller than JPEG, and every pixel counts.
_PNG_SIDE = 16
# Of JPEG and WebP files.
_QUALITY = 90
# Images and pixels of a record; JPEG makes about 1 MB of them.
_IMAGES = 512
_PIXELS = 2 << 20


def check_images(images: Any, count: int) -> None:
    """Checks what can be checked without looking at every image.

    Raises:
        ValueError: There are not `count` images, or an array has no such shape as images have.
    """
    if not hasattr(images, "__getitem__") or not hasattr(images, "__len__"):
        raise ValueError(
            "images must be an array, or a dataset or sequence with a length and an image at each"
            f" index, not {type(images).__name__}"
        )
    if len(images) != count:
        raise ValueError(f"{len(images)} images for {count} labels: there must be one for each")
    if isinstance(images, np.ndarray | Tensor) and images.ndim < 3:
        raise ValueError(
            f"images have the shape {tuple(images.shape)}: expected [n, height, width],"
            " [n, channels, height, width] or [n, height, width, channels]"
        )


def can_be_shown(images: Any) -> bool:
    """Whether the first of some images is something that a thumbnail can be made of."""
    try:
        with preserved_random_state():  # A dataset may transform its images at random.
            draw(picture_of(images[0]), 1, None, Notes())
    except Exception:
        return False
    return True


class Thumbnails:
    """Reads images and scales them down; those that cannot be read are left out.

    Args:
        images: As `check_images` accepts them.
        size: Longer side of the thumbnails, in pixels.
        kind: Of the files; None chooses one by the size of each image.

    Attributes:
        unreadable: Positions of those that could not be read, and why not.
        logged: Rows of those that could.
    """

    def __init__(self, images: Any, size: int, kind: Format | None) -> None:
        self._images = images
        self._size = size
        self._kind: Format | None = kind
        self._notes = Notes()
        self.unreadable: dict[int, str] = {}
        self.logged: set[int] = set()

    def records(
        self,
        rows: Iterable[int],
        order: Sequence[int] | NDArray[np.int64],
        image_set: str = VALIDATION,
    ) -> Iterator[Callable[[], bytes]]:
        """Yields what encodes a record of some of them.

        Args:
            rows: Rows of the image set whose images are wanted.
            order: For each row, the position of its image in `images`.
            image_set: What the image set is called.

        Raises:
            ValueError: None of them can be read; names the first.
        """
        found = normalizations(self._images, len(self._images))
        ready: list[int] = []
        batch: list[Image.Image] = []
        pixels = 0
        for row in rows:
            position = int(order[row])
            try:
                picture = picture_of(self._images[position])
                image = draw(picture, self._size, found[position], self._notes)
            except Exception as error:
                self.unreadable[position] = f"{type(error).__name__}: {error}"
                continue
            ready.append(row)
            self.logged.add(row)
            batch.append(image)
            pixels += image.width * image.height
            if len(batch) == _IMAGES or pixels >= _PIXELS:
                yield partial(_record, image_set, ready, batch, self._kind)
                ready, batch, pixels = [], [], 0
        if batch:
            yield partial(_record, image_set, ready, batch, self._kind)
        if self.unreadable and not self.logged:
            first, reason = next(iter(self.unreadable.items()))
            raise ValueError(f"image {first} cannot be used: {reason}")

    def warn(self) -> None:
        """Says of how many images there is none, and how others are shown."""
        said = sorted(self._notes)
        if self.unreadable:
            first, reason = min(self.unreadable.items())
            said.append(
                f"{len(self.unreadable)} of {len(self._images)} images could not be read and are"
                f" not shown; the first is image {first}: {reason}"
            )
        for each in said:
            warnings.warn(each, RuntimeWarning, stacklevel=users_frame())


def _record(
    image_set: str, rows: Sequence[int], images: Sequence[Image.Image], kind: Format | None
) -> bytes:
    return encode_thumbnails(rows, [_encode(image, kind) for image in images], image_set)


def _encode(image: Image.Image, kind: Format | None) -> bytes:
    file = io.BytesIO()
    small = max(image.size) <= _PNG_SIDE
    image.save(file, kind or ("png" if small else "jpeg"), quality=_QUALITY)
    return file.getvalue()
