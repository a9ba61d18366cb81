"""Logs that are meant to harm, with valid checksums: little memory, a clear message."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tensorboard_plugin_deeptracker.events import encode
from tensorboard_plugin_deeptracker.features.images.records import (
    CLASSES_TAG,
    IDS_TAG,
    LABELS_TAG,
    THUMBNAIL_ROWS_TAG,
    THUMBNAILS_TAG,
    ImageSet,
)
from tensorboard_plugin_deeptracker.features.layers.records import MODEL
from tensorboard_plugin_deeptracker.features.validation.records import encode_validation
from tests.forks import ROOT, server
from tests.logs import (
    SessionLog,
    small_model,
    small_validation_set,
    write_small_run,
)

# Of memory beyond what an ordinary log takes; every log here claims far more.
BUDGET = 1 << 30

Write = Callable[[SessionLog], None]
LOGS: dict[str, tuple[Write, str]] = {}


def hostile(message: str) -> Callable[[Write], Write]:
    """A log, and what the run's problems say of it."""

    def keep(write: Write) -> Write:
        LOGS[write.__name__] = write, message
        return write

    return keep


def structure(**change: Any) -> bytes:
    """A model's record with other JSON in it."""
    return raw({MODEL.tag: {**small_model(3, 2).to_json(), **change}})


def raw(texts: dict[str, Any], step: int = 0) -> bytes:
    """A record of JSON under any tags."""
    return encode.event({tag: encode.json_text(data) for tag, data in texts.items()}, step)


def strings(tag: str, count: int, text: bytes = b"") -> Any:
    return {tag: encode.strings([text] * count)}


def claimed(tag: str, *shape: int) -> dict[str, Any]:
    """A tensor of strings that is not there."""
    tensor = encode.strings([])
    tensor.tensor_shape.CopyFrom(encode._shape(shape))
    return {tag: tensor}


@hostile("filters are more than")
def filters_without_end(log: SessionLog) -> None:
    log.append(structure(layers=[layer("stem", 2**40, [1])]))


@hostile("whole number of at most")
def numbers_without_end(log: SessionLog) -> None:
    log.append(structure(layers=[layer("stem", 1, [10**1000])]))


@hostile("")
def as_many_filters_as_may_be(log: SessionLog) -> None:
    log.append(structure(layers=[layer("stem", 2**25, [2**25, 1])], edges=[], modules=leaf(0)))


@hostile("no filters' images")
def kernels_without_end(log: SessionLog) -> None:
    log.append(structure(layers=[layer("stem", 3, [3, 2**20, 2**20, 2**20])], edges=[], kernels=0))


@hostile("deep")
def modules_nested_deep(log: SessionLog) -> None:
    tree = leaf(0)
    for i in range(200):
        tree = {"name": str(i), "type": "Block", "children": [tree]}
    log.append(structure(modules=tree))


@hostile("no JSON")
def brackets_nested_deeper(log: SessionLog) -> None:
    text = b'{"modules":' + b"[" * 10**6 + b"]" * 10**6 + b"}"
    log.append(encode.event({MODEL.tag: encode.strings([text])}))


@hostile("not a model record")
def a_tree_that_is_none(log: SessionLog) -> None:
    log.append(structure(modules=[[]]))


@hostile("")
def a_million_modules(log: SessionLog) -> None:
    children = [{"name": "", "type": "", "layer": 0}] * 400_000
    log.append(structure(modules={"name": "", "type": "Net", "children": children}))


@hostile("bytes, more than")
def json_without_end(log: SessionLog) -> None:
    text = b"[" + b"{}," * (8 << 20) + b"{}]"
    log.append(encode.event({MODEL.tag: encode.strings([b'{"layers":' + text + b"}"])}))


@hostile("that describes the run")
def a_record_larger_than_memory(log: SessionLog) -> None:
    text = b" " * (100 << 20)
    log.append(encode.event({MODEL.tag: encode.strings([text])}))


@hostile("classes are more than")
def classes_without_end(log: SessionLog) -> None:
    empty = small_validation_set()
    names = strings(CLASSES_TAG, 2**20 + 1)
    tensors = {
        LABELS_TAG: encode.array(empty.labels),
        IDS_TAG: encode.array(empty.ids),  # type: ignore[arg-type]
    }
    log.append(encode.event({**names, **tensors}))


