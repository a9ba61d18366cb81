"""Skims the records of a file; those that are framed like an earlier one at a fraction of the cost.

A training logs the same tensors over and over: all bytes around them are equal but for the
wall time and the step. Comparing these bytes tells the same as reading them as a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..events import decode, tfrecord
from ..events.decode import Read, Skim

# An `Event` begins with its wall time and its step, if that is not 0.
_WALL_TIME_KEY, _STEP_KEY = 0x09, 0x10
_STEP_AT = 10
# Enough for a record's header and what lies before its first tensor.
_HEAD = 256


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the tensors of equally framed records lie.

    Attributes:
        size: Bytes of the payload.
        skim: Of the record that it was learned from; positions count from the beginning
            of the payload.
        step_size: Bytes of the step; 0 if other records cannot be compared with this one.
        frames: Positions and content of all bytes behind the step but the tensors'.
    """

    size: int
    skim: Skim
    step_size: int = 0
    frames: tuple[tuple[int, bytes], ...] = ()

    def step(self, head: bytes, read: Read, start: int) -> int | None:
        """Step of a payload of the same size; None if it is framed otherwise.

        Args:
            head: Its first bytes.
            read: Reads more of it.
            start: Its position.
        """
        if head[0] != _WALL_TIME_KEY or head[_STEP_AT - 1] != _STEP_KEY:
            return None
        value = 0
        last = self.step_size - 1
        for i, byte in enumerate(head[_STEP_AT : _STEP_AT + self.step_size]):
            if (byte >= 0x80) == (i == last):
                return None
            value |= (byte & 0x7F) << 7 * i
        for at, content in self.frames:
            if at + len(content) <= len(head):
                same = head.startswith(content, at)
            else:
                same = read(start + at, len(content)) == content
            if not same:
                return None
        return value


class Skimmer:
    """Skims the records of one file."""

    def __init__(self) -> None:
        self._layouts: dict[bytes, Layout] = {}

    def learn(self, read: Read, start: int, size: int) -> Layout:
        """Skims the `Event` message in `size` bytes at `start`.

        Raises:
            DecodeError: The bytes are no such message.
        """
        skim = decode.skim(lambda at, size: read(start + at, size), 0, size)
        layout = _layout(read, start, size, skim)
        if layout.step_size:
            # Sizes are as varied as steps are long: there are few.
            self._layouts[tfrecord.header(size)] = layout
        return layout

    def known(self, read: Read, at: int, end: int) -> Iterator[tuple[int, int, Layout]]:
        """Yields position, step and layout of the payloads that lie from `at` on.

        Ends before the first that is framed unlike those that were learned, or reaches
        beyond `end`.
        """
        while True:
            head = read(at, _HEAD)
            layout = self._layouts.get(head[: tfrecord.HEADER.size])
            if layout is None or at + layout.size + tfrecord.OVERHEAD > end:
                return
            start = at + tfrecord.HEADER.size
            step = layout.step(head[tfrecord.HEADER.size :], read, start)
            if step is None:
                return
            yield start, step, layout
            at += layout.size + tfrecord.OVERHEAD


def _layout(read: Read, start: int, size: int, skim: Skim) -> Layout:
    plain = Layout(size, skim)
    if skim.step <= 0 or any(tensor.dtype is None for tensor in skim.tensors.values()):
        return plain
    step_size = -(-skim.step.bit_length() // 7)
    frames = []
    at = _STEP_AT + step_size
    for tensor in sorted(skim.tensors.values(), key=lambda tensor: tensor.offset):
        frames.append((at, read(start + at, tensor.offset - at)))
        at = tensor.offset + tensor.size
    frames.append((at, read(start + at, size - at)))
    layout = Layout(size, skim, step_size, tuple(frame for frame in frames if frame[1]))
    # A message may be written in other ways; then there is nothing to be gained.
    return layout if layout.step(read(start, _HEAD), read, start) == skim.step else plain
