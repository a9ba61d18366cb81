"""The images of the validation set, as they were logged."""

from __future__ import annotations

import re
import struct

from ..events.decode import DecodeError
from ..index.run import Snapshot
from ..index.thumbnails import Thumbnails
from . import lookup
from .answers import LIMIT, File
from .errors import HttpError
from .params import Params

_TYPES = (
    ("image/png", b"\x89PNG\r\n\x1a\n", b""),
    ("image/jpeg", b"\xff\xd8\xff", b""),
    ("image/gif", b"GIF8", b""),
    ("image/webp", b"RIFF", b"WEBP"),
)
TYPES = tuple(content_type for content_type, *_ in _TYPES)
# A browser takes four bytes of memory for each, however small the file is.
_MOST_PIXELS = 1 << 24
# A start of frame: its length, eight bits a sample, height and width.
_JPEG_FRAME = re.compile(rb"\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf]..\x08(....)", re.DOTALL)


def image(snapshot: Snapshot, params: Params) -> File:
    """An image of the validation set."""
    identifier = params.text("id")
    row = lookup.row(snapshot, identifier)
    try:
        data = snapshot.memo.get(Thumbnails).read(snapshot, row, LIMIT + 1)
    except DecodeError as error:
        raise HttpError(404, f"image {identifier!r} cannot be read: {error}") from error
    if data is None:
        raise HttpError(
            404,
            f"image {identifier!r} was not logged:"
            " give the images to writer.add_validation_set(..., images=...)",
        )
    if len(data) > LIMIT:
        raise HttpError(404, f"image {identifier!r} has more than {LIMIT // 10**6} MB")
    for content_type, begins, then in _TYPES:
        if data.startswith(begins) and data[8:12].startswith(then):
            if pixels(data, content_type) > _MOST_PIXELS:
                raise HttpError(404, f"image {identifier!r} has more than {_MOST_PIXELS} pixels")
            return File(data, content_type)
    raise HttpError(404, f"image {identifier!r} is no PNG, JPEG, GIF or WebP file")


def pixels(data: bytes, content_type: str) -> int:
    """How many pixels an image says it has, without decoding any; 0 if it does not say."""
    if content_type == "image/jpeg":
        sizes = [struct.unpack(">2H", size) for size in _JPEG_FRAME.findall(data)]
        return max((height * width for height, width in sizes), default=0)
    if content_type == "image/webp":
        return _webp_pixels(data[12:30])
    form, at = (">2I", 16) if content_type == "image/png" else ("<2H", 6)
    size = data[at : at + struct.calcsize(form)]
    if len(size) < struct.calcsize(form):
        return 0
    width, height = struct.unpack(form, size)
    return int(width * height)


def _webp_pixels(chunk: bytes) -> int:
    """Of the first chunk of a WebP file, which says the size in one of three ways."""
    if len(chunk) < 18:
        return 0
    if chunk.startswith(b"VP8X"):
        width, height = chunk[12:15], chunk[15:18]
        return (int.from_bytes(width, "little") + 1) * (int.from_bytes(height, "little") + 1)
    if chunk.startswith(b"VP8L"):
        bits = int.from_bytes(chunk[9:13], "little")
        return ((bits & 0x3FFF) + 1) * ((bits >> 14 & 0x3FFF) + 1)
    width, height = struct.unpack("<2H", chunk[14:18])
    return int((width & 0x3FFF) * (height & 0x3FFF))
