"""The images of a set, as they were logged."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping
from typing import Any

from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ...compute.errors import NotFoundError
from ...events.decode import DecodeError
from ...http.answers import LIMIT, File
from ...http.params import TEXT, Parameter, Params
from ...http.route import Route, RunPart
from ...http.schema import INTEGER, STRING, array, obj
from ...index.run import Snapshot
from .compute import count_thumbnails, image_set_of, read_thumbnail, row_of
from .records import IMAGE_SETS, VALIDATION

IMAGE_SET = Parameter(
    "image_set", TEXT, "name of an image set", VALIDATION, required=False, default=VALIDATION
)
IMAGE_ID = Parameter("id", TEXT, "identifier of an image", "100")

# What browsers show. Pillow reads the header with these; its `open` would also warn of many pixels.
_FORMATS: Mapping[str, Callable[[io.BytesIO], ImageFile]] = {
    "image/png": PngImageFile,
    "image/jpeg": JpegImageFile,
    "image/gif": GifImageFile,
    "image/webp": WebPImageFile,
}
# A browser takes four bytes of memory for each, however small the file is.
_MAX_PIXELS = 1 << 24
# Pillow reads a header piece by piece, and a hostile file is nothing but pieces: megabytes of them
# take seconds. These take a hundredth of that; images of cameras need some tens.
_MAX_READS = 1 << 14


def image(snapshot: Snapshot, params: Params) -> File:
    """An image of the validation set."""
    name, identifier = params.text("image_set"), params.text("id")
    images = image_set_of(snapshot, name)
    row = row_of(images, identifier)
    try:
        data = read_thumbnail(snapshot, name, len(images.labels), row, LIMIT + 1)
    except DecodeError as error:
        raise NotFoundError(f"image {identifier!r} cannot be read: {error}") from error
    if data is None:
        raise NotFoundError(
            f"image {identifier!r} was not logged:"
            " give the images to writer.add_validation_set(..., images=...)"
        )
    if len(data) > LIMIT:
        raise NotFoundError(f"image {identifier!r} has more than {LIMIT // 10**6} MB")
    header = read_header(data)
    if header is None:
        raise NotFoundError(f"image {identifier!r} is no PNG, JPEG, GIF or WebP file")
    content_type, pixels = header
    if pixels > _MAX_PIXELS:
        raise NotFoundError(f"image {identifier!r} has more than {_MAX_PIXELS} pixels")
    return File(data, content_type)


def read_header(data: bytes) -> tuple[str, int] | None:
    """Type and number of pixels of an image file by its header; None if it is no such file."""
    for content_type, read in _FORMATS.items():
        # A hostile header may make Pillow raise anything; mostly it is another format.
        with contextlib.suppress(Exception), read(_FewReads(data)) as file:
            return content_type, file.width * file.height
    return None


class _FewReads(io.BytesIO):
    """A file that can be read from a bounded number of times."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._left = _MAX_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise OSError("the header is in too many pieces")
        return super().read(size)


def describe(snapshot: Snapshot, params: Params) -> Mapping[str, Any]:
    """The classes of an image set, and how many of its images can be looked at."""
    name = params.text("image_set")
    # A run without the usual one has everything else; any other must be there.
    images = snapshot.of(IMAGE_SETS) if name == VALIDATION else image_set_of(snapshot, name)
    if images is None:
        return {"classes": [], "thumbnails": 0, "drawn_from": None}
    sizes = images.class_sizes.tolist()
    return {
        "classes": [
            {"name": name, "images": size}
            for name, size in zip(images.class_names, sizes, strict=True)
        ],
        "thumbnails": min(count_thumbnails(snapshot, name), len(images.labels)),
        "drawn_from": images.drawn_from,
    }


ROUTES = (Route("/image", image, (IMAGE_ID, IMAGE_SET), content=tuple(_FORMATS)),)
RUN_PART = RunPart(
    describe,
    {
        "classes": array(obj({"name": STRING, "images": INTEGER})),
        "thumbnails": {"type": "integer", "description": "images that can be looked at"},
        "drawn_from": {
            "type": ["integer", "null"],
            "description": "of how many its images are some; null: they are all",
        },
    },
    parameters=(IMAGE_SET,),
)
