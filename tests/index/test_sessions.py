"""What the sessions of a run have in common, and what of one the later ones leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.events.kinds import Series
from tensorboard_plugin_deeptracker.features.images.records import (
    IMAGE_SETS,
    THUMBNAILS,
    VALIDATION,
    ImageSet,
    same_rows,
)
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, FILTERS_TAG, MODEL
from tensorboard_plugin_deeptracker.features.validation.records import PREDICTED_TAG, VALIDATIONS
from tensorboard_plugin_deeptracker.index.reading import columns
from tensorboard_plugin_deeptracker.index.run import Snapshot
from tests.conftest import SEARCHES
from tests.logs import (
    SessionLog,
    damage,
    open_run,
    png,
    random_dump,
    small_model,
    small_validation_set,
)

MODELS = [small_model(3, 2), small_model(2, 3)]
IMAGES = [small_validation_set(2, 2), small_validation_set(1, 3)]


@dataclass(frozen=True)
class Planned:
    """A session as it is to be logged: steps of dumps and of validations, and which are damaged."""

    name: str
    kind: int
    purge_step: int | None
    dumps: list[tuple[int, bool]]
    validations: list[tuple[int, bool]]


steps = st.lists(st.tuples(st.integers(0, 9), st.sampled_from([False] * 4 + [True])), max_size=4)
sessions = st.lists(
    st.builds(
        Planned,
        name=st.uuids().map(str),
        # Mostly the same model and validation set.
        kind=st.sampled_from([0, 0, 0, 1]),
        purge_step=st.none() | st.none() | st.integers(0, 9),
        dumps=st.just([]) | steps,
        validations=steps,
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda planned: planned.name,
)


def write(run: Path, planned: list[Planned]) -> None:
    """Logs the sessions; the first value of a record says where it is from."""
    for i, session in enumerate(planned):
        model = MODELS[session.kind]
        with SessionLog(run, session.name, 10.0 + i, session.purge_step) as log:
            log.model(model)
            log.validation_set(IMAGES[session.kind])
            log.images([0], [png(i)])
            for position, (step, _) in enumerate(session.dumps):
                filters, statistics = random_dump(model, 0)
                filters[0, 0] = 10 * i + position
                log.dump(step, filters, statistics)
            for position, (step, _) in enumerate(session.validations):
                log.validation(step, [10 * i + position, 1, 1, 0], 100)
        records = enumerate([*session.dumps, *session.validations])
        damage(log.path, *(4 + position for position, (_, hurt) in records if hurt))


@dataclass
class Expected:
    """What is to be made of records of one kind, by plain loops.

    Attributes:
        kept: Step and origin of those that are left, by the kind of session.
        hidden: How many are not, but for those that the user has said are void.
    """

    kept: dict[int, list[tuple[int, int]]]
    hidden: int = 0


def what_remains(
    planned: list[Planned], own: Callable[[Planned], list[tuple[int, bool]]]
) -> Expected:
    found = Expected({0: [], 1: []})
    for i, session in enumerate(planned):
        for position, (step, hurt) in enumerate(own(session)):
            if hurt:
                continue
            again = [other for other, hurt_too in own(session)[position + 1 :] if not hurt_too]
            hidden, void = step in again, False
            for later in planned[i + 1 :]:
                void |= later.purge_step is not None and step >= later.purge_step
                logged = [other for other, hurt_too in own(later) if not hurt_too]
                if later.purge_step is not None or any(not hurt_too for _, hurt_too in later.dumps):
                    hidden |= any(step >= other for other in logged)
                elif later.kind == session.kind:
                    hidden |= step in logged
            if void and step not in again:
                continue
            if hidden:
                found.hidden += 1
            else:
                found.kept[session.kind].append((step, 10 * i + position))
    for kept in found.kept.values():
        kept.sort()
    return found


def having_the_name(planned: list[Planned], counts: dict[int, int]) -> int:
    """Which kind of session has the name: that with most records, of equals the later."""
    return max((session.kind for session in reversed(planned)), key=lambda kind: counts[kind])


def shown(
    snapshot: Snapshot, kind: Series[Any], key: str | None, tag: str
) -> list[tuple[int, int]]:
    records = snapshot.of(kind, key)
    origins = columns(records, tag, 0, 1)[:, 0].tolist()
    return list(zip(snapshot.steps(kind, key).tolist(), map(int, origins), strict=True))


@settings(max_examples=300 if SEARCHES else 100)
@given(sessions)
def test_what_later_sessions_leave(planned: list[Planned]) -> None:
    dumps = what_remains(planned, lambda session: session.dumps)
    validations = what_remains(planned, lambda session: session.validations)
    with TemporaryDirectory() as directory:
        write(Path(directory), planned)
        run = open_run(Path(directory), "the run")
        run.refresh(float("inf"))
        snapshot = run.snapshot
        dumped = shown(snapshot, DUMPS, None, FILTERS_TAG)
        sets = snapshot.keys(IMAGE_SETS)
        validated = {key: shown(snapshot, VALIDATIONS, key, PREDICTED_TAG) for key in sets}
        images = {
            key: [record.file.path.name for record in snapshot.of(THUMBNAILS, key)] for key in sets
        }
    # Of models, the latest that was dumped.
    model = having_the_name(planned, {kind: bool(own) for kind, own in dumps.kept.items()})
    assert (snapshot.of(MODEL), snapshot.name) == (MODELS[model], "the run")
    assert dumped == dumps.kept[model]
    # All image sets that were evaluated.
    usual = having_the_name(planned, {kind: len(own) for kind, own in validations.kept.items()})
    for kind, kept in validations.kept.items():
        of_kind = [session for session in planned if session.kind == kind]
        if kept or kind == usual:
            number = list(dict.fromkeys(session.kind for session in planned)).index(kind) + 1
            key = VALIDATION if kind == usual else f"{VALIDATION} ({number})"
            assert validated.pop(key) == kept
            assert same_rows(snapshot.structures[IMAGE_SETS, key], IMAGES[kind])
            assert images[key] == [f"{session.name}.deeptracker" for session in of_kind]
    assert validated == {}
    # Everything else is counted.
    hidden = dumps.hidden + validations.hidden
    hidden += sum(len(kept) for kind, kept in dumps.kept.items() if kind != model)
    hidden += sum(len(kept) for kind, kept in validations.kept.items() if kind != usual)
    assert sum(problem.hidden for problem in snapshot.problems) == hidden
    told = [(p.file, p.offset) for p in snapshot.problems]
    assert len(told) == len(set(told))
    assert run.counts == snapshot.counts


def evaluate(run: Path, number: int, steps: Iterable[int], images: ImageSet = IMAGES[0]) -> Path:
    """A session that only evaluates; returns its file."""
    with SessionLog(run, f"session {number}", float(number)) as log:
        log.validation_set(images)
        for step in steps:
            log.validation(step, [number] * len(images.labels), 100)
    return log.path


def validated(run: Path) -> list[tuple[int, int]]:
    """Step of each validation that is shown, and the number of its session."""
    return shown(open_run(run).snapshot, VALIDATIONS, None, PREDICTED_TAG)


def reasons(run: Path) -> list[tuple[int, str]]:
    """How many records are not shown, and why."""
    return [(problem.hidden, problem.reason) for problem in open_run(run).snapshot.problems]


def test_checkpoints_evaluated_out_of_order(tmp_path: Path) -> None:
    for number, step in enumerate((300, 100, 500, 200, 400)):
        evaluate(tmp_path, number, [step])
    assert validated(tmp_path) == [(100, 1), (200, 3), (300, 0), (400, 4), (500, 2)]
    assert reasons(tmp_path) == []


def test_one_step_evaluated_again(tmp_path: Path) -> None:
    evaluate(tmp_path, 0, range(100))
    evaluate(tmp_path, 1, [20])
    assert validated(tmp_path) == [(step, int(step == 20)) for step in range(100)]
    assert reasons(tmp_path) == [
        (1, "a validation at iteration 20: logged again later, in session 1.deeptracker")
    ]


def test_two_writers_in_turn(tmp_path: Path) -> None:
    evaluate(tmp_path, 0, range(0, 20, 2))
    evaluate(tmp_path, 1, range(1, 20, 2))
    assert validated(tmp_path) == [(step, step % 2) for step in range(20)]
    assert reasons(tmp_path) == []


def test_a_training_that_begins_again_replaces_the_one_before(tmp_path: Path) -> None:
    for number, last in enumerate((20, 5)):
        with SessionLog(tmp_path, f"session {number}", float(number)) as log:
            log.model(MODELS[0])
            log.validation_set(IMAGES[0])
            for step in range(last):
                log.dump(step, *random_dump(MODELS[0], step))
                log.validation(step, [number] * 4, 100)
    assert validated(tmp_path) == [(step, 1) for step in range(5)]
    assert open_run(tmp_path).snapshot.steps(DUMPS).tolist() == list(range(5))
    reason = (
        "replaced by the training that began later, at iteration 0, in session 1.deeptracker;"
        " log each training to a directory of its own to see both"
    )
    assert sorted(reasons(tmp_path)) == [
        (20, f"20 dumps at iterations 0 to 19: {reason}"),
        (20, f"20 validations at iterations 0 to 19: {reason}"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "session 0.old.deeptracker",
        "session 0_backup.deeptracker",
        "session 0 (conflicted copy 2026-11-28).deeptracker",
        "session 0.sync-conflict-20261128-101112-ABCDEFG.deeptracker",
        "a.deeptracker",
    ],
)
def test_stale_copies_of_a_session(tmp_path: Path, name: str) -> None:
    path = evaluate(tmp_path, 0, range(5))
    stale = path.read_bytes()
    path.unlink()
    evaluate(tmp_path, 0, range(20))
    path.with_name(name).write_bytes(stale)
    assert validated(tmp_path) == [(step, 0) for step in range(20)]
    assert reasons(tmp_path) == []


def test_of_copies_the_one_with_most_that_is_intact_counts(tmp_path: Path) -> None:
    path = evaluate(tmp_path, 0, range(4))
    copy = path.with_name("z copy.deeptracker")
    copy.write_bytes(path.read_bytes())
    damage_validation(path, 2)
    run = open_run(tmp_path)
    run.refresh(float("inf"))
    assert run.snapshot.steps(VALIDATIONS).tolist() == [0, 1, 2, 3]
    assert [(problem.file, problem.hidden) for problem in run.snapshot.problems] == [(path.name, 0)]


def test_what_only_another_copy_has_is_told(tmp_path: Path) -> None:
    path = evaluate(tmp_path, 0, range(5))
    stale = path.read_bytes()
    path.unlink()
    evaluate(tmp_path, 0, range(6))
    path.with_name("copy.deeptracker").write_bytes(stale)
    damage_validation(path, 3)
    run = open_run(tmp_path)
    run.refresh(float("inf"))
    assert run.snapshot.steps(VALIDATIONS).tolist() == [0, 1, 2, 4, 5]
    hidden, damaged = run.snapshot.problems
    assert (hidden.file, hidden.hidden, damaged.hidden) == ("copy.deeptracker", 1, 0)
    assert hidden.reason == (
        "a validation at iteration 3: only in this copy of a session, of which"
        " session 0.deeptracker holds more"
    )
    # But for what is damaged there too.
    damage_validation(path.with_name("copy.deeptracker"), 3)
    run = open_run(tmp_path)
    run.refresh(float("inf"))
    assert [problem.hidden for problem in run.snapshot.problems] == [0, 0]


def damage_validation(path: Path, validation: int) -> None:
    """Damages one of a session's validations."""
    damage(path, 2 + validation)


