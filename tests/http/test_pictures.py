"""Images that would cost a browser too much are refused by what they say of themselves."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tensorboard_plugin_deeptracker.http.pictures import pixels

from tensorboard_plugin_deeptracker.http.answers import LIMIT
from tensorboard_plugin_deeptracker.index import registry, run
from tests.http.client import tab
from tests.logs import PNG, SessionLog, small_validation_set


def encoded(form: str, size: tuple[int, int] = (301, 77), mode: str = "RGB", **how: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, form, **how)
    return file.getvalue()


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
    assert pixels(data, content_type) == 301 * 77
    for end in range(40):
        assert pixels(data[:end], content_type) in {0, 301 * 77}


def bomb() -> bytes:
    """A PNG of 50,000 x 50,000 pixels in few bytes."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    return PNG + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def test_bombs_are_refused(tmp_path: Path) -> None:
    blobs = [bomb(), PNG + b"\0" * LIMIT, encoded("PNG"), b"<svg onload='alert(1)'/>"]
    with SessionLog(tmp_path) as log:
        log.validation_set(small_validation_set(4))
        log.images(range(4), blobs)
    with tab(tmp_path) as opened:
        found = [opened.get("image", run=".", id=str(100 - row)) for row in range(4)]
    assert [response.status_code for response in found] == [404, 404, 200, 404]
    assert [b"16777216 pixels" in found[0].data, b"8 MB" in found[1].data] == [True, True]
    assert found[2].data == blobs[2]
    assert found[2].headers["X-Content-Type-Options"] == "nosniff"


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


def test_a_damaged_image_is_not_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in (registry, run):
        monkeypatch.setattr(part, "EAGER_BYTES", 0)
    monkeypatch.setattr(registry, "_BACKGROUND_BYTES", 0)
    image = encoded("PNG")
    with SessionLog(tmp_path) as log:
        log.validation_set(small_validation_set(2))
        log.images([0], [image])
        log.images([1], [image])
    data = bytearray(log.path.read_bytes())
    data[log.offsets[-1] - 30] ^= 1
    log.path.write_bytes(data)
    with tab(tmp_path) as opened:
        found = [opened.get("image", run=".", id=str(100 - row)) for row in (1, 0)]
    assert found[0].data == image
    assert b"was not logged" in found[1].data
