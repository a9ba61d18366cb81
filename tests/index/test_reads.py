"""How files are read: in few pieces, and whatever a file system gives at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tensorboard_plugin_deeptracker.events import encode
from tensorboard_plugin_deeptracker.features.images.records import IMAGE_SETS
from tensorboard_plugin_deeptracker.features.layers.records import (
    DUMPS,
    FILTERS_TAG,
    encode_dump,
)
from tensorboard_plugin_deeptracker.index import opening
from tensorboard_plugin_deeptracker.index.opening import LocalReader
from tensorboard_plugin_deeptracker.index.reading import columns
from tensorboard_plugin_deeptracker.index.record import DamagedRecordError
from tests.logs import SessionLog, open_run, random_dump, small_model, small_validation_set

# Its dumps take 100 kB and more.
WIDE = small_model(4000)
EVERYTHING = float("inf")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of all that is read of local files."""
    sizes: list[int] = []
    real = LocalReader.read

    def counted(reader: LocalReader, offset: int, size: int) -> bytes:
        data = real(reader, offset, size)
        sizes.append(len(data))
        return data

    monkeypatch.setattr(LocalReader, "read", counted)
    return sizes


def dump(step: int) -> bytes:
    return encode_dump(step, *random_dump(WIDE, step))


def other_models_dump(step: int) -> bytes:
    return encode_dump(step, *random_dump(small_model(2000), step))


def others_tensor(step: int) -> bytes:
    return encode.event({"theirs/x": encode.array(np.zeros(50_000, np.float32))}, step)


@pytest.mark.parametrize(
    ("make", "each", "share"),
    # What is refused is compared with its checksum before the writer is blamed.
    [(dump, 3, 0.1), (others_tensor, 3, 0.1), (other_models_dump, 10, 1.1)],
)
def test_opening_a_log_takes_few_reads(
    tmp_path: Path, reads: list[int], make: Callable[[int], bytes], each: int, share: float
) -> None:
    with SessionLog(tmp_path) as log:
        log.model(WIDE)
        for step in range(200, 300):
            log.append(make(step))
    open_run(tmp_path).refresh()
    assert len(reads) < 100 * each
    assert sum(reads) < log.path.stat().st_size * share


def test_what_is_damaged_is_searched_once(tmp_path: Path, reads: list[int]) -> None:
    with SessionLog(tmp_path) as log:
        log.model(WIDE)
        for step in range(2):
            log.append(dump(step))
        with log.path.open("r+b") as file:
            file.seek(log.offsets[-1] - 100)
            file.write(b"damage")
        run = open_run(tmp_path)
        run.refresh(EVERYTHING)
        assert run.snapshot.steps(DUMPS).tolist() == [1]
        reads.clear()
        log.validation_set(small_validation_set(2, 2))
        run.refresh(EVERYTHING)
        assert run.snapshot.of(IMAGE_SETS) is not None
        assert sum(reads) < 10_000


@pytest.mark.parametrize(("start", "stop"), [(0, 24_000), (10, 23_000), (10, 20)])
def test_what_is_compared_with_its_checksum_is_read_once(
    tmp_path: Path, reads: list[int], start: int, stop: int
) -> None:
    with SessionLog(tmp_path) as log:
        log.model(WIDE)
        for step in range(200, 210):
            log.append(dump(step))
    records = open_run(tmp_path).snapshot.of(DUMPS)
    with log.path.open("r+b") as file:
        file.seek(records[-1].offset + 5000)
        file.write(b"damage")
    for record in records:
        record.intact = None
    reads.clear()
    found = columns(records[:-1], FILTERS_TAG, start, stop)
    assert all(record.intact for record in records[:-1])
    expected = [random_dump(WIDE, step)[0].ravel()[start:stop] for step in range(200, 209)]
    np.testing.assert_array_equal(found, expected)
    # Beside what is wanted, what is around it.
    assert sum(reads) <= 9 * (records[0].size - found[0].nbytes + 300)
    with pytest.raises(DamagedRecordError):
        columns(records[-1:], FILTERS_TAG, start, stop)
    assert records[-1].intact is False


DATA = bytes(range(100))


@pytest.fixture(params=[sys.platform, "win32"])
def file(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file, on this system and as it is read where there are no positioned reads."""
    path = tmp_path / "x"
    path.write_bytes(DATA)
    monkeypatch.setattr(opening, "sys", SimpleNamespace(platform=request.param))
    return path


def check_ranges(reader: LocalReader) -> None:
    for start, size in ((10, 20), (0, 5), (95, 5), (95, 6), (100, 1), (200, 1)):
        assert reader.read(start, size) == DATA[start : start + size]
        buffer = bytearray(size)
        count = reader.read_into(start, memoryview(buffer))
        assert buffer[:count] == DATA[start : start + size]


def test_any_range_is_read(file: Path) -> None:
    with LocalReader(file) as reader:
        check_ranges(reader)
        assert reader.read_spans([(10, 20), (0, 5), (95, 9)]) == DATA[10:30] + DATA[:5] + DATA[95:]
        # A length that lies takes no memory.
        assert reader.read(90, 1 << 60) == DATA[90:]
    assert reader._file.closed


class Piecewise(FileIO):
    def read(self, size: int | None = -1, /) -> bytes | Any:
        return super().read(min(size or 0, 7))

    def readinto(self, buffer: Any, /) -> int:
        return super().readinto(memoryview(buffer)[:7])


def test_what_comes_in_pieces_is_put_together(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system gives less than it was asked for beyond 2 GB, and over a network at any time."""
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda file, size, at: pread(file, min(size, 7), at))
    monkeypatch.setattr(Path, "open", lambda path, mode, **_: Piecewise(path, mode))
    with LocalReader(file) as reader:
        check_ranges(reader)
