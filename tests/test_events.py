"""The format: what is encoded is what TensorBoard reads and what is decoded, whatever the bytes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

from tensorboard_plugin_deeptracker.events import decode, encode, tfrecord
from tensorboard_plugin_deeptracker.events.session import (
    SESSION,
    Session,
    decode_session,
    encode_session,
)
from tensorboard_plugin_deeptracker.features.images.records import (
    CLASSES_TAG,
    THUMBNAIL_ROWS_TAG,
    THUMBNAILS_TAG,
    ImageSet,
    decode_image_set,
    encode_image_set,
    encode_thumbnails,
)
from tensorboard_plugin_deeptracker.features.layers.records import (
    FILTERS_TAG,
    MODEL,
    NON_FINITE_TAG,
    STATISTICS_TAG,
    Layer,
    Model,
    Node,
    decode_first_non_finite,
    decode_model,
    encode_dump,
    encode_model,
)
from tensorboard_plugin_deeptracker.features.validation.records import (
    PREDICTED_TAG,
    choices_of,
    encode_validation,
)

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
floats = arrays.arrays(np.float32, st.tuples(st.integers(0, 4), st.integers(0, 40)))


class Bytes:
    """A file in memory that counts what is read of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reads = 0
        self.bytes = 0

    def __call__(self, offset: int, size: int) -> bytes:
        assert offset >= 0
        assert size >= 0
        found = self.data[offset : offset + size]
        self.reads += 1
        self.bytes += len(found)
        return found


def skim(payload: bytes, before: bytes = b"before", after: bytes = b"after") -> decode.Skim:
    """Skims a payload that lies somewhere in a file."""
    data = before + payload + after
    return decode.skim(Bytes(data), len(before), len(before) + len(payload))


def by_tensorboard(payload: bytes) -> dict[str, Any]:
    """Tensors by tag, as TensorBoard's own classes read them."""
    event = Event.FromString(payload)
    found = {}
    for value in event.summary.value:
        assert value.metadata.plugin_data.plugin_name == "deeptracker"
        tag, array = value.tag, tensor_util.make_ndarray(value.tensor)
        if tag.startswith("deeptracker/float16/"):
            tag, array = tag.replace("float16/", "", 1), array.view(np.float16)
        found[tag] = array
    return found


def by_skimming(payload: bytes) -> Mapping[str, Any]:
    """Tensors by tag, as our own code reads them."""
    read = Bytes(payload)
    tensors = decode.skim(read, 0, len(payload)).tensors
    return {
        tag: decode.strings(read, tensor) if tensor.dtype is None else decode.array(read, tensor)
        for tag, tensor in tensors.items()
    }


@given(floats, floats, st.integers(-(2**63), 2**63 - 1), st.floats(0, 1e10))
def test_dumps(
    filters: NDArray[np.float32], statistics: NDArray[np.float32], step: int, wall_time: float
) -> None:
    payload = encode_dump(step, filters, statistics, wall_time)
    record = skim(payload)
    assert (record.step, record.wall_time) == (step, wall_time)
    event = Event.FromString(payload)
    assert (event.step, event.wall_time) == (step, wall_time)
    for found in (by_skimming(payload), by_tensorboard(payload)):
        np.testing.assert_array_equal(found[FILTERS_TAG], filters)
        np.testing.assert_array_equal(found[STATISTICS_TAG], statistics)


@given(st.integers(1, 70_000).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.integers(-1, n - 1), max_size=20))
))  # fmt: skip
def test_validations_have_the_smallest_type_that_holds_them(case: tuple[int, list[int]]) -> None:
    classes, predicted = case
    payload = encode_validation(3, np.array(predicted, np.int64), classes)
    for found in (by_skimming(payload), by_tensorboard(payload)):
        array = found[PREDICTED_TAG]
        assert array.tolist() == predicted
        smaller = {1: 0, 2: 2**7, 4: 2**15}[array.itemsize]
        assert smaller < classes <= np.iinfo(array.dtype).max + 1


@given(st.lists(names, unique=True, min_size=1, max_size=5), st.data())
def test_validation_sets(class_names: list[str], data: st.DataObject) -> None:
    labels = sorted(data.draw(st.lists(st.integers(0, len(class_names) - 1), max_size=10)))
    ids: Any = data.draw(
        st.one_of(
            arrays.arrays(np.int64, len(labels)),
            st.lists(names, min_size=len(labels), max_size=len(labels)).map(tuple),
        )
    )
    original = ImageSet(tuple(class_names), np.array(labels, np.int32), ids)
    payload = encode_image_set(original)
    decoded = decode_image_set(Bytes(payload), skim(payload, b"", b""))
    assert decoded.class_names == original.class_names
    assert decoded.labels.tolist() == labels
    assert list(decoded.ids) == list(original.ids)
    theirs = by_tensorboard(payload)
    assert [name.decode() for name in theirs[CLASSES_TAG].ravel()] == class_names