RENAMED = replace(IMAGES[0], class_names=("class 0", "class one"))
FEWER = small_validation_set(2, 1)


@pytest.mark.parametrize("other", [IMAGES[1], RENAMED, FEWER])
def test_image_sets_of_one_name_are_kept_apart(tmp_path: Path, other: ImageSet) -> None:
    """As when a test set is evaluated in the end, or a training resumed with other images."""
    evaluate(tmp_path, 0, range(20))
    evaluate(tmp_path, 1, [], other)
    assert validated(tmp_path) == [(step, 0) for step in range(20)]
    assert reasons(tmp_path) == []
    evaluate(tmp_path, 2, [19], other)
    assert validated(tmp_path) == [(step, 0) for step in range(20)]
    snapshot = open_run(tmp_path).snapshot
    assert snapshot.keys(IMAGE_SETS) == ["validation", "validation (2)"]
    assert snapshot.steps(VALIDATIONS, "validation (2)").tolist() == [19]
    assert reasons(tmp_path) == [
        (
            1,
            "a validation at iteration 19: of another image set under the same name; they are in"
            " 'validation (2)'",
        )
    ]
    # It has the name as soon as it has most validations.
    evaluate(tmp_path, 3, range(20, 39), other)
    snapshot = open_run(tmp_path).snapshot
    assert snapshot.keys(IMAGE_SETS) == ["validation", "validation (1)"]
    assert snapshot.steps(VALIDATIONS).tolist() == list(range(19, 39))
    assert snapshot.steps(VALIDATIONS, "validation (1)").tolist() == list(range(20))


