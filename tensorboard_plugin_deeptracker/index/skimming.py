"""Skims a file's records; those that are framed like an earlier one at a fraction of the cost."""

from __future__ import annotations

from ..events import tfrecord
from ..events.decode import Read
from .cycles import LONGEST, Cycle, ReadSpans, cycle_in
from .layout import HEAD, PAYLOAD_AT, Layout, layout_of, step_of

# A session has a few kinds of records, of as many sizes as its steps have lengths.
_MAX_LAYOUTS = 256
# After how many records it looks whether they come in a repeating order.
_CYCLES_EVERY = 16


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
        layout = layout_of(read, start, size)
        if layout.step_size and len(self._layouts) < _MAX_LAYOUTS:
            # Sizes are as varied as steps are long: there are few.
            self._layouts[tfrecord.header(size)] = layout
        return layout

    def forget(self, size: int) -> None:
        """Records of that size are learned anew: what was learned of them is of no use."""
        self._layouts.pop(tfrecord.header(size), None)

    def known(
        self, read: Read, at: int, end: int, read_spans: ReadSpans | None = None
    ) -> list[tuple[int, int, Layout]]:
        """Position, step and layout of the payloads that lie from `at` on.

        Ends before the first that is framed unlike those that were learned, or reaches
        beyond `end`.

        Args:
            read: Reads the file.
            at: Where the first record begins.
            end: Where the file ends.
            read_spans: Reads many pieces of it, if what is read in vain costs little.
        """
        # A log has thousands of records, a log directory hundreds of logs: this loop is
        # most of what opening them takes.
        layouts, light = self._layouts, self._light
        found: list[tuple[int, int, Layout]] = []
        head = read(at, HEAD)
        while (layout := layouts.get(head[:PAYLOAD_AT])) is not None:
            following = at + layout.length
            if following > end:
                return found
            step = step_of(head, layout.step_size)
            if step is None or not head.startswith(*layout.begins):
                return found
            start = at + PAYLOAD_AT
            if not light:
                for place, content in layout.between:
                    if read(start + place, len(content)) != content:
                        return found
            place, content = layout.ends
            if content:  # The next record begins right behind: both in one go.
                data = read(start + place, len(content) + tfrecord.FOOTER.size + HEAD)
                if not data.startswith(content):
                    return found
                head = data[len(content) + tfrecord.FOOTER.size :]
            else:
                head = read(following, HEAD)
            found.append((start, step, layout))
            at = following
            if read_spans and not len(found) % _CYCLES_EVERY:
                cycle = cycle_in([layout for _, _, layout in found[-2 * LONGEST :]])
                for more in Cycle(cycle, light).known(read_spans, at, end) if cycle else ():
                    found += more
                start, _, layout = found[-1]
                at = start - PAYLOAD_AT + layout.length
                head = read(at, HEAD)
        return found