@hostile("strings in one tensor")
def names_that_are_not_there(log: SessionLog) -> None:
    one = small_validation_set(1)
    tensors = {
        LABELS_TAG: encode.array(one.labels),
        IDS_TAG: encode.array(one.ids),  # type: ignore[arg-type]
    }
    log.append(encode.event({**claimed(CLASSES_TAG, 2**47), **tensors}))


@hostile("ids of type")
def ids_that_are_none(log: SessionLog) -> None:
    one = small_validation_set(2, 2)
    tensors = {
        LABELS_TAG: encode.array(one.labels),
        IDS_TAG: encode.array(np.ones((4, 4), np.float32)),
    }
    log.append(encode.event({**strings(CLASSES_TAG, 2, b"a"), **tensors}))


@hostile("")
def many_classes_at_many_validations(log: SessionLog) -> None:
    names = tuple(map(str, range(200_000)))
    log.validation_set(ImageSet(names, np.zeros(1, np.int32), np.zeros(1, np.int64)))
    for step in range(1000):
        log.validation(step, [0], 2)


@hostile("not one axis")
def images_without_a_row(log: SessionLog) -> None:
    log.validation_set(small_validation_set(2))
    rows = encode.array(np.array(0, np.int32))
    log.append(
        encode.event({THUMBNAIL_ROWS_TAG: rows, **claimed(THUMBNAILS_TAG)}),
    )


@hostile("")
def images_that_are_not_there(log: SessionLog) -> None:
    log.validation_set(small_validation_set(2))
    rows = encode.array(np.arange(2, dtype=np.int32))
    log.append(encode.event({THUMBNAIL_ROWS_TAG: rows, **claimed(THUMBNAILS_TAG, 2)}))


@hostile("tensors in one record")
def a_record_of_many_tensors(log: SessionLog) -> None:
    log.append(raw({str(i): 0 for i in range(50_000)}))


@hostile("impossible shape")
def a_shape_of_many_axes(log: SessionLog) -> None:
    log.append(encode.event(claimed("x", *[1] * 100_000)))


@hostile("and 19000 more from here on")
def many_records_that_are_refused(log: SessionLog) -> None:
    for _ in range(20_000):
        log.append(encode_validation(1, np.zeros(1, np.int64), 2))


@hostile("")
def names_of_all_kinds(log: SessionLog) -> None:
    names = ["\ud800", "<script>alert(1)</script>", "\0\x1b[31m\r\n", "\u202egnp.exe", "n" * 10_000]
    layers = [layer(name, 1, [1]) for name in names]
    children = [{"name": name, "type": name, "layer": i} for i, name in enumerate(names)]
    log.append(
        structure(
            layers=layers, modules={"name": "", "type": "Net", "children": children}, edges=[]
        )
    )
    images = small_validation_set(1, 1, 1, 1)
    log.validation_set(replace(images, class_names=tuple(names[1:])))


def layer(name: str, filters: int, shape: list[int]) -> dict[str, Any]:
    return {"name": name, "type": "Conv2d", "filters": filters, "weight_shape": shape}


def leaf(position: int) -> dict[str, Any]:
    return {"name": "stem", "type": "Conv2d", "layer": position}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What little memory is enough for: every hostile log beside a good one, and every route."""
    directory = tmp_path_factory.mktemp("hostile")
    write_small_run(directory / "warm")
    write_small_run(directory / "logs" / "good")
    for name, (write, _) in LOGS.items():
        with SessionLog(directory / "logs" / name) as log:
            write(log)
    done = server("torch").run(["-m", "tests.http.hostile", directory, str(BUDGET)], cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", LOGS)
def test_it_is_told_and_never_fails(answers: Any, name: str) -> None:
    answer = answers[name]
    assert set(answer["statuses"].values()) <= {200, 400, 404}
    message = LOGS[name][1]
    reasons = [problem["reason"] for problem in answer["problems"] or ()]
    assert any(message in reason for reason in reasons) if message else reasons == []
    assert all(len(reason) < 500 for reason in reasons)


def test_other_runs_go_on(answers: Any) -> None:
    assert set(answers["good"]["statuses"].values()) <= {200, 404}
    assert answers["good"]["problems"] == []
