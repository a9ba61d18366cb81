"""A log is followed while it grows, shrinks, breaks and disappears."""

from __future__ import annotations

import random
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.events import tfrecord
from tensorboard_plugin_deeptracker.features.images.records import THUMBNAILS
from tensorboard_plugin_deeptracker.features.layers.records import (
    DUMPS,
    FILTERS_TAG,
    MODEL,
    encode_dump,
)
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tensorboard_plugin_deeptracker.index.reading import columns
from tensorboard_plugin_deeptracker.index.record import DamagedRecordError
from tensorboard_plugin_deeptracker.index.run import Run, Snapshot
from tests.logs import (
    SessionLog,
    open_run,
    random_dump,
    small_model,
    small_validation_set,
    write_small_run,
)

NETWORK = small_model(3, 2)
EVERYTHING = float("inf")


def begin(run: Path, name: str = "first", started: float = 1.0) -> SessionLog:
    log = SessionLog(run, name, started)
    log.model(NETWORK)
    log.validation_set(small_validation_set(2, 2))
    return log


def followed(path: Path, verify: float = EVERYTHING) -> tuple[Run, Snapshot]:
    run = open_run(path)
    run.refresh(verify)
    return run, run.snapshot


def filters(snapshot: Snapshot) -> NDArray[np.float32]:
    size = len(NETWORK.measures) * NETWORK.filters
    return columns(snapshot.of(DUMPS), FILTERS_TAG, 0, size)


def served_as_logged(snapshot: Snapshot) -> list[int]:
    """Steps of the dumps, all of which hold what was logged at that step."""
    steps = snapshot.steps(DUMPS).tolist()
    for step, values in zip(steps, filters(snapshot), strict=True):
        np.testing.assert_array_equal(values, random_dump(NETWORK, step)[0].ravel())
    return list(steps)


def test_what_is_appended_is_seen(tmp_path: Path) -> None:
    log = begin(tmp_path)
    run, before = followed(tmp_path)
    for step in range(5):
        log.dump(step, *random_dump(NETWORK, step))
        run.refresh()
        assert served_as_logged(run.snapshot) == list(range(step + 1))
    assert before.of(DUMPS) == ()


def test_nothing_new_is_no_new_snapshot(tmp_path: Path) -> None:
    write_small_run(tmp_path)
    run, snapshot = followed(tmp_path)
    run.refresh(EVERYTHING)
    assert run.snapshot is snapshot


def test_a_record_is_read_once_it_is_whole(tmp_path: Path) -> None:
    log = begin(tmp_path)
    run, _ = followed(tmp_path)
    record = tfrecord.frame(encode_dump(7, *random_dump(NETWORK, 7)))
    # Cut within the length, its checksum, the payload, and the payload's checksum.
    cuts = [0, 3, 9, 12, 40, len(record) - 5, len(record) - 1, len(record)]
    for start, end in pairwise(cuts):
        assert run.snapshot.of(DUMPS) == ()
        log.write(record[start:end])
        run.refresh(EVERYTHING)
    assert served_as_logged(run.snapshot) == [7]
    assert run.snapshot.problems == ()


def test_a_record_that_nobody_finishes_is_told(tmp_path: Path) -> None:
    log = begin(tmp_path)
    log.dump(1, *random_dump(NETWORK, 1))
    end = log.path.stat().st_size
    record = tfrecord.frame(encode_dump(2, *random_dump(NETWORK, 2)))
    log.write(record[:-10])
    run, snapshot = followed(tmp_path)
    assert snapshot.problems == ()  # It may be being written just now.
    run.refresh()
    (problem,) = run.snapshot.problems
    assert (problem.file, problem.offset) == (log.path.name, end)
    assert served_as_logged(run.snapshot) == [1]
    for _ in range(3):  # It goes on being told, and is not read again.
        assert run.refresh() == (0, False)
    log.write(record[-10:])
    run.refresh()
    assert served_as_logged(run.snapshot) == [1, 2]
    assert run.snapshot.problems == ()


