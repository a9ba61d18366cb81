"""Images of all kinds -> small encoded files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ..records import encode_thumbnails

Format = Literal["png", "jpeg", "webp"]

_CHANNELS = (1, 3, 4)
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
    if isinstance(images, np.ndarray | Tensor) and (
        images.ndim not in (3, 4)
        or (images.ndim == 4 and not {images.shape[1], images.shape[3]} & set(_CHANNELS))
    ):
        raise ValueError(
            f"images have the shape {tuple(images.shape)}: expected [n, height, width],"
            " [n, channels, height, width] or [n, height, width, channels] with 1, 3 or 4 channels"
        )


def thumbnail_records(
    images: Any,
    rows: Sequence[int],
    order: Sequence[int] | NDArray[np.int64],
    size: int,
    kind: Format | None,
) -> Iterator[Callable[[], bytes]]:
    """Reads images and scales them down; what it yields encodes a record of some of them.

    Args:
        images: As `check_images` accepts them.
        rows: Rows of the image set, ascending, whose images are wanted.
        order: For each row, the position of its image in `images`.
        size: Longer side of the thumbnails, in pixels.
        kind: Of the files; None chooses one by the size of each image.

    Raises:
        ValueError: An image cannot be read; names its position.
    """
    start, pixels = 0, 0
    batch: list[Image.Image] = []
    for end, row in enumerate(rows, start=1):
        image = thumbnail(images, int(order[row]), size)
        batch.append(image)
        pixels += image.width * image.height
        if len(batch) == _IMAGES or pixels >= _PIXELS or end == len(rows):
            yield partial(_record, rows[start:end], batch, kind)
            start, pixels, batch = end, 0, []


def _record(rows: Sequence[int], images: Sequence[Image.Image], kind: Format | None) -> bytes:
    return encode_thumbnails(rows, [_encode(image, kind) for image in images])


def _encode(image: Image.Image, kind: Format | None) -> bytes:
    file = io.BytesIO()
    small = max(image.size) <= _PNG_SIDE
    image.save(file, kind or ("png" if small else "jpeg"), quality=_QUALITY)
    return file.getvalue()


def thumbnail(images: Any, index: int, size: int) -> Image.Image:
    """The image at a position, scaled down to fit `size` x `size` pixels.

    Raises:
        ValueError: It cannot be read; names its position.
    """
    try:
        item = images[index]
        return _scaled(item[0] if isinstance(item, tuple | list) else item, size)
    except Exception as error:
        raise ValueError(
            f"image {index} cannot be used: {type(error).__name__}: {error}"
        ) from error


def _scaled(item: Any, size: int) -> Image.Image:
    if isinstance(item, str | PathLike):
        with Image.open(item) as file:
            file.draft("RGB", (size, size))  # JPEG files are decoded at a fraction of their size.
            return _scaled(file, size)
    if not isinstance(item, Image.Image):
        image = Image.fromarray(_to_bytes(_channels_last(item)))
    elif item.mode.startswith(("I", "F")):
        image = Image.fromarray(_to_bytes(np.asarray(item)))
    else:
        image = item.copy()
    if image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    image.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return image


def _channels_last(item: Any) -> NDArray[Any]:
    """An array as [height, width] or [height, width, channels]."""
    tensor = isinstance(item, Tensor)
    if tensor:
        item = item.detach().cpu()
        item = item.float() if item.is_floating_point() else item
    array = np.asarray(item)
    if array.ndim == 3:
        first, last = array.shape[0] in _CHANNELS, array.shape[2] in _CHANNELS
        if first and (tensor or not last):
            array = np.moveaxis(array, 0, 2)
        if array.shape[2] == 1:
            array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in _CHANNELS):
        raise ValueError(
            f"expected an image of shape [height, width], or with 1, 3 or 4 channels before or"
            f" behind them, got {type(item).__name__} of shape {np.shape(item)}"
        )
    if not array.size:
        raise ValueError(f"an image with the shape {np.shape(item)} has no pixels")
    return array


def _to_bytes(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Brightness as 0 to 255.

    Values in [0, 1] are scaled by 255, others (normalised inputs, counts) from the
    image's own minimum and maximum.
    """
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    values = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if np.issubdtype(array.dtype, np.integer) and low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    elif low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scaled = (values - low) * (255 / ((high - low) or 1.0))
    return np.rint(scaled).astype(np.uint8)