@given(st.lists(st.binary(max_size=2000), max_size=5))
def test_images(blobs: list[bytes]) -> None:
    payload = encode_thumbnails(range(len(blobs)), blobs)
    found = by_skimming(payload)
    assert found[THUMBNAILS_TAG] == blobs
    assert found[THUMBNAIL_ROWS_TAG].tolist() == list(range(len(blobs)))
    read = Bytes(b"x" * 100 + payload)
    tensor = decode.skim(read, 100, 100 + len(payload)).tensors[THUMBNAILS_TAG]
    spans = decode.string_spans(read, tensor)
    assert [read.data[at : at + size] for at, size in spans] == blobs


layers = st.builds(
    Layer, names, names, st.integers(1, 9), st.tuples(st.integers(1, 9), st.integers(1, 9))
)


@given(st.lists(layers, min_size=1, max_size=5), st.data())
def test_models(found: list[Layer], data: st.DataObject) -> None:
    leaves = [Node(x.name, x.type, layer=i) for i, x in enumerate(found)]
    cut = data.draw(st.integers(0, len(leaves)))
    root = Node("", "Net", (Node("a", "Block", tuple(leaves[:cut])), *leaves[cut:]))
    positions = st.integers(0, len(found) - 1)
    edges = data.draw(st.lists(st.tuples(positions, positions), max_size=5).map(tuple))
    model = Model(tuple(found), root, edges)
    payload = encode_model(model)
    assert decode_model(Bytes(payload), skim(payload, b"", b"")) == model
    assert [node.layer for node in root.walk() if node.layer is not None] == root.layers()


@given(
    st.builds(
        Session,
        id=names,
        started=st.floats(0, 1e12),
        writer=names,
        purge_step=st.none() | st.integers(),
    )
)
def test_sessions(session: Session) -> None:
    payload = encode_session(session)
    assert decode_session(Bytes(payload), skim(payload, b"", b"")) == session


def test_a_newer_format_says_what_to_do() -> None:
    payload = encode_session(Session("id", 0.0, "later", format_version=2))
    with pytest.raises(decode.DecodeError, match="upgrade tensorboard-plugin-deeptracker"):
        decode_session(Bytes(payload), skim(payload, b"", b""))


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_frames_are_tensorboards(tmp_path_factory: pytest.TempPathFactory, payloads: Any) -> None:
    path = tmp_path_factory.mktemp("frames") / "file"
    path.write_bytes(b"".join(map(tfrecord.frame, payloads)))
    assert list(RawEventFileLoader(str(path)).Load()) == payloads
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for payload in payloads:
            writer.write(payload)
    assert path.read_bytes() == b"".join(map(tfrecord.frame, payloads))


@given(st.binary(max_size=100), st.integers(0, 8 * 12 - 1))
def test_a_damaged_header_is_seen(payload: bytes, bit: int) -> None:
    header = bytearray(tfrecord.frame(payload)[: tfrecord.HEADER.size])
    assert tfrecord.payload_length(bytes(header)) == len(payload)
    header[bit // 8] ^= 1 << bit % 8
    assert tfrecord.payload_length(bytes(header)) is None


def test_a_skim_reads_little_of_a_record() -> None:
    payload = encode_dump(1, np.zeros((6, 27_560), np.float32), np.zeros((23, 75), np.float32))
    read = Bytes(payload)
    record = decode.skim(read, 0, len(payload))
    assert read.reads <= 6
    assert read.bytes <= 6 * 512
    tensor = record.tensors[FILTERS_TAG]
    assert tensor.shape == (6, 27_560)
    assert payload[tensor.offset : tensor.offset + tensor.size] == bytes(tensor.size)


PAYLOADS = [
    encode_session(Session("id", 1.5, "tests", 3)),
    encode_model(
        Model(
            (Layer("a", "Linear", 2, (2, 3)),),
            Node("", "Net", (Node("a", "Linear", layer=0),)),
        )
    ),
    encode_image_set(ImageSet(("a", "b"), np.array([0, 1], np.int32), ("x", "y"))),
    encode_thumbnails([0, 1], [b"first", b"second"]),
    encode_dump(7, np.ones((2, 3), np.float32), np.ones((2, 2), np.float32)),
    encode_validation(7, np.array([0, -1, 1]), 2),
    encode_validation(7, np.arange(2), 2, choices=choices_of(np.eye(2), np.arange(2))),
]
READERS = (decode_session, decode_model, decode_image_set)


def read_all(data: bytes) -> None:
    """Reads a payload in every way there is; only a DecodeError may come out."""
    read = Bytes(data)
    record = None
    with contextlib.suppress(decode.DecodeError):
        record = decode.skim(read, 0, len(data))
    # Every field is at least two bytes, and costs a read at most.
    assert read.reads <= len(data) + 2
    if record is None:
        return
    ways = [
        partial(way, read, tensor)
        for tensor in record.tensors.values()
        for way in (decode.array, decode.strings, decode.string_spans)
    ]
    for attempt in (*ways, *(partial(reader, read, record) for reader in READERS)):
        with contextlib.suppress(decode.DecodeError):
            attempt()


@settings(max_examples=400)
@given(st.sampled_from(PAYLOADS), st.data())
def test_damaged_records_are_only_ever_a_decode_error(payload: bytes, data: st.DataObject) -> None:
    damaged = bytearray(payload)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    read_all(bytes(damaged))
    read_all(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))


