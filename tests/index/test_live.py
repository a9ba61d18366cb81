"""The registry: one thread follows all runs while somebody asks."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tensorboard_plugin_deeptracker.features import kinds
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS
from tensorboard_plugin_deeptracker.index import registry as module
from tensorboard_plugin_deeptracker.index.discover import find_runs
from tensorboard_plugin_deeptracker.index.pace import Pace
from tensorboard_plugin_deeptracker.index.registry import Registry, UnknownRunError
from tensorboard_plugin_deeptracker.index.run import Run, Snapshot
from tensorboard_plugin_deeptracker.index.source import AnyPath
from tests.http.client import Tab, tab
from tests.logs import (
    SessionLog,
    png,
    random_dump,
    small_model,
    small_validation_set,
    write_damaged_run,
    write_small_run,
)
from tests.waiting import until

MODEL = small_model(3, 2)
PACE = Pace(interval=0.01)


def dumps(snapshot: Snapshot) -> int:
    return len(snapshot.of(DUMPS))


def known(registry: Registry) -> list[str]:
    return [counts.run for counts in registry.counts()]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    one = Registry({str(tmp_path): None}, kinds(), PACE)
    yield one
    one.close()


def scanners() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "deeptracker-scanner"]


def test_the_first_answer_is_complete(tmp_path: Path, registry: Registry) -> None:
    write_small_run(tmp_path / "a", steps=4)
    write_small_run(tmp_path / "b" / "c", steps=5)
    assert [counts.of["dumps"] for counts in registry.counts()] == [4, 5]
    assert registry.ask("b/c", dumps) == 5


def test_the_first_page_shows_the_tab(tmp_path: Path, registry: Registry) -> None:
    write_small_run(tmp_path / "a")
    assert registry.active()


def test_a_slow_directory_does_not_hold_up_the_page(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_small_run(tmp_path / "a")
    go_on = threading.Event()

    def slow(roots: Mapping[str, str | None]) -> dict[str, AnyPath]:
        go_on.wait()
        return find_runs(roots)

    monkeypatch.setattr(module, "find_runs", slow)
    registry.pace = replace(registry.pace, first_walk=0.05)
    assert not registry.active()
    registry.pace = replace(registry.pace, first_walk=None)  # Would wait for ever.
    assert not registry.active()
    go_on.set()
    until(registry.active)


def test_one_thread_while_somebody_asks(tmp_path: Path, registry: Registry) -> None:
    before = len(scanners())
    assert known(registry) == []
    for _ in range(5):
        registry.active()
    assert len(scanners()) == before + 1
    registry.pace = replace(registry.pace, idle=0.0)
    until(lambda: len(scanners()) == before)
    # A pause leaves nothing behind that is stale: the first answer after it waits for a look.
    write_small_run(tmp_path / "a")
    assert known(registry) == ["a"]


def test_runs_come_go_and_are_renamed(tmp_path: Path, registry: Registry) -> None:
    write_small_run(tmp_path / "a", steps=3)
    assert registry.ask("a", dumps) == 3
    (tmp_path / "a").rename(tmp_path / "b")
    until(lambda: known(registry) == ["b"])
    with pytest.raises(UnknownRunError):
        registry.ask("a", dumps)
    assert registry.ask("b", dumps) == 3
    shutil.rmtree(tmp_path / "b")
    write_small_run(tmp_path / "b", steps=2, started=5.0)
    until(lambda: [counts.of["dumps"] for counts in registry.counts()] == [2])
    shutil.rmtree(tmp_path / "b")
    until(lambda: known(registry) == [])


def test_only_what_is_looked_at_or_grows_is_kept_open(tmp_path: Path, registry: Registry) -> None:
    for name in ("a", "b"):
        write_small_run(tmp_path / name, steps=3)
    growing = SessionLog(tmp_path / "c")
    growing.model(MODEL)
    registry.counts()
    opened = registry._runs
    until(lambda: all(opened[name].released for name in "abc"))
    assert [counts.of["dumps"] for counts in registry.counts()] == [3, 3, 0]
    assert registry.ask("a", dumps) == 3
    growing.dump(0, *random_dump(MODEL, 0))
    until(lambda: registry.counts()[2].of["dumps"] == 1)
    assert [opened[name].released for name in "abc"] == [False, True, False]
    registry.pace = replace(registry.pace, kept=0.0)
    until(lambda: all(opened[name].released for name in "abc"))
    growing.dump(1, *random_dump(MODEL, 1))
    until(lambda: registry.counts()[2].of["dumps"] == 2)
    assert registry.ask("c", dumps) == 2


def test_a_run_that_cannot_be_followed_does_not_hold_up_the_others(
    tmp_path: Path,
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    real = Run.refresh

    def fail(run: Run, verify: float = 0) -> tuple[int, bool]:
        if run.name == "a":
            raise RuntimeError("oh")
        return real(run, verify)

    monkeypatch.setattr(Run, "refresh", fail)
    write_small_run(tmp_path / "a")
    write_small_run(tmp_path / "b", steps=1)
    assert registry.ask("b", dumps) == 1
    write_small_run(tmp_path / "c", steps=2)
    until(lambda: known(registry) == ["a", "b", "c"])
    assert caplog.text.count("RuntimeError: oh") == 1


def test_a_run_that_vanishes_is_unknown_not_an_error(tmp_path: Path) -> None:
    write_small_run(tmp_path / "a")
    query: dict[str, Any] = {"layer": "stem", "stat": "weight_mean"}
    with tab(tmp_path) as opened:
        assert opened.get("layer_stat", run="a", **query).status_code == 200
        shutil.rmtree(tmp_path / "a")
        assert opened.get("layer_stat", run="a", **query).status_code == 404


def test_a_record_that_turns_out_damaged_is_left_out(tmp_path: Path) -> None:
    write_damaged_run(tmp_path, MODEL)
    with tab(tmp_path, pace=Pace(eager_bytes=0, background_bytes=0)) as opened:
        assert opened.json("run", run=".")["steps"]["dumps"] == [0, 1, 2, 3]
        stat = opened.json("layer_stat", run=".", layer="stem", stat="weight_mean")
        assert stat["steps"] == [0, 1, 3]
        logged = [float(random_dump(MODEL, step)[1][5, 1]) for step in (0, 1, 3)]
        np.testing.assert_allclose(stat["values"], logged, rtol=1e-6)
        run = opened.json("run", run=".")
        assert run["steps"]["dumps"] == [0, 1, 3]
        assert len(run["problems"]) == 1


QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("run", {}),
    ("error_rates", {}),
    ("layer_stat", {"layer": "block.conv1", "stat": "weight_sd"}),
    ("layer_stats", {"stat": "weight_max"}),
    ("layer_filter", {"layer": "stem", "measure": "change", "normalize": "none"}),
    ("layer_filter", {"layer": "stem", "measure": "change", "normalize": "filter", "max_rows": 2}),
    ("iteration_filter", {"step": 0, "measure": "change", "top_k": 3}),
    ("class_stat", {"class_": "class 1", "window": 2}),
    ("class_image", {"class_": "class 0"}),
    ("class_image", {"class_": "class 0", "max_columns": 4}),
    ("clusters", {"k": 2}),
    ("anomalies", {"window": 1, "min_score": 0}),
    (
        "correlation",
        {"window": 1, "min_score": 0, "top_k": 2, "measure": "change", "min_appearances": 1},
    ),
    ("image", {"id": 98}),
]


def torn(answer: Any) -> bool:
    """Whether the sequences of an answer do not end at the same step."""
    if "steps" not in answer or isinstance(answer["steps"], dict):
        return False
    n = len(answer["steps"])
    rows = [answer[k] for k in ("left", "right", "overall") if k in answer]
    for name in ("values", "correct", "predicted", "classes", "mean", "lowest", "highest"):
        rows += [row for row in answer.get(name, []) if isinstance(row, list)]
    width = answer.get("block", [1, 1])[1]
    return any(len(row) != n for row in rows) or answer["steps"] != [i * width for i in range(n)]


def test_answers_are_whole_while_a_writer_appends(tmp_path: Path) -> None:
    """Eight clients ask everything; an answer's sequences all end at the same step."""
    failures: list[str] = []
    finished = threading.Event()
    log = SessionLog(tmp_path)
    log.model(MODEL)
    log.validation_set(small_validation_set(2, 2))
    log.images([1, 2], [png(1), png(2)])
    log.dump(0, *random_dump(MODEL, 0))
    log.validation(0, [0, 0, 1, 1], 2)

    with tab(tmp_path, pace=Pace(interval=0.001)) as opened:

        def client(first: int) -> None:
            for route, query in islice(cycle(QUESTIONS), first, None):
                response = opened.get(route, run=".", **query)
                if response.status_code != 200 or (route != "image" and torn(response.get_json())):
                    failures.append(f"{route}: {response.get_data()!r}")
                if finished.is_set():
                    return

        clients = [threading.Thread(target=client, args=(i,)) for i in range(8)]
        for thread in clients:
            thread.start()
        for step in range(1, 60):
            log.dump(step, *random_dump(MODEL, step))
            log.validation(step, [step % 2, 0, 1, 0], 2)
            time.sleep(0.03)
        finished.set()
        for thread in clients:
            thread.join()
        until(lambda: opened.json("run", run=".")["steps"]["validations"] == list(range(60)))
    assert failures == []


