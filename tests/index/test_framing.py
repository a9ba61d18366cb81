"""Where the next record begins behind what is none, against trying every position."""

from __future__ import annotations

import struct
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.events import encode, tfrecord
from tensorboard_plugin_deeptracker.index import framing
from tensorboard_plugin_deeptracker.index.opening import LocalReader

RECORDS = [tfrecord.frame(encode.event({}, step, 0.5)) for step in (1, 300)]
HEADER = tfrecord.HEADER.size


class CountingReader(LocalReader):
    """Knows how many bytes were read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.bytes_read = 0

    def read(self, offset: int, size: int) -> bytes:
        data = super().read(offset, size)
        self.bytes_read += len(data)
        return data


def first_record(data: bytes, start: int, end: int) -> int | None:
    """The same as `search`, byte by byte."""
    for at in range(start, end):
        for record in RECORDS:
            if data.startswith(record, at):
                return at
    return None


pieces = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(RECORDS),
    st.sampled_from(RECORDS).map(lambda record: record[:-1]),
    st.sampled_from(RECORDS).map(lambda record: record[:20] + b"?" + record[21:]),
    # Says that it is longer than the file.
    st.just(tfrecord.header(1 << 20) + RECORDS[0][HEADER:]),
)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(pieces, max_size=8), st.data())
def test_the_next_record_is_found_wherever_pieces_of_the_file_end(
    tmp_path: Path, parts: list[bytes], choice: st.DataObject
) -> None:
    data = b"".join(parts)
    start = choice.draw(st.integers(0, len(data)), "start")
    end = choice.draw(st.integers(start, len(data)), "end")
    (tmp_path / "log").write_bytes(data)
    chunk, at_once = (choice.draw(st.integers(1, 60), name) for name in ("chunk", "at once"))
    with LocalReader(tmp_path / "log") as reader:
        found = framing.search(reader, start, end, chunk, at_once)
    assert found == first_record(data, start, end)


def test_every_chunk_and_every_end_of_a_search(tmp_path: Path) -> None:
    hurt = bytearray(RECORDS[0])
    hurt[-1] ^= 1
    data = bytes(hurt + hurt) + RECORDS[1] + b"?" + RECORDS[0]
    (tmp_path / "log").write_bytes(data)
    with LocalReader(tmp_path / "log") as reader:
        for chunk in range(1, len(data), 3):
            for end in range(0, len(data), 2):
                for start in (0, 2 * len(hurt), 2 * len(hurt) + 1):
                    found = framing.search(reader, start, end, chunk)
                    assert found == first_record(data, start, end)


def test_lengths_that_lie_cost_a_bounded_time(tmp_path: Path) -> None:
    step = HEADER + 10
    count = 2000
    lies = b"".join(
        tfrecord.header(step * (count - i) - HEADER) + b"\x09" + struct.pack("<d", 0) + b"\x10"
        for i in range(count)
    )
    (tmp_path / "log").write_bytes(lies + RECORDS[0])
    reader = CountingReader(tmp_path / "log")
    with reader:
        assert framing.search(reader, 0, reader.size, 1 << 10) is None
        # Of all that the lengths announce, which is a thousand times the file.
        assert 10 * reader.size < reader.bytes_read < 20 * reader.size
    # Where they are few, what lies behind them is found.
    few = lies[-5 * step :]
    (tmp_path / "log").write_bytes(few + RECORDS[0])
    reader = CountingReader(tmp_path / "log")
    with reader:
        assert framing.search(reader, 0, reader.size, 1 << 10) == len(few)


def test_what_ends_the_file_is_whole_when_it_matches_its_checksum(tmp_path: Path) -> None:
    """A network file system may show zeros where the file has just grown."""
    record, size = RECORDS[0], len(RECORDS[0]) - tfrecord.OVERHEAD
    hurt = record[: HEADER + 3] + bytes(len(record) - HEADER - 3)
    for data, whole in ((record, True), (hurt, False), (hurt + b"\0", True), (record[:-1], False)):
        (tmp_path / "log").write_bytes(data)
        with LocalReader(tmp_path / "log") as reader:
            assert framing.is_whole(reader, HEADER, size) is whole
            assert framing.matches(reader, HEADER, size) is (data == record)