def test_a_name_that_is_in_use_is_not_given_again(tmp_path: Path) -> None:
    evaluate(tmp_path, 0, range(3))
    with SessionLog(tmp_path, "other", 1.0) as log:
        for name in (VALIDATION, "validation (2)"):
            log.validation_set(IMAGES[1], name)
            log.validation(7, [0] * 4, 100, name)
    snapshot = open_run(tmp_path).snapshot
    assert snapshot.keys(IMAGE_SETS) == ["validation", "validation (2)", "validation (3)"]
    assert snapshot.steps(VALIDATIONS, "validation (3)").tolist() == [7]


def test_a_model_that_is_not_dumped_hides_none(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.model(MODELS[0])
        log.dump(0, *random_dump(MODELS[0], 0))
        log.dump(1, *random_dump(MODELS[0], 0))
    with SessionLog(tmp_path, "second", 2.0) as log:
        log.model(MODELS[1])
        snapshot = open_run(tmp_path).snapshot
        assert (snapshot.of(MODEL), len(snapshot.of(DUMPS))) == (MODELS[0], 2)
        log.dump(2, *random_dump(MODELS[1], 0))
    snapshot = open_run(tmp_path).snapshot
    assert (snapshot.of(MODEL), snapshot.steps(DUMPS).tolist()) == (MODELS[1], [2])
    assert reasons(tmp_path) == [
        (2, "2 dumps at iterations 0 to 1: of another model than later sessions have")
    ]
