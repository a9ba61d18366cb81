"""Records in a repeating order are read as one by one, whatever breaks the order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.events import encode, tfrecord
from tensorboard_plugin_deeptracker.features import kinds
from tensorboard_plugin_deeptracker.features.layers.records import encode_dump
from tensorboard_plugin_deeptracker.features.validation.records import encode_validation
from tensorboard_plugin_deeptracker.index.logfile import LogFile
from tensorboard_plugin_deeptracker.index.opening import LocalReader
from tensorboard_plugin_deeptracker.index.skimming import Skimmer
from tests.logs import SessionLog, png, random_dump, small_model, small_validation_set

# Its tensors reach beyond what is read in one go; and a tag, beyond what is read at first.
MODEL = small_model(30, 20)
IMAGES = small_validation_set(2, 2)
BEGINNING = 40
ENCODED: tuple[Callable[[int], bytes], ...] = (
    lambda step: encode_dump(step, *random_dump(MODEL, step % 7), wall_time=step / 3),
    lambda step: encode_validation(step, np.arange(4) % 2, 2, wall_time=step / 3),
    lambda step: encode_validation(step, np.arange(4) % 2, 2, wall_time=1.0, not_finite=1),
    lambda step: encode.event({"x" * 300: encode.array(np.zeros(900, "<f4"))}, step, 1.0),
)


class OneByOne:
    """A file whose pieces are not read ahead."""

    def __init__(self, path: Any) -> None:
        self._reader = LocalReader(path)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def __enter__(self) -> OneByOne:
        return self

    def __exit__(self, *error: object) -> None:
        self._reader.__exit__(None, None, None)


def told(path: Path, light: bool, opener: Callable[[Any], Any]) -> list[Any]:
    """All that is read of a file: twice, for then what is unfinished is given up."""
    log = LogFile(path, kinds(), light, opener=opener)
    news = [log.follow(), log.follow()]
    records = [[] if new is None else [(r.offset, r.size, r.step) for r in new] for new in news]
    series = {
        key: [(r.offset, r.step, r.tensors, r.intact) for r in own]
        for key, own in log.series.items()
    }
    others = [(r.offset, r.tensors) for r in log.others]
    return [records, series, others, log.all_problems(), log.end, log.began, log.unfinished]


def write(path: Path, order: Iterable[int], steps: Iterable[int]) -> bytes:
    """A log of records in some order; what it takes."""
    with SessionLog(path) as log:
        log.model(MODEL)
        log.validation_set(IMAGES)
        for kind, step in zip(order, steps, strict=False):
            if kind < len(ENCODED):
                log.append(ENCODED[kind](step))
            else:
                log.images([0], [png(step % 200)])
    return log.path.read_bytes()


@st.composite
def orders(draw: st.DrawFn) -> list[int]:
    """Records that come in some order again and again, and then in another one."""
    kinds = st.lists(st.integers(0, len(ENCODED)), min_size=1, max_size=5)
    parts = draw(st.lists(st.tuples(kinds, st.integers(1, 40)), min_size=1, max_size=3))
    return [kind for cycle, times in parts for kind in cycle * times]


@given(
    order=orders(),
    first=st.sampled_from([0, 1, 100, 16_300]),
    interval=st.sampled_from([0, 1, 3]),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=3),
    cut=st.none() | st.floats(0, 1),
    light=st.booleans(),
)
def test_like_one_by_one(
    tmp_path_factory: pytest.TempPathFactory,
    order: list[int],
    first: int,
    interval: int,
    changes: list[tuple[float, int]],
    cut: float | None,
    light: bool,
) -> None:
    run = tmp_path_factory.mktemp("run")
    data = bytearray(write(run, order, itertools.count(first, interval)))
    (path,) = run.rglob("*.deeptracker")
    for at, byte in changes:
        data[int(at * len(data))] = byte
    path.write_bytes(data if cut is None else data[: int(cut * len(data))])
    assert told(path, light, LocalReader) == told(path, light, OneByOne)


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("order", [(0,), (0, 1), (0, 0, 1), (0, 1, 0, 3, 2)])
def test_changed_bits(light: bool, order: tuple[int, ...]) -> None:
    """Whatever is changed in a record within a cycle, it is as one by one."""
    file = [
        tfrecord.frame(ENCODED[kind](200 + i)) for i, kind in enumerate(order * (80 // len(order)))
    ]
    changed = 40 // len(order) * len(order)
    before, record, behind = b"".join(file[:changed]), file[changed], b"".join(file[changed + 1 :])
    skimmer = Skimmer(light)
    for kind in set(order):
        payload = ENCODED[kind](200)
        skimmer.learn(reading(tfrecord.frame(payload)), tfrecord.HEADER.size, len(payload))
    whole = before + record + behind
    assert len(known(skimmer, whole, ahead=True)) == len(file)
    # Each bit of how it begins, and one of each further byte.
    bits = (*range(8 * BEGINNING), *range(8 * BEGINNING, 8 * len(record), 9))
    for bit in bits:
        other = bytearray(record)
        other[bit // 8] ^= 1 << bit % 8
        whole = before + bytes(other) + behind
        assert known(skimmer, whole, ahead=True) == known(skimmer, whole, ahead=False)


@pytest.mark.parametrize("order", [(0,), (0, 1), (1, 2, 0), (0, 0, 1, 3, 2)])
def test_few_are_looked_at_one_by_one(order: tuple[int, ...]) -> None:
    file = b"".join(tfrecord.frame(ENCODED[kind](200 + i)) for i, kind in enumerate(order * 400))
    skimmer = Skimmer(light=True)
    for kind in set(order):
        payload = ENCODED[kind](200)
        skimmer.learn(reading(tfrecord.frame(payload)), tfrecord.HEADER.size, len(payload))
    asked: list[int] = []

    def counted(at: int, size: int) -> bytes:
        asked.append(at)
        return file[at : at + size]

    found = skimmer.known(counted, 0, len(file), spans_of(file))
    assert [step for _, step, _ in found] == [200 + i for i in range(400 * len(order))]
    assert len(asked) < 50


def test_steps_of_any_length() -> None:
    for first in (1, 100, 128, 2**21 - 1, 2**56 - 2, 2**63 - 200):
        steps = range(first, first + 100)
        file = b"".join(tfrecord.frame(ENCODED[0](step)) for step in steps)
        skimmer = Skimmer()
        for step in (steps[0], steps[-1]):
            payload = ENCODED[0](step)
            skimmer.learn(reading(tfrecord.frame(payload)), tfrecord.HEADER.size, len(payload))
        assert [step for _, step, _ in known(skimmer, file, ahead=True)] == [*steps]


def test_a_file_that_is_cut_short_meanwhile() -> None:
    file = b"".join(tfrecord.frame(ENCODED[0](step)) for step in range(200, 300))
    skimmer = Skimmer()
    skimmer.learn(reading(file), tfrecord.HEADER.size, len(ENCODED[0](200)))
    assert len(skimmer.known(reading(file), 0, len(file), lambda _: b"")) == 100


def reading(data: bytes) -> Callable[[int, int], bytes]:
    """Reads pieces of it."""
    return lambda at, size: data[at : at + size]


def known(skimmer: Skimmer, file: bytes, *, ahead: bool) -> list[tuple[int, int, Any]]:
    """What is recognised of a file."""
    return skimmer.known(reading(file), 0, len(file), spans_of(file) if ahead else None)


def spans_of(data: bytes) -> Callable[[Iterable[tuple[int, int]]], bytes]:
    """Reads many pieces of it."""
    return lambda spans: b"".join(data[at : at + size] for at, size in spans)
