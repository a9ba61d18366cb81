"""Records that are framed like earlier ones are skimmed as any other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.events import decode, encode, tfrecord
from tensorboard_plugin_deeptracker.events.decode import DecodeError, Read
from tensorboard_plugin_deeptracker.index.skimming import Skimmer
from tests.logs import random_dump, small_model

MODEL = small_model(3, 2)
STEPS = st.sampled_from([0, 1, 127, 128, 16383, 16384, 2**31, 2**62]) | st.integers(0, 2**63 - 1)


def reading(data: bytes) -> Read:
    return lambda at, size: data[at : at + size]


def record(step: int, kind: int) -> bytes:
    filters, statistics = random_dump(MODEL, step % 1000)
    if kind == 0:
        return encode.dump(step, filters, statistics, wall_time=step / 7)
    return encode.validation(step, statistics[0].astype(int), 100, wall_time=step / 7)


@given(kinds=st.lists(st.integers(0, 1), min_size=1, max_size=20), data=st.data())
def test_like_the_decoder(kinds: list[int], data: st.DataObject) -> None:
    payloads = [record(data.draw(STEPS), kind) for kind in kinds]
    file = b"".join(map(tfrecord.frame, payloads))
    read, skimmer, at = reading(file), Skimmer(), 0
    found = []
    while at < len(file):
        start = at + tfrecord.HEADER.size
        size = tfrecord.payload_length(file[at:start])
        assert size is not None
        layout = skimmer.learn(read, start, size)
        found.append((start, layout.skim.step, layout))
        at = start + size + tfrecord.FOOTER.size
        for known in skimmer.known(read, at, len(file)):
            found.append(known)
            at = known[0] + known[2].size + tfrecord.FOOTER.size
    assert len(found) == len(payloads)
    for (start, step, layout), payload in zip(found, payloads, strict=True):
        assert file[start : start + layout.size] == payload
        expected = decode.skim(reading(payload), 0, len(payload))
        assert (step, layout.skim.tensors) == (expected.step, expected.tensors)


def test_equal_records_cost_one_decoding() -> None:
    file = b"".join(tfrecord.frame(record(step, 0)) for step in range(20, 120))
    skimmer = Skimmer()
    size = tfrecord.payload_length(file[: tfrecord.HEADER.size])
    assert size is not None
    skimmer.learn(reading(file), tfrecord.HEADER.size, size)
    assert [step for _, step, _ in skimmer.known(reading(file), 0, len(file))] == [*range(20, 120)]
    assert len(list(skimmer.known(reading(file), 0, len(file) - 1))) == 99


@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_whatever_is_recognised_is_what_it_says(at: int, bit: int) -> None:
    """A damaged record is recognised only as what the decoder would read in it."""
    payload = record(300, 0)
    skimmer = Skimmer()
    skimmer.learn(reading(tfrecord.frame(payload)), tfrecord.HEADER.size, len(payload))
    damaged = bytearray(payload)
    damaged[at % len(payload)] ^= 1 << bit
    file = tfrecord.frame(bytes(damaged))
    for _, step, layout in skimmer.known(reading(file), 0, len(file)):
        skim = decode.skim(reading(bytes(damaged)), 0, len(damaged))
        assert (step, layout.skim.tensors) == (skim.step, skim.tensors)


def test_what_is_no_message_is_not_learned() -> None:
    skimmer = Skimmer()
    file = tfrecord.frame(b"\xff" * 40)
    with pytest.raises(DecodeError):
        skimmer.learn(reading(file), tfrecord.HEADER.size, 40)
    assert list(skimmer.known(reading(file), 0, len(file))) == []
