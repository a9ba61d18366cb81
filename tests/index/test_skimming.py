"""Records that are framed like earlier ones are skimmed as any other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.events import decode, tfrecord
from tensorboard_plugin_deeptracker.events.decode import DecodeError, Read
from tensorboard_plugin_deeptracker.features.images.records import encode_thumbnails
from tensorboard_plugin_deeptracker.features.layers.records import encode_dump
from tensorboard_plugin_deeptracker.features.validation.records import encode_validation
from tensorboard_plugin_deeptracker.index.skimming import Skimmer
from tests.logs import random_dump, small_model

MODEL = small_model(3, 2)
# Its tensors reach beyond what is read of a record at first.
LARGE = small_model(30, 20)
STEPS = st.sampled_from([0, 1, 127, 128, 16383, 16384, 2**31, 2**62]) | st.integers(0, 2**63 - 1)


def reading(data: bytes) -> Read:
    return lambda at, size: data[at : at + size]


def record(step: int, kind: int) -> bytes:
    filters, statistics = random_dump(MODEL, step % 1000)
    if kind == 0:
        return encode_dump(step, filters, statistics, wall_time=step / 7)
    return encode_validation(step, statistics[0].astype(int), 100, wall_time=step / 7)


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


@given(size=st.integers(1, 9), data=st.data())
def test_steps_of_any_length_are_recognised(size: int, data: st.DataObject) -> None:
    lengths = st.integers(2 ** (7 * size - 7), 2 ** (7 * size) - 1)
    steps = data.draw(st.lists(lengths, min_size=2, max_size=5))
    payloads = [record(step, 0) for step in steps]
    file = b"".join(map(tfrecord.frame, payloads))
    skimmer = Skimmer()
    layout = skimmer.learn(reading(file), tfrecord.HEADER.size, len(payloads[0]))
    assert layout.step_size == size
    assert [step for _, step, _ in skimmer.known(reading(file), 0, len(file))] == steps


@pytest.mark.parametrize(("light", "reads"), [(False, 2), (True, 1)])
def test_a_record_like_others_is_recognised_by_few_reads(light: bool, reads: int) -> None:
    payloads = [encode_dump(step, *random_dump(LARGE, step)) for step in range(200, 240)]
    file = b"".join(map(tfrecord.frame, payloads))
    skimmer, read = Skimmer(light), reading(file)
    skimmer.learn(read, tfrecord.HEADER.size, len(payloads[0]))
    asked: list[int] = []

    def counted(at: int, size: int) -> bytes:
        asked.append(size)
        return read(at, size)

    found = skimmer.known(counted, 0, len(file))
    assert [step for _, step, _ in found] == [*range(200, 240)]
    # The head of the first, then what is between the tensors and behind them.
    assert len(asked) == 1 + reads * len(payloads)
    assert max(asked) < 400


@pytest.mark.parametrize(
    ("tag", "light", "recognised"),
    [
        (b"deeptracker/statistics", False, False),
        # To count a record, its beginning and its end are enough.
        (b"deeptracker/statistics", True, True),
        (b"deeptracker/filters", True, False),
    ],
)
def test_what_is_between_the_tensors(tag: bytes, light: bool, recognised: bool) -> None:
    payload = encode_dump(300, *random_dump(LARGE, 0))
    skimmer = Skimmer(light)
    skimmer.learn(reading(tfrecord.frame(payload)), tfrecord.HEADER.size, len(payload))
    file = tfrecord.frame(payload.replace(tag, tag.upper()))
    found = skimmer.known(reading(file), 0, len(file))
    assert [step for _, step, _ in found] == [300] * recognised


@pytest.mark.parametrize(
    "payload",
    [
        # Without a step, with strings, and with the step at the end.
        encode_dump(0, *random_dump(MODEL, 0)),
        encode_thumbnails([0], [b"one"]) + b"\x10\xac\x02",
        encode_dump(0, *random_dump(MODEL, 0)) + b"\x10\xac\x02",
    ],
)
def test_records_of_other_forms_are_not_compared(payload: bytes) -> None:
    file = tfrecord.frame(payload) * 2
    skimmer = Skimmer()
    layout = skimmer.learn(reading(file), tfrecord.HEADER.size, len(payload))
    assert layout.skim.step == (300 if payload.endswith(b"\x10\xac\x02") else 0)
    assert layout.step_size == 0
    assert skimmer.known(reading(file), 0, len(file)) == []


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
