"""Images that would cost a browser too much are refused by what they say of themselves."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from tensorboard_plugin_deeptracker.features.images.routes import read_header
from tensorboard_plugin_deeptracker.http.answers import LIMIT
from tensorboard_plugin_deeptracker.index.pace import Pace
from tests.http.client import tab
from tests.logs import SessionLog, damage, png, small_validation_set


def encoded(form: str, size: tuple[int, int] = (301, 77), mode: str = "RGB", **how: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, form, **how)
    return file.getvalue()


def served(logdir: Path, blobs: list[bytes]) -> list[TestResponse]:
    """What is answered when the images of a log are asked for."""
    with SessionLog(logdir) as log:
        log.validation_set(small_validation_set(len(blobs)))
        log.images(range(len(blobs)), blobs)
    with tab(logdir) as opened:
        return [opened.get("image", run=".", id=str(100 - row)) for row in range(len(blobs))]


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (encoded("PNG"), "image/png"),
        (encoded("GIF"), "image/gif"),
        (encoded("JPEG"), "image/jpeg"),
        (encoded("JPEG", progressive=True), "image/jpeg"),
        (encoded("WEBP"), "image/webp"),
        (encoded("WEBP", lossless=True), "image/webp"),
        (encoded("WEBP", mode="RGBA"), "image/webp"),
    ],
)
def test_the_size_is_the_decoder_s(data: bytes, content_type: str) -> None:
    assert read_header(data) == (content_type, 301 * 77)
    for end in range(40):
        assert read_header(data[:end]) in {None, (content_type, 301 * 77)}


@pytest.mark.parametrize(
    "comment",
    [
        b"\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03",  # Says that there are 65,535 x 65,535 pixels.
        b"\xff\xd8\xff\xc2\xff\xda",
        b"\xff" * 65_533,
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_a_comment_holds_is_no_header(tmp_path: Path, comment: bytes) -> None:
    data = encoded("JPEG", comment=comment)
    assert comment in data
    assert read_header(data) == ("image/jpeg", 301 * 77)
    assert [response.data for response in served(tmp_path, [data])] == [data]


def test_a_header_in_thousands_of_pieces_is_none() -> None:
    """Megabytes of them would take seconds to read."""
    data = encoded("JPEG")
    comments = b"\xff\xfe\0\3 "
    assert read_header(data[:2] + 100 * comments + data[2:]) == ("image/jpeg", 301 * 77)
    assert read_header(data[:2] + 20_000 * comments + data[2:]) is None


def test_what_only_begins_like_an_image_is_none(tmp_path: Path) -> None:
    beginnings = [encoded(form)[:8] + b"1" for form in ("PNG", "JPEG", "GIF", "WEBP")]
    found = served(tmp_path, beginnings)
    assert {response.status_code for response in found} == {404}
    assert all(b"no PNG, JPEG, GIF or WebP file" in response.data for response in found)


def png_of(width: int, height: int) -> bytes:
    """A PNG that says so, in few bytes."""
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0),
        b"IDAT": zlib.compress(b"\0\0"),
        b"IEND": b"",
    }
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts.items()
    )
    return png(0)[:8] + b"".join(chunks)


def gif_of(width: int, height: int) -> bytes:
    data = bytearray(encoded("GIF", (1, 1)))
    struct.pack_into("<HH", data, 6, width, height)
    return bytes(data)


def jpeg_of(width: int, height: int) -> bytes:
    data = bytearray(encoded("JPEG", (1, 1)))
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
    return bytes(data)


def test_bombs_are_refused(tmp_path: Path) -> None:
    large = [png_of(50_000, 50_000), jpeg_of(65_535, 65_535), gif_of(65_535, 65_535)]
    blobs = [*large, png(0) + b"\0" * LIMIT, encoded("PNG"), b"<svg onload='alert(1)'/>"]
    found = served(tmp_path, blobs)
    assert [response.status_code for response in found] == [404, 404, 404, 404, 200, 404]
    assert all(b"16777216 pixels" in response.data for response in found[:3])
    assert b"8 MB" in found[3].data
    assert found[4].data == blobs[4]
    assert found[4].headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("image_of", [png_of, jpeg_of, gif_of])
def test_as_many_pixels_as_may_be(tmp_path: Path, image_of: Callable[[int, int], bytes]) -> None:
    found = served(tmp_path, [image_of(1 << 12, 1 << 12), image_of((1 << 12) + 1, 1 << 12)])
    assert [response.status_code for response in found] == [200, 404]


def test_only_rows_of_the_validation_set_have_an_image(tmp_path: Path) -> None:
    blobs = [encoded("PNG", (n, 1)) for n in (1, 2, 3, 4)]
    with SessionLog(tmp_path) as log:
        log.validation_set(small_validation_set(3))
        log.images([2], blobs[:1])
        log.images([-1, 3, 0], blobs[1:])
    with tab(tmp_path) as opened:
        found = [opened.get("image", run=".", id=str(100 - row)) for row in range(3)]
    assert [found[0].data, found[2].data] == [blobs[3], blobs[0]]
    assert found[1].status_code == 404
    assert b"was not logged" in found[1].data


def test_a_damaged_image_is_not_served(tmp_path: Path) -> None:
    image = encoded("PNG")
    with SessionLog(tmp_path) as log:
        log.validation_set(small_validation_set(2))
        log.images([0], [image])
        log.images([1], [image])
    damage(log.path, 2)
    with tab(tmp_path, pace=Pace(eager_bytes=0, background_bytes=0)) as opened:
        found = [opened.get("image", run=".", id=str(100 - row)) for row in (1, 0)]
    assert found[0].data == image
    assert b"was not logged" in found[1].data
