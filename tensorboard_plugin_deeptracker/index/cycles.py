"""Skims records that come in a repeating order, many at a time.

A training logs a dump and a validation, and again a dump and a validation. What is around their
tensors is then read where it would lie if that went on, and all of it compared at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain, repeat
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..events import tfrecord
from .layout import PAYLOAD_AT, STEP_AT, STEP_KEY, WALL_TIME_KEY, Layout

# Reads what is at some offsets, of some sizes: one behind the other, fewer bytes where a file ends.
ReadSpans: TypeAlias = Callable[[Iterable[tuple[int, int]]], bytes]
# Records of a cycle; a shorter one is taken several times, so that two records alike are none.
LONGEST = 16
_LENGTHS = range(8, LONGEST + 1)
# Cycles that are looked at together: few at first, so that little is read in vain.
_FIRST, _MOST = 2, 64
# Bytes of a step, which is positive and of 64 bits.
_MAX_STEP = 9
_SHIFTS = 7 * np.arange(_MAX_STEP)
# What is less far apart is read in one go.
_NEAR = 256


def cycle_in(layouts: Sequence[Layout]) -> Sequence[Layout]:
    """The last of some records, if they are framed like as many before them; else none."""
    for length in _LENGTHS:
        if layouts[-length:] == layouts[-2 * length : -length]:
            return layouts[-length:]
    return ()


class Cycle:
    """Records that may come again and again.

    Args:
        layouts: How they are framed.
        light: See `Skimmer`.
    """

    def __init__(self, layouts: Sequence[Layout], light: bool) -> None:
        self._layouts = layouts
        *self._begins, self._length = accumulate((each.length for each in layouts), initial=0)
        # What is read of a cycle; what has to be there, and which bits of it count.
        self._spans: list[tuple[int, int]] = []
        content, mask = bytearray(), bytearray()
        steps_at = []

        def expect(place: int, expected: bytes, counting: bytes) -> None:
            begin, size = self._spans.pop() if self._spans else (place, 0)
            gap = place - begin - size
            if gap > _NEAR:
                self._spans.append((begin, size))
                begin, size, gap = place, 0, 0
            self._spans.append((begin, size + gap + len(expected)))
            content.extend(bytes(gap) + expected)
            mask.extend(bytes(gap) + counting)

        for begin, layout in zip(self._begins, layouts, strict=True):
            head, counting = _head(layout)
            expect(begin, head, counting)
            steps_at.append(len(content) - len(head) + STEP_AT)
            for place, rest in (*(() if light else layout.between), layout.ends):
                expect(begin + PAYLOAD_AT + place, rest, b"\xff" * len(rest))
        self._content, self._mask = (np.frombuffer(each, np.uint8) for each in (content, mask))
        sizes = np.array([layout.step_size for layout in layouts])[:, np.newaxis]
        is_step = np.arange(_MAX_STEP) < sizes
        self._steps_at = np.where(
            is_step, np.array(steps_at)[:, np.newaxis] + np.arange(_MAX_STEP), 0
        )
        self._step_bits = np.where(is_step, 0x7F, 0).astype(np.uint8)

    def known(self, read: ReadSpans, at: int, end: int) -> Iterator[list[tuple[int, int, Layout]]]:
        """Yields what `Skimmer.known` tells, of whole cycles."""
        together = _FIRST
        while starts := range(at, end - self._length + 1, self._length)[:together]:
            found = self._known(read, starts)
            yield found
            if len(found) < len(starts) * len(self._layouts):
                return
            at += len(starts) * self._length
            together = min(2 * together, _MOST)

    def _known(self, read: ReadSpans, starts: range) -> list[tuple[int, int, Layout]]:
        data = read([(start + place, size) for start in starts for place, size in self._spans])
        if len(data) < len(starts) * len(self._mask):
            return []  # The file was cut short.
        rows = np.frombuffer(data, np.uint8).reshape(len(starts), -1)
        unlike = np.flatnonzero(((rows & self._mask) != self._content).any(axis=1))
        rows = rows[: int(unlike[0])] if len(unlike) else rows
        payloads = np.array(starts, np.int64)[: len(rows), np.newaxis] + self._begins + PAYLOAD_AT
        layouts = chain.from_iterable(repeat(self._layouts, len(rows)))
        steps = self._steps(rows)
        return list(zip(payloads.ravel().tolist(), steps.ravel().tolist(), layouts, strict=True))

    def _steps(self, rows: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Of each record: int64[cycles, records]."""
        bits = (rows[:, self._steps_at] & self._step_bits).astype(np.int64)
        steps: NDArray[np.int64] = (bits << _SHIFTS).sum(axis=2)
        return steps


def _head(layout: Layout) -> tuple[bytes, bytes]:
    """How a record begins, and which bits of that count: not those of the wall time and the step.

    But for the highest bit of each of the step's bytes, which all of them but the last have set.
    """
    (begins, _), more = layout.begins, layout.step_size - 1
    head = tfrecord.header(layout.size), bytes((WALL_TIME_KEY, *bytes(8), STEP_KEY))
    counting = b"\xff" * (PAYLOAD_AT + 1) + bytes(8) + b"\xff" + b"\x80" * (more + 1)
    return b"".join((*head, b"\x80" * more, b"\0", begins)), counting + b"\xff" * len(begins)