@settings(max_examples=400)
@given(st.binary(max_size=300))
def test_any_bytes_are_only_ever_a_decode_error(data: bytes) -> None:
    read_all(data)


def field(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field of fewer than 16,384 bytes."""
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return bytes([number << 3 | 2]) + length + content


def varint(value: int) -> bytes:
    encoded = b""
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


def tensor_event(tensor: bytes) -> bytes:
    return field(5, field(1, field(1, b"deeptracker/filters") + field(8, tensor)))


def shape(*sizes: int) -> bytes:
    return field(2, b"".join(field(2, b"\x08" + varint(size)) for size in sizes))


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (b"\x08\x01" + shape(2) + field(4, b"1234567"), "has 7 bytes"),
        (b"\x08\x01" + shape(2**62, 4, 2**62) + field(4, b"1234"), "impossible shape"),
        (b"\x08\x01" + shape(2**64 - 1) + field(4, b"1234"), "impossible shape"),
        (b"\x08\x02" + shape(1) + field(4, b"12345678"), "unknown type 2"),
        (b"\x08\x01" + shape(0, 2**63), "impossible shape"),
        (b"\x08\x07" + shape(2**20), "expected 1048576 strings, found 0"),
        (b"\x08\x07" + shape(2**40), "1099511627776 strings in one tensor are more than"),
        (b"\x08\x07" + shape(*[2] * 300), "impossible shape"),
        (b"\x08\x01" + shape(*[1] * 300) + field(4, b"1234"), "impossible shape"),
        (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "without an end"),
        (b"\x0b", "unknown wire type 3"),
        (b"\x22\xff\xff\x03", "longer than the message"),
    ],
)  # fmt: skip
def test_hostile_tensors(tensor: bytes, message: str) -> None:
    payload = tensor_event(tensor)
    read = Bytes(payload)

    def read_tensor() -> None:
        (found,) = decode.skim(read, 0, len(payload)).tensors.values()
        (decode.strings if found.dtype is None else decode.array)(read, found)

    with pytest.raises(decode.DecodeError, match=message):
        read_tensor()
    read_all(payload)


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"{}",
        b"not json",
        b"[" * 100_000,
        b'{"id":1,"started":"x","writer":1,"purge_step":[],"format_version":"1"}',
        b'{"id":1,"started":1e999,"writer":1,"purge_step":1e999,"format_version":1e999}',
        b'{"id":1,"started":1,"writer":1,"purge_step":NaN,"format_version":NaN}',
        b'{"layers":[],"modules":{},"edges":[],"measures":[],"statistics":[]}',
        b'{"layers":{},"modules":[],"edges":0,"measures":0,"statistics":0}',
        b'{"layers":[],"modules":{"name":1,"type":1,"layer":0},"edges":[],"measures":[],"statistics":[]}',
        b'{"layers":[],"modules":'
        + b'{"name":"","type":"","children":[' * 5000
        + b"]}" * 5000
        + b',"edges":[],"measures":[],"statistics":[]}',
        b'{"layers":[{"name":"","type":"","filters":-1,"weight_shape":[]}],"modules":{},"edges":[],"measures":[],"statistics":[]}',
        b'{"layers":[],"modules":{"name":"","type":""},"edges":[[0,0]],"measures":[],"statistics":[]}',
        b'{"layers":[],"modules":{"name":"","type":""},"edges":[],"measures":[],"statistics":[],"kernels":0}',
        b'{"layer":"conv1","filter":"first"}',
        b"\xff\xfe",
    ],
)  # fmt: skip
@pytest.mark.parametrize("tag", [SESSION.tag, MODEL.tag, NON_FINITE_TAG])
def test_hostile_json(tag: str, text: bytes) -> None:
    value = Event()
    added = value.summary.value.add(tag=tag)
    added.tensor.dtype = 7
    added.tensor.tensor_shape.dim.add(size=1)
    added.tensor.string_val.append(text)
    payload = value.SerializeToString()
    readers: dict[str, Callable[[decode.Read, decode.Skim], Any]] = {
        SESSION.tag: decode_session,
        MODEL.tag: decode_model,
        NON_FINITE_TAG: decode_first_non_finite,
    }
    with pytest.raises(decode.DecodeError):
        readers[tag](Bytes(payload), skim(payload, b"", b""))


def test_a_wrong_number_of_images_is_refused() -> None:
    with pytest.raises(ValueError, match="2 rows for 1 images"):
        encode_thumbnails([0, 1], [b""])


def test_the_marker_is_a_summary_of_our_plugin() -> None:
    (value,) = encode.marker().value
    assert (value.tag, value.metadata.plugin_data.plugin_name) == ("deeptracker", "deeptracker")
    assert tensor_util.make_ndarray(value.tensor).shape == (1,)