def test_zeros_where_a_file_has_just_grown_are_no_damage(tmp_path: Path) -> None:
    """On a network file system a record's end may show before its middle does."""
    log = begin(tmp_path)
    for step in range(1, 4):
        log.dump(step, *random_dump(NETWORK, step))
    data, hole = log.path.read_bytes(), log.path.stat().st_size - 150  # Within a tensor.
    log.path.write_bytes(data[:hole] + bytes(50) + data[hole + 50 :])
    run, snapshot = followed(tmp_path)
    assert served_as_logged(snapshot) == [1, 2]
    assert snapshot.problems == ()
    log.path.write_bytes(data)
    run.refresh(EVERYTHING)
    assert served_as_logged(run.snapshot) == [1, 2, 3]
    assert run.snapshot.problems == ()


def damage(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x10
    with path.open("r+b") as file:
        file.write(data)


@pytest.mark.parametrize("verify", [0, EVERYTHING])
def test_a_damaged_payload_is_never_served(tmp_path: Path, verify: float) -> None:
    with begin(tmp_path) as log:
        for step in range(5):
            log.dump(step, *random_dump(NETWORK, step))
    hurt = log.offsets[-3]
    damage(log.path, log.offsets[-2] - 30)
    run, snapshot = followed(tmp_path, verify)
    if not verify:
        assert len(snapshot.of(DUMPS)) == 5  # Nobody has looked at the payloads yet.
        with pytest.raises(DamagedRecordError):
            filters(snapshot)
        run.refresh(EVERYTHING)
    assert served_as_logged(run.snapshot) == [0, 1, 3, 4]
    (problem,) = run.snapshot.problems
    assert (problem.file, problem.offset) == (log.path.name, hurt + tfrecord.HEADER.size)


@pytest.mark.parametrize("byte", [0, 5, 8, 11])
def test_behind_a_damaged_length_reading_goes_on(tmp_path: Path, byte: int) -> None:
    with begin(tmp_path) as log:
        for step in range(5):
            log.dump(step, *random_dump(NETWORK, step))
    damage(log.path, log.offsets[-3] + byte)
    _, snapshot = followed(tmp_path)
    assert served_as_logged(snapshot) == [0, 1, 3, 4]
    (problem,) = snapshot.problems
    assert problem.offset == log.offsets[-3]


def test_rubbish_at_the_end_is_skipped_when_more_comes(tmp_path: Path) -> None:
    log = begin(tmp_path)
    log.dump(0, *random_dump(NETWORK, 0))
    log.write(bytes(5000))
    run, snapshot = followed(tmp_path)
    assert served_as_logged(snapshot) == [0]
    log.dump(1, *random_dump(NETWORK, 1))
    run.refresh()
    assert served_as_logged(run.snapshot) == [0, 1]
    (problem,) = run.snapshot.problems
    assert problem.reason.startswith("5000 bytes")


def test_a_file_of_rubbish_alone_is_told(tmp_path: Path) -> None:
    log = begin(tmp_path)
    (log.path.parent / "x.deeptracker").write_bytes(b"\x09" * 10_000)
    log.dump(0, *random_dump(NETWORK, 0))
    run, _ = followed(tmp_path)
    run.refresh()
    assert served_as_logged(run.snapshot) == [0]
    assert [problem.file for problem in run.snapshot.problems] == ["x.deeptracker"]


def test_a_lost_session_record_loses_nothing_else(tmp_path: Path) -> None:
    with begin(tmp_path) as log:
        log.dump(0, *random_dump(NETWORK, 0))
    damage(log.path, 30)
    _, snapshot = followed(tmp_path)
    assert served_as_logged(snapshot) == [0]
    assert len(snapshot.problems) == 1


def test_dumps_without_their_model_are_told_not_shown(tmp_path: Path) -> None:
    with begin(tmp_path) as log:
        log.dump(0, *random_dump(NETWORK, 0))
        log.validation(0, [0, 0, 0, 0], 2)
    damage(log.path, log.offsets[1] + 100)
    _, snapshot = followed(tmp_path)
    assert (snapshot.of(MODEL), snapshot.of(DUMPS)) == (None, ())
    assert len(snapshot.of(VALIDATIONS)) == 1
    assert [problem.offset for problem in snapshot.problems] == [
        log.offsets[i] + tfrecord.HEADER.size for i in (1, 3)
    ]


def test_a_newer_format_is_not_guessed_at(tmp_path: Path) -> None:
    with begin(tmp_path) as log:
        log.dump(0, *random_dump(NETWORK, 0))
    data = log.path.read_bytes()
    header = data[: tfrecord.HEADER.size]
    length = tfrecord.payload_length(header)
    assert length is not None
    payload = data[tfrecord.HEADER.size : tfrecord.HEADER.size + length]
    newer = payload.replace(b'"format_version":1', b'"format_version":9')
    assert newer != payload
    log.path.write_bytes(tfrecord.frame(newer) + data[length + tfrecord.OVERHEAD :])
    _, snapshot = followed(tmp_path)
    assert (snapshot.of(MODEL), snapshot.of(DUMPS)) == (None, ())
    (problem,) = snapshot.problems
    assert "upgrade tensorboard-plugin-deeptracker" in problem.reason


def test_records_that_do_not_fit_the_model_are_told(tmp_path: Path) -> None:
    filters, statistics = random_dump(NETWORK, 0)
    with begin(tmp_path) as log:
        log.dump(0, random_dump(small_model(3, 3), 0)[0], statistics)
        log.dump(0, filters, statistics[:, 1:])
        log.dump(0, filters, statistics, statistics)  # The model says of no layer's kernels.
        log.dump(1, *random_dump(NETWORK, 1))
        log.validation(1, [0, 1, 0], 2)
        log.images([0], [b"a"])
    _, snapshot = followed(tmp_path)
    assert served_as_logged(snapshot) == [1]
    assert snapshot.of(VALIDATIONS) == ()
    assert len(snapshot.of(THUMBNAILS)) == 1
    assert [problem.offset - tfrecord.HEADER.size for problem in snapshot.problems] == [
        log.offsets[i] for i in (3, 4, 5, 7)
    ]


def test_a_truncated_file_is_read_anew(tmp_path: Path) -> None:
    log = begin(tmp_path)
    for step in range(3):
        log.dump(step, *random_dump(NETWORK, step))
    run, snapshot = followed(tmp_path)
    with log.path.open("r+b") as file:
        file.truncate(log.offsets[-1])
    with pytest.raises(OSError, match="was replaced"):
        filters(snapshot)
    run.refresh()
    assert served_as_logged(run.snapshot) == [0, 1]


def test_a_file_that_took_the_place_of_another_is_read_anew(tmp_path: Path) -> None:
    with begin(tmp_path) as log:
        for step in range(3):
            log.dump(step, *random_dump(NETWORK, step))
    run, snapshot = followed(tmp_path)
    log.path.unlink()
    with begin(tmp_path, started=2.0) as log:
        for step in range(10, 16):
            log.dump(step, *random_dump(NETWORK, step))
    with pytest.raises(OSError, match="was replaced"):
        filters(snapshot)
    run.refresh()
    assert served_as_logged(run.snapshot) == list(range(10, 16))


def test_a_deleted_run_is_empty(tmp_path: Path) -> None:
    write_small_run(tmp_path / "run")
    run, snapshot = followed(tmp_path / "run")
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(OSError, match="No such file"):
        filters(snapshot)
    run.refresh()
    assert run.snapshot.of(DUMPS) == ()


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = begin(tmp_path)
    log.dump(0, *random_dump(NETWORK, 0))
    (log.path.parent / "x.deeptracker").write_bytes(b"")
    real = Path.open

    def refuse(path: Path, *args: object, **kwargs: object) -> object:
        if path.name == "x.deeptracker":
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    _, snapshot = followed(tmp_path)
    assert served_as_logged(snapshot) == [0]
    assert [problem.reason for problem in snapshot.problems] == [
        "cannot be read: Permission denied"
    ]


def test_a_second_process_may_log_validations(tmp_path: Path) -> None:
    weights, predictions = begin(tmp_path, "weights", 1.0), begin(tmp_path, "predictions", 2.0)
    run, _ = followed(tmp_path)
    for step in range(4):
        weights.dump(step, *random_dump(NETWORK, step))
        if step % 2:
            predictions.validation(step, [0, 0, 1, 1], 2)
        run.refresh()
    assert served_as_logged(run.snapshot) == [0, 1, 2, 3]
    assert run.snapshot.steps(VALIDATIONS).tolist() == [1, 3]


def test_another_model_replaces_the_first(tmp_path: Path) -> None:
    with begin(tmp_path) as log:
        log.dump(0, *random_dump(NETWORK, 0))
        log.validation(0, [0, 0, 1, 1], 2)
    other = small_model(4)
    with SessionLog(tmp_path, "second", 2.0) as second:
        second.model(other)
        second.dump(5, *random_dump(other, 5))
    _, snapshot = followed(tmp_path)
    assert snapshot.of(MODEL) == other
    assert snapshot.steps(DUMPS).tolist() == [5]
    assert snapshot.steps(VALIDATIONS).tolist() == [0]


def test_what_a_cut_off_record_hides_is_found(tmp_path: Path) -> None:
    """A record that lacks some bytes seems to reach beyond the end of the file."""
    with begin(tmp_path) as log:
        log.dump(0, *random_dump(NETWORK, 0))
        log.validation(0, [0, 0, 1, 1], 2)
    data = log.path.read_bytes()
    middle = (log.offsets[-2] + log.offsets[-1]) // 2
    log.path.write_bytes(data[: middle - 150] + data[middle + 150 :])
    run, _ = followed(tmp_path)
    run.refresh()
    assert run.snapshot.steps(VALIDATIONS).tolist() == [0]
    assert run.snapshot.of(DUMPS) == ()
    (problem,) = run.snapshot.problems
    assert problem.offset == log.offsets[-2]


@pytest.mark.parametrize("seed", range(40))
def test_any_damage_leaves_the_intact_records(tmp_path: Path, seed: int) -> None:
    with begin(tmp_path) as log:
        for step in range(12):
            log.dump(step, *random_dump(NETWORK, step))
    rng = random.Random(seed)
    data = bytearray(log.path.read_bytes())
    first = log.offsets[3]
    ends = [*log.offsets[4:], len(data)]
    start = rng.randrange(first, len(data))
    size = min(rng.choice([1, 1, 8, 100, 2000]), len(data) - start)
    match seed % 4:
        case 0:
            data[start : start + size] = rng.randbytes(size)
        case 1:
            data[start : start + size] = bytes(size)
        case 2:
            del data[start : start + size]
        case 3:
            data[start:start] = rng.randbytes(size)
    log.path.write_bytes(data)
    untouched = [
        step
        for step, (begins, end) in enumerate(zip(log.offsets[3:], ends, strict=True))
        if end <= start or begins >= start + (0 if seed % 4 == 3 else size)
    ]
    _, snapshot = followed(tmp_path)
    assert set(untouched) <= set(served_as_logged(snapshot))


def test_any_damage_to_the_framing_is_survived(tmp_path: Path) -> None:
    """Where a record's fields begin, a flipped bit makes other fields of it."""
    with begin(tmp_path) as log:
        for step in range(4):
            log.dump(step, *random_dump(NETWORK, step))
    data = log.path.read_bytes()
    rng = random.Random(0)
    for _ in range(300):
        record = rng.randrange(len(log.offsets))
        at = log.offsets[record] + rng.randrange(120)
        damaged = bytearray(data)
        damaged[at] ^= 1 << rng.randrange(8)
        log.path.write_bytes(damaged)
        run, _ = followed(tmp_path)
        run.refresh()
        assert len(run.snapshot.problems) > 0
        if record != 1:  # Without a model no dump can be shown.
            shown = {0, 1, 2, 3} - {record - 3}
            assert shown <= set(served_as_logged(run.snapshot))