def wait_for(opened: Tab, validations: int) -> None:
    until(lambda: len(opened.json("error_rates", run="live")["steps"]) == validations)


def test_new_validations_extend_what_was_computed(tmp_path: Path) -> None:
    """The same answers live as from the finished log."""
    results = np.random.default_rng(0).integers(-1, 2, (30, 4)).tolist()
    log = SessionLog(tmp_path / "live")
    log.validation_set(small_validation_set(2, 2))
    queries: list[tuple[str, dict[str, Any]]] = [
        ("error_rates", {}),
        ("class_stat", {"class_": "class 0", "window": 2}),
        ("anomalies", {"window": 1, "min_score": 0}),
        ("clusters", {"k": 2}),
    ]
    with tab(tmp_path, pace=PACE) as opened:
        for n, predicted in enumerate(results, start=1):
            log.validation(n, predicted, 2)
            if n % 7 == 0:
                wait_for(opened, n)
        wait_for(opened, 30)
        live = [opened.json(route, run="live", **query) for route, query in queries]
    with tab(tmp_path) as opened:
        again = [opened.json(route, run="live", **query) for route, query in queries]
    assert live == again


def test_a_resumed_training_replaces_what_was_computed(tmp_path: Path) -> None:
    images = small_validation_set(2, 2)
    with SessionLog(tmp_path / "live") as log:
        log.validation_set(images)
        for step in range(8):
            log.validation(step, [0, 0, 1, 1], 2)
    with tab(tmp_path, pace=PACE) as opened:
        wait_for(opened, 8)
        assert opened.json("error_rates", run="live")["overall"] == [0] * 8
        with SessionLog(tmp_path / "live", "second", 2.0, purge_step=4) as log:
            log.validation_set(images)
            wait_for(opened, 4)
            for step in range(4, 8):
                log.validation(step, [1, 1, 0, 1], 2)
        wait_for(opened, 8)
        assert opened.json("error_rates", run="live")["overall"] == [0] * 4 + [0.75] * 4
        stat = opened.json("class_stat", run="live", class_="class 0", window=4)
        assert stat["left"] == stat["right"] == [0, 0, 0, 0, 2, 0, 0, 0]


def test_an_earlier_session_that_logs_on_changes_what_was_computed(tmp_path: Path) -> None:
    images = small_validation_set(2, 2)
    earlier = SessionLog(tmp_path / "live", "first", 1.0)
    later = SessionLog(tmp_path / "live", "second", 2.0)
    for log in (earlier, later):
        log.validation_set(images)
    earlier.validation(1, [0, 0, 1, 1], 2)
    later.validation(10, [1, 0, 1, 1], 2)
    with tab(tmp_path, pace=PACE) as opened:
        wait_for(opened, 2)
        assert opened.json("error_rates", run="live")["overall"] == [0, 0.25]
        earlier.validation(5, [1, 1, 1, 1], 2)
        wait_for(opened, 3)
        assert opened.json("error_rates", run="live")["overall"] == [0, 0.5, 0.25]
        earlier.validation(10, [1, 1, 0, 0], 2)  # The later session speaks for this step.
        later.validation(13, [0, 0, 1, 1], 2)
        wait_for(opened, 4)
        assert opened.json("error_rates", run="live")["steps"] == [1, 5, 10, 13]
