"""Skims the records of a file; those that are framed like an earlier one at a fraction of the cost.

A training logs the same tensors over and over: all bytes around them are equal but for the
wall time and the step. Comparing these bytes tells the same as reading them as a message.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..events import decode, tfrecord
from ..events.decode import Read, Skim

# An `Event` begins with its wall time and its step, if that is not 0.
_WALL_TIME_KEY, _STEP_KEY = 0x09, 0x10
_STEP_AT = 10
_PAYLOAD_AT = tfrecord.HEADER.size
_VALUE_AT = _PAYLOAD_AT + _STEP_AT
# By the number of a step's bytes: the highest bit of each, and of each but the last.
_HIGHEST_BITS = [
    tuple(int.from_bytes(b"\x80" * n, "little") for n in (size, max(0, size - 1)))
    for size in range(11)
]
# By the number of a step's bytes: where the bits of each but the first are, and belong.
_BITS = [tuple((i, 0x7F << 7 * i) for i in range(1, size)) for size in range(11)]
# Enough for a record's header and what lies before its first tensor.
_HEAD = 256
# A session has a few kinds of records, of as many sizes as its steps have lengths.
_MAX_LAYOUTS = 256
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


class Skimmer:
    """Skims the records of one file.

    Args:
        light: Does not look between the tensors of a record that is framed like an earlier
            one at its beginning and its end: enough to count it.
    """

    def __init__(self, light: bool = False) -> None:
        self._light = light
        self._layouts: dict[bytes, Layout] = {}

    def learn(self, read: Read, start: int, size: int) -> Layout:
        """Skims the `Event` message in `size` bytes at `start`.

        Raises:
            DecodeError: The bytes are no such message.
        """
        skim = decode.skim(lambda at, size: read(start + at, size), 0, size)
        layout = _layout(read, start, size, skim)
        if layout.step_size and len(self._layouts) < _MAX_LAYOUTS:
            # Sizes are as varied as steps are long: there are few.
            self._layouts[tfrecord.header(size)] = layout
        return layout

    def forget(self, size: int) -> None:
        """Records of that size are learned anew: what was learned of them is of no use."""
        self._layouts.pop(tfrecord.header(size), None)

    def known(self, read: Read, at: int, end: int) -> list[tuple[int, int, Layout]]:
        """Position, step and layout of the payloads that lie from `at` on.

        Ends before the first that is framed unlike those that were learned, or reaches
        beyond `end`.
        """
        # A log has thousands of records, a log directory hundreds of logs: this loop is
        # most of what opening them takes.
        layouts, light = self._layouts, self._light
        found: list[tuple[int, int, Layout]] = []
        head = read(at, _HEAD)
        while (layout := layouts.get(head[:_PAYLOAD_AT])) is not None:
            following = at + layout.size + tfrecord.OVERHEAD
            if following > end:
                return found
            step = _step(head, layout.step_size)
            if step is None or not head.startswith(*layout.begins):
                return found
            start = at + _PAYLOAD_AT
            if not light:
                for place, content in layout.between:
                    if read(start + place, len(content)) != content:
                        return found
            place, content = layout.ends
            if content:  # The next record begins right behind: both in one go.
                data = read(start + place, len(content) + tfrecord.FOOTER.size + _HEAD)
                if not data.startswith(content):
                    return found
                head = data[len(content) + tfrecord.FOOTER.size :]
            else:
                head = read(following, _HEAD)
            found.append((start, step, layout))
            at = following
        return found


def _step(head: bytes, size: int) -> int | None:
    """Step of a record that begins like this, if it has that many bytes."""
    if head[_PAYLOAD_AT] != _WALL_TIME_KEY or head[_PAYLOAD_AT + _STEP_AT - 1] != _STEP_KEY:
        return None
    raw = int.from_bytes(head[_VALUE_AT : _VALUE_AT + size], "little")
    # Every byte but the last has its highest bit set; the other seven are the number's.
    mask, ends = _HIGHEST_BITS[size]
    if raw & mask != ends:
        return None
    step = raw & 0x7F
    for shift, bits in _BITS[size]:
        step |= raw >> shift & bits
    return step


def _layout(read: Read, start: int, size: int, skim: Skim) -> Layout:
    plain = Layout(size, skim)
    dtypes = [tensor.dtype for tensor in skim.tensors.values()]
    if skim.step <= 0 or not dtypes or None in dtypes:
        return plain
    if size - sum(tensor.size for tensor in skim.tensors.values()) > _MAX_FRAMES:
        return plain
    step_size = -(-skim.step.bit_length() // 7)
    frames = []
    at = _STEP_AT + step_size
    for tensor in sorted(skim.tensors.values(), key=lambda tensor: tensor.offset):
        frames.append((at, read(start + at, tensor.offset - at)))
        at = tensor.offset + tensor.size
    frames.append((at, read(start + at, size - at)))
    (place, first), *between, ends = frames
    begins = first[: _HEAD - _PAYLOAD_AT - place], _PAYLOAD_AT + place
    if len(first) > len(begins[0]):
        between.insert(0, (place, first))
    layout = Layout(
        size, skim, step_size, begins, tuple(frame for frame in between if frame[1]), ends
    )
    # A message may be written in other ways; then there is nothing to be gained.
    head = read(start - _PAYLOAD_AT, _HEAD)
    return layout if _step(head, step_size) == skim.step else plain
