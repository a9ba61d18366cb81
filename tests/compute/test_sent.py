"""What is computed of a snapshot in the worker is the same as here, and is carried on here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tensorboard_plugin_deeptracker import features
from tensorboard_plugin_deeptracker.compute import sent
from tensorboard_plugin_deeptracker.compute.sent import of_snapshot
from tensorboard_plugin_deeptracker.compute.worker import Worker
from tensorboard_plugin_deeptracker.events.schema import LOG_DIRECTORY
from tensorboard_plugin_deeptracker.features.findings.compute import findings
from tensorboard_plugin_deeptracker.features.histories.compute import image_scores
from tensorboard_plugin_deeptracker.features.histories.compute.sums import Sums
from tensorboard_plugin_deeptracker.features.images.compute import image_set_of
from tensorboard_plugin_deeptracker.features.images.records import VALIDATION
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, MODEL
from tensorboard_plugin_deeptracker.features.signs.compute import signs
from tensorboard_plugin_deeptracker.features.signs.compute.layers import LayersCourse
from tensorboard_plugin_deeptracker.features.story.compute import story
from tensorboard_plugin_deeptracker.features.validation.compute import history, result_bits
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tensorboard_plugin_deeptracker.index.opening import open_reader
from tensorboard_plugin_deeptracker.index.run import Run, Snapshot, ask
from tests.compute import called
from tests.features.signs.test_watch import begin, write
from tests.logs import SessionLog, damage, open_run

ROWS = 24


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    one = Worker()
    one.start(*(module.__name__ for module in features.role("compute")))
    one.ready(None)
    yield one
    one.close()


@pytest.fixture
def noted(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the functions that are called in the worker."""
    names: list[str] = []

    class Noting:
        ready = staticmethod(worker.ready)

        @staticmethod
        def call(function: Callable[..., Any], *args: Any) -> Any:
            names.append(args[0].__name__)
            return worker.call(function, *args)

    monkeypatch.setattr(sent, "WORKER", Noting)
    return names


@pytest.fixture
def asked(noted: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The same, where all that can be is called there."""
    monkeypatch.setattr(sent, "_LONG", -1)
    return noted


def everything(snapshot: Snapshot) -> tuple[list[str], list[Any]]:
    images, model = image_set_of(snapshot, VALIDATION), snapshot.of(MODEL)
    assert model is not None
    scores = vars(image_scores(snapshot, VALIDATION, images))
    found = history(snapshot, VALIDATION, images)
    texts = [*map(repr, (signs(snapshot), findings(snapshot, model), story(snapshot)))]
    return texts, [
        *scores.values(),
        found.wrong,
        found.evaluated,
        *result_bits(snapshot, VALIDATION, images),
    ]


def same(one: tuple[list[str], list[Any]], other: tuple[list[str], list[Any]]) -> None:
    assert one[0] == other[0]
    for mine, theirs in zip(one[1], other[1], strict=True):
        # Single precision sums in another order.
        np.testing.assert_allclose(mine, theirs, rtol=1e-5)


def noting_dumps(patch: pytest.MonkeyPatch) -> list[int]:
    """Iterations of the dumps that signs are looked for in."""
    taken: list[int] = []
    add = LayersCourse.add

    def noted(course: LayersCourse, step: int, *of_dump: Any) -> None:
        taken.append(step)
        add(course, step, *of_dump)

    patch.setattr(LayersCourse, "add", noted)
    return taken


def test_the_same_as_here_and_carried_on(tmp_path: Path, asked: list[str]) -> None:
    run = open_run(tmp_path / "run")
    with SessionLog(tmp_path / "run") as log:
        begin(log)
        for last in (ROWS, ROWS + 8):
            for row in range(len(run.snapshot.of(DUMPS)), last):
                write(log, row)
            run.refresh()
            there = everything(run.snapshot)
            assert {"_watched", "_find", "_collect", "_collected", "_result_bits"} <= {*asked}
            asked.clear()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(f"{sent.__name__}.WORKER.ready", lambda _: False)
                here = everything(open_run(tmp_path / "run").snapshot)
                # What came back is about the same objects, so that what is new costs only itself.
                write(log, last)
                run.refresh()
                same(there, here)
                taken = noting_dumps(patch)
                patch.setattr(Sums, "none", None)
                on = everything(run.snapshot)
                assert taken == [last]
                patch.undo()
                patch.setattr(f"{sent.__name__}.WORKER.ready", lambda _: False)
                afresh = everything(open_run(tmp_path / "run").snapshot)
                same(on, afresh)
            assert not asked


def test_what_was_compared_there_need_not_be_here(tmp_path: Path, asked: list[str]) -> None:
    run = written(tmp_path / "run")
    run.refresh()
    assert None in {record.intact for record in run.snapshot.of(DUMPS)}
    assert process_of(run.snapshot) != os.getpid()
    assert {record.intact for record in run.snapshot.of(DUMPS)} == {True}
    assert None in {record.intact for record in run.snapshot.of(VALIDATIONS)}
    assert asked == ["process"]


def test_damage_that_is_found_there(tmp_path: Path, asked: list[str]) -> None:
    run = written(tmp_path / "run")
    (file,) = (tmp_path / "run" / LOG_DIRECTORY).iterdir()
    damage(file, 3)
    run.refresh()
    kinds = MODEL, DUMPS
    steps = ask(
        [run],
        lambda snapshots: of_snapshot(called.steps, snapshots[0], kinds, here=list, seconds=1),
    )
    assert steps == list(range(1, ROWS))
    assert asked == ["steps", "steps"]


def test_what_only_this_process_can_open_stays_here(tmp_path: Path, asked: list[str]) -> None:
    written(tmp_path / "run")
    run = open_run(tmp_path / "run", opener=lambda path: open_reader(path))
    assert process_of(run.snapshot) == os.getpid()
    assert not asked
    assert process_of(open_run(tmp_path / "run").snapshot) != os.getpid()


@pytest.mark.parametrize(
    ("seconds", "nbytes", "away"),
    [(0.06, 16 << 20, True), (0.05, 0, False), (1, (16 << 20) + 1, False)],
)
def test_what_is_quick_or_large_stays_here(
    tmp_path: Path, noted: list[str], seconds: float, nbytes: int, away: bool
) -> None:
    process = process_of(written(tmp_path / "run").snapshot, seconds, nbytes)
    assert (process != os.getpid()) == away == bool(noted)


def process_of(snapshot: Snapshot, seconds: float = 1, nbytes: int = 0) -> int:
    """Where something is computed of a snapshot."""
    return of_snapshot(
        called.process,
        snapshot,
        (MODEL, DUMPS),
        here=os.getpid,
        seconds=seconds,
        nbytes=nbytes,
    )


def written(path: Path) -> Run:
    with SessionLog(path) as log:
        begin(log)
        for row in range(ROWS):
            write(log, row)
    return open_run(path)


def test_only_what_takes_long_waits_for_a_worker_that_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def ready(seconds: float) -> bool:
        waited.append(seconds)
        return False

    monkeypatch.setattr(f"{sent.__name__}.WORKER.ready", ready)
    snapshot = open_run(tmp_path / "run").snapshot
    for seconds in (0.01, 0.2, 3.0):
        assert of_snapshot(len, snapshot, (), here=lambda: 1, seconds=seconds) == 1
    assert waited == [0, 3.0]
