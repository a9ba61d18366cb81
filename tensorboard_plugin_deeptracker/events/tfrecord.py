"""TFRecord framing: length, masked CRC-32C of the length, payload, masked CRC-32C of it.

TensorBoard's own implementation computes the checksum in Python, a byte at a
time; google-crc32c does it at memory speed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

import google_crc32c
import numpy as np
from numpy.typing import NDArray

HEADER = struct.Struct("<QI")
FOOTER = struct.Struct("<I")
OVERHEAD = HEADER.size + FOOTER.size

_LENGTH = struct.Struct("<Q")


def masked_crc(data: bytes) -> int:
    """CRC-32C of `data`, masked as TFRecord files store it."""
    return masked_crc_of((data,))


def masked_crc_of(pieces: Iterable[bytes | NDArray[np.uint8]]) -> int:
    """`masked_crc` of what these pieces make together."""
    crc: int = 0
    for piece in pieces:
        crc = google_crc32c.extend(crc, piece)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def header(size: int) -> bytes:
    """What comes before a payload of that many bytes."""
    length = _LENGTH.pack(size)
    return length + FOOTER.pack(masked_crc(length))


def frame(payload: bytes) -> bytes:
    """One record, ready to be appended to a file."""
    return b"".join((header(len(payload)), payload, FOOTER.pack(masked_crc(payload))))


def payload_length(header: bytes) -> int | None:
    """Length that a record's first `HEADER.size` bytes announce, None if they are damaged."""
    length, crc = HEADER.unpack(header)
    return int(length) if masked_crc(header[: _LENGTH.size]) == crc else None
