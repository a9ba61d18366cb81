"""Where the tensors of records lie that are framed alike, and what is around them.

A training logs the same tensors over and over: all bytes around them are equal but for the
wall time and the step. Comparing these bytes tells the same as reading them as a message.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..events import decode, tfrecord
from ..events.decode import Read, Skim

# An `Event` begins with its wall time and its step, if that is not 0.
WALL_TIME_KEY, STEP_KEY = 0x09, 0x10
# Behind the beginning of a record: its payload, and the step in it.
PAYLOAD_AT = tfrecord.HEADER.size
STEP_AT = PAYLOAD_AT + 10
# Enough for a record's header and what lies before its first tensor.
HEAD = 256
# By the number of a step's bytes: the highest bit of each, and of each but the last.
_HIGHEST_BITS = [
    tuple(int.from_bytes(b"\x80" * n, "little") for n in (size, max(0, size - 1)))
    for size in range(11)
]
# By the number of a step's bytes: where the bits of each but the first are, and belong.
_BITS = [tuple((i, 0x7F << 7 * i) for i in range(1, size)) for size in range(11)]
_MAX_FRAMES = 4 << 10


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the tensors of equally framed records lie.

    Attributes:
        size: Bytes of the payload.
        skim: Of the record that it was learned from; positions count from the beginning
            of the payload.
        step_size: Bytes of the step; 0 if other records cannot be compared with this one.
        begins: Content behind the step, up to the first tensor, and its position behind the
            beginning of the record's header.
        between: Positions and content of all other bytes but the tensors', without the last.
        ends: Position and content behind the last tensor.
    """

    size: int
    skim: Skim
    step_size: int = 0
    begins: tuple[bytes, int] = b"", 0
    between: tuple[tuple[int, bytes], ...] = ()
    ends: tuple[int, bytes] = 0, b""

    @property
    def length(self) -> int:
        """Bytes of the record."""
        return self.size + tfrecord.OVERHEAD


def layout_of(read: Read, start: int, size: int) -> Layout:
    """Skims the `Event` message in `size` bytes at `start`.

    Raises:
        DecodeError: The bytes are no such message.
    """
    skim = decode.skim(lambda at, size: read(start + at, size), 0, size)
    plain = Layout(size, skim)
    dtypes = [tensor.dtype for tensor in skim.tensors.values()]
    if skim.step <= 0 or not dtypes or None in dtypes:
        return plain
    if size - sum(tensor.size for tensor in skim.tensors.values()) > _MAX_FRAMES:
        return plain
    step_size = -(-skim.step.bit_length() // 7)
    frames = []
    at = STEP_AT - PAYLOAD_AT + step_size
    for tensor in sorted(skim.tensors.values(), key=lambda tensor: tensor.offset):
        frames.append((at, read(start + at, tensor.offset - at)))
        at = tensor.offset + tensor.size
    frames.append((at, read(start + at, size - at)))
    (place, first), *between, ends = frames
    begins = first[: HEAD - PAYLOAD_AT - place], PAYLOAD_AT + place
    between.insert(0, (place + len(begins[0]), first[len(begins[0]) :]))
    layout = Layout(
        size, skim, step_size, begins, tuple(frame for frame in between if frame[1]), ends
    )
    # A message may be written in other ways; then there is nothing to be gained.
    head = read(start - PAYLOAD_AT, HEAD)
    return layout if step_of(head, step_size) == skim.step else plain


def step_of(head: bytes, size: int) -> int | None:
    """Step of a record that begins like this, if it has that many bytes."""
    if head[PAYLOAD_AT] != WALL_TIME_KEY or head[STEP_AT - 1] != STEP_KEY:
        return None
    raw = int.from_bytes(head[STEP_AT : STEP_AT + size], "little")
    # Every byte but the last has its highest bit set; the other seven are the number's.
    mask, ends = _HIGHEST_BITS[size]
    if raw & mask != ends:
        return None
    step = raw & 0x7F
    for shift, bits in _BITS[size]:
        step |= raw >> shift & bits
    return step
