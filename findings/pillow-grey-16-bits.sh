#!/usr/bin/env bash
# Pillow 13.0.0: a PNG with 16 bits a sample, read and converted to "RGB", as torchvision's default
# loader does with every file of an ImageFolder.
#
# Guess: grey and colours are scaled alike; mid-grey (32768 of 65535) becomes 128.
# Behaviour: colours are scaled to 8 bits when the file is opened; grey is opened with its 16 bits
# (mode "I;16"), and converting it does not scale but cuts off at 255. All but the darkest 0.4 % of
# the range is white, without a warning: a grey 16-bit ImageFolder trains on white pictures.
#
# Output seen:
#   colour, 32768: RGB -> (128, 128, 128)
#   grey,   32768: I;16 -> (255, 255, 255)
#   grey,     200: I;16 -> (200, 200, 200)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pillow==13.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
import zlib

from PIL import Image

GREY, COLOUR = 0, 2


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(colour, value):
    """A PNG of one pixel with 16 bits a sample."""
    header = struct.pack(">IIBBBBB", 1, 1, 16, colour, 0, 0, 0)
    row = b"\0" + struct.pack(">H", value) * (3 if colour else 1)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + parts)


def read(colour, value):
    image = Image.open(png(colour, value))
    return image.mode, image.convert("RGB").getpixel((0, 0))


for name, colour, value in (("colour", COLOUR, 32768), ("grey", GREY, 32768), ("grey", GREY, 200)):
    print(f"{name + ',':7} {value:5}: {' -> '.join(map(str, read(colour, value)))}")
assert read(COLOUR, 32768) == ("RGB", (128, 128, 128))
assert read(GREY, 32768) == ("I;16", (255, 255, 255))
assert read(GREY, 200) == ("I;16", (200, 200, 200))
PYTHON
