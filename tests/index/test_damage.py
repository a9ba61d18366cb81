"""A log that was damaged in any way: all that is intact is served, and nothing else."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from werkzeug.datastructures import MultiDict

from tensorboard_plugin_deeptracker.compute.errors import NotFoundError
from tensorboard_plugin_deeptracker.events import tfrecord
from tensorboard_plugin_deeptracker.features import routes
from tensorboard_plugin_deeptracker.features.images.compute import read_thumbnail
from tensorboard_plugin_deeptracker.features.images.records import (
    IMAGE_SETS,
    THUMBNAILS,
    VALIDATION,
)
from tensorboard_plugin_deeptracker.features.layers.records import (
    DUMPS,
    FILTERS_TAG,
    MODEL,
    STATISTICS_TAG,
    encode_dump,
)
from tensorboard_plugin_deeptracker.features.validation.records import (
    PREDICTED_TAG,
    VALIDATIONS,
    encode_validation,
)
from tensorboard_plugin_deeptracker.http.answers import Answer, File
from tensorboard_plugin_deeptracker.index.reading import columns
from tensorboard_plugin_deeptracker.index.run import Snapshot
from tests.conftest import SEARCHES
from tests.logs import SessionLog, open_run, png, random_dump, small_model, small_validation_set

MUTATIONS, PARTS = 2000 if SEARCHES else 800, 8
NETWORK = small_model(3, 2)
IMAGES = small_validation_set(2, 2)
STEPS = range(0, 12, 2)
ROUTES = {route.path: route for route in routes()}
QUERIES: dict[str, dict[str, Any]] = {
    "/run": {},
    "/error_rates": {},
    "/layer_stat": {"layer": "stem", "stat": "weight_mean"},
    "/layer_stats": {"stat": "weight_max"},
    "/layer_filter": {"layer": "stem", "measure": "change", "normalize": "filter", "max_rows": 2},
    "/iteration_filter": {"step": 4, "measure": "change", "top_k": 3},
    "/class_stat": {"class": "class 0", "window": 1},
    "/class_image": {"class": "class 1"},
    "/clusters": {"k": 2},
    "/anomalies": {"window": 1, "min_score": 0},
    "/correlation": {
        "window": 1,
        "min_score": 0,
        "top_k": 2,
        "measure": "change",
        "min_appearances": 1,
    },
    "/image": {"id": 98},
}


def predicted(step: int) -> list[int]:
    return [step % 3 % 2, step // 2 % 2, 1, step % 5 % 2]


def write(run: Path) -> SessionLog:
    with SessionLog(run) as log:
        log.model(NETWORK)
        log.validation_set(IMAGES)
        for row in range(4):
            log.images([row], [png(row)])
        for step in STEPS:
            log.dump(step, *random_dump(NETWORK, step))
            log.validation(step, predicted(step), 2)
    return log


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The log after one or two accidents."""
    for _ in range(rng.choice([1, 1, 2])):
        size = min(rng.choice([1, 4, 64, 512, 2000]), len(data) // 3)
        at = rng.randrange(len(data) - 2 * size)
        block = data[at : at + size]
        match rng.randrange(8):
            case 0:  # A flipped bit.
                data = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
            case 1:  # Cut off.
                data = data[: rng.randrange(len(data) // 2, len(data))]
            case 2:  # Zeros.
                data = data[:at] + bytes(size) + data[at + size :]
            case 3:  # Two blocks swapped.
                then = rng.randrange(at + size, len(data) - size + 1)
                other = data[then : then + size]
                data = data[:at] + other + data[at + size : then] + block + data[then + size :]
            case 4:  # Doubled.
                data = data[: at + size] + data[at:]
            case 5:  # Dropped.
                data = data[:at] + data[at + size :]
            case 6:  # Noise.
                data = data[:at] + rng.randbytes(size) + data[at + size :]
            case 7:  # A giant length, with a checksum that agrees.
                header = tfrecord.header(rng.choice([2**63, 2**40, 2**31, len(data), 5000]))
                data = data[:at] + header + data[at + len(header) :]
    return data


@pytest.mark.parametrize("part", range(PARTS))
def test_any_damage(tmp_path: Path, part: int) -> None:
    log = write(tmp_path)
    data = log.path.read_bytes()
    ends = [*log.offsets[1:], len(data)]
    frames = [data[start:end] for start, end in zip(log.offsets, ends, strict=True)]
    for seed in range(part, MUTATIONS, PARTS):
        damaged = mutated(data, random.Random(seed))
        log.path.write_bytes(damaged)
        run = open_run(tmp_path)
        run.refresh(float("inf"))
        run.refresh(float("inf"))  # What is cut off may be being written at the first look.
        try:
            check(run.snapshot, damaged, frames)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error


def check(snapshot: Snapshot, damaged: bytes, frames: list[bytes]) -> None:
    places = [damaged.find(frame) for frame in frames]
    model, images = places[1], places[2]
    # Without the model before it, a dump has no meaning.
    expected = {(i - 7) // 2 * 2: i for i in range(7, len(frames), 2) if places[i] > model >= 0}
    dumps = set(snapshot.steps(DUMPS).tolist())
    assert expected.keys() <= dumps <= set(STEPS)
    validations = set(snapshot.steps(VALIDATIONS).tolist())
    assert (
        {(i - 8) // 2 * 2 for i in range(8, len(frames), 2) if places[i] > images >= 0}
        <= validations
        <= set(STEPS)
    )
    nothing_else(snapshot)
    for row in range(4):
        found = None
        if snapshot.of(IMAGE_SETS):
            found = read_thumbnail(snapshot, VALIDATION, 4, row, 1 << 20)
        assert found in (None, png(row))
        assert found is not None or not places[3 + row] > images >= 0
    rest = damaged
    for frame in frames:
        rest = rest.replace(frame, b"")
    assert snapshot.problems or not rest
    for problem in snapshot.problems:
        assert 0 <= problem.offset <= len(damaged)
    for path, query in QUERIES.items():
        ask(snapshot, path, query)


def nothing_else(snapshot: Snapshot) -> None:
    """All values that are served were logged at their step."""
    assert snapshot.of(MODEL) in (None, NETWORK)
    nodes = sum(1 for _ in NETWORK.root.walk())
    sizes = {
        FILTERS_TAG: len(NETWORK.measures) * NETWORK.filters,
        STATISTICS_TAG: len(NETWORK.statistics) * nodes,
    }
    for place, (tag, size) in enumerate(sizes.items()):
        values = columns(snapshot.of(DUMPS), tag, 0, size)
        for step, own in zip(snapshot.steps(DUMPS).tolist(), values, strict=True):
            np.testing.assert_array_equal(own, random_dump(NETWORK, step)[place].ravel())
    results = columns(snapshot.of(VALIDATIONS), PREDICTED_TAG, 0, 4)
    for step, own in zip(snapshot.steps(VALIDATIONS).tolist(), results, strict=True):
        assert own.tolist() == predicted(step)


def ask(snapshot: Snapshot, path: str, query: dict[str, Any]) -> None:
    """A route answers, or says what is not there."""
    args = MultiDict({name: str(value) for name, value in query.items()})
    try:
        route = ROUTES[path]
        answer = route.answer(snapshot, route.params(args))
    except NotFoundError:
        return
    if path == "/run":
        assert isinstance(answer, Answer)
        told = answer.fields["problems"]
        assert len(told) == len(snapshot.problems)
        json.dumps(told)
    assert isinstance(answer, (Answer, File))


def snapshot_of(path: Path) -> Snapshot:
    run = open_run(path)
    run.refresh(float("inf"))
    return run.snapshot


def test_what_lies_within_an_intact_record_is_none(tmp_path: Path) -> None:
    record = tfrecord.frame(encode_dump(9, *random_dump(NETWORK, 9)))
    with SessionLog(tmp_path) as log:
        log.model(NETWORK)
        log.validation_set(IMAGES)
        log.images([0], [png(0) + record])
        log.dump(1, *random_dump(NETWORK, 1))
    snapshot = snapshot_of(tmp_path)
    assert snapshot.steps(DUMPS).tolist() == [1]
    assert (len(snapshot.of(THUMBNAILS)), snapshot.problems) == (1, ())


def test_what_lies_within_a_damaged_record_is_found(tmp_path: Path) -> None:
    """Here in one that is framed like those before and behind it."""
    large = small_model(100)
    validation = tfrecord.frame(encode_validation(7, np.zeros(4, np.int64), 2))
    with SessionLog(tmp_path) as log:
        log.model(large)
        log.validation_set(IMAGES)
        for step in range(1, 6):
            log.dump(step, *random_dump(large, step))
    data = log.path.read_bytes()
    hurt, at = log.offsets[-3], log.offsets[-3] + 400
    log.path.write_bytes(data[:at] + validation + data[at + len(validation) :])
    snapshot = snapshot_of(tmp_path)
    assert snapshot.steps(DUMPS).tolist() == [1, 2, 4, 5]
    assert snapshot.steps(VALIDATIONS).tolist() == [7]
    assert [problem.offset for problem in snapshot.problems] == [hurt, at + len(validation)]


def test_a_session_whose_record_is_damaged_keeps_its_place(tmp_path: Path) -> None:
    """The next record says when it was."""
    with SessionLog(tmp_path, "first") as log:
        log.model(NETWORK)
        for step in range(4):
            log.dump(step, *random_dump(NETWORK, 100 + step))
    with SessionLog(tmp_path, "second", started=2.0) as log:
        log.model(NETWORK)
        for step in range(2, 6):
            log.dump(step, *random_dump(NETWORK, step))
    data = log.path.read_bytes()
    for at in range(log.offsets[1]):
        log.path.write_bytes(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :])
        snapshot = snapshot_of(tmp_path)
        assert snapshot.steps(DUMPS).tolist() == [0, 1, 2, 3, 4, 5], at
        assert {record.file.path for record in snapshot.of(DUMPS)[2:]} == {log.path}
