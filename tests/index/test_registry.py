"""What the registry's thread does and when: little, soon enough, and never in anybody's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tensorboard_plugin_deeptracker.features import kinds
from tensorboard_plugin_deeptracker.index import registry as module
from tensorboard_plugin_deeptracker.index.discover import find_runs
from tensorboard_plugin_deeptracker.index.pace import Pace
from tensorboard_plugin_deeptracker.index.registry import Registry
from tensorboard_plugin_deeptracker.index.source import AnyPath
from tests.index.test_live import MODEL, dumps, known
from tests.logs import SessionLog, random_dump, write_damaged_run, write_small_run
from tests.waiting import until


class Walks:
    """Finds runs as ever, and notes that it did.

    Attributes:
        count: How often.
        seconds: How long it takes.
        failures: How often it fails before.
    """

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self.failures = 0

    def __call__(self, roots: Mapping[str, str | None]) -> dict[str, AnyPath]:
        self.count += 1
        time.sleep(self.seconds)
        if self.count <= self.failures:
            raise RuntimeError("oh")
        return find_runs(roots)


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> Walks:
    found = Walks()
    monkeypatch.setattr(module, "find_runs", found)
    return found


@pytest.fixture
def registry(tmp_path: Path, walks: Walks) -> Iterator[Registry]:
    del walks
    one = Registry({str(tmp_path): None}, kinds(), Pace(interval=0.01))
    yield one
    one.close()


def test_the_first_page_waits_for_the_first_look(
    tmp_path: Path, registry: Registry, walks: Walks
) -> None:
    write_small_run(tmp_path / "a")
    walks.seconds = 0.2
    registry.pace = replace(registry.pace, first_walk=None)
    assert registry.active()


def test_close_waits_for_the_thread(tmp_path: Path, registry: Registry, walks: Walks) -> None:
    write_small_run(tmp_path / "a")
    walks.seconds = 0.2
    registry.active()
    thread = registry._thread
    assert thread is not None
    registry.close()
    assert not thread.is_alive()
    assert registry._thread is None


def test_close_of_what_nobody_asked(registry: Registry) -> None:
    registry.close()


def test_a_slow_walk_is_not_repeated_at_every_look(
    tmp_path: Path, registry: Registry, walks: Walks
) -> None:
    registry.pace = replace(registry.pace, walk_share=1e-9)  # The next one is hours away.
    log = SessionLog(tmp_path / "b")
    log.model(MODEL)
    for step in range(5):
        log.dump(step, *random_dump(MODEL, step))
        until(lambda: registry.ask("b", dumps) == step + 1)  # noqa: B023
    assert walks.count == 1
    # But the first question after a pause is about what is there now.
    registry.pace = replace(registry.pace, idle=0.0)
    until(lambda: registry._thread is None)
    write_small_run(tmp_path / "a")
    assert known(registry) == ["a", "b"]
    assert walks.count == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_should_the_thread_fail_the_next_question_begins_anew(
    tmp_path: Path, registry: Registry, walks: Walks
) -> None:
    write_small_run(tmp_path / "a")
    walks.failures = 1
    registry.pace = replace(registry.pace, first_scan=0.0)
    assert known(registry) == []
    until(lambda: registry._thread is None)
    until(lambda: known(registry) == ["a"])


def test_payloads_are_verified_one_after_the_other_without_a_pause(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One record at a time.
    registry.pace = replace(registry.pace, eager_bytes=0, background_bytes=1)
    write_damaged_run(tmp_path / "a", MODEL)
    known(registry)
    run = registry._runs["a"]
    pauses: list[bool] = []
    wait = threading.Event.wait

    def count(event: threading.Event, timeout: float | None = None) -> bool:
        if event is registry._stop:
            pauses.append(run.unverified)
        return wait(event, timeout)

    monkeypatch.setattr(threading.Event, "wait", count)
    registry.ask("a", dumps)
    until(lambda: registry.ask("a", dumps) == 3)
    until(lambda: not run.unverified)
    # One may have begun before the question.
    assert sum(pauses) <= 1
    # When all is verified, it pauses from look to look again.
    before = len(pauses)
    until(lambda: len(pauses) >= before + 2)


def test_what_the_first_look_verifies_has_a_bound_over_all_runs(
    tmp_path: Path, registry: Registry
) -> None:
    for name in "ab":
        write_damaged_run(tmp_path / name, MODEL)
    (log,) = (tmp_path / "a").rglob("*.deeptracker")
    registry.pace = replace(registry.pace, eager_bytes=log.stat().st_size - 100)
    assert [counts.of["dumps"] for counts in registry.counts()] == [3, 4]


def test_what_is_not_shown_is_checked_when_nobody_waits_for_an_answer(
    tmp_path: Path, registry: Registry, walks: Walks
) -> None:
    """While a question is answered, the thread compares a record a look with its checksum."""
    registry.pace = replace(registry.pace, eager_bytes=0, walk_share=1.0)
    with SessionLog(tmp_path / "run") as log:
        log.model(MODEL)
        for step in range(2000):
            log.dump(step, *random_dump(MODEL, step))

    def unchecked() -> int:
        return len(registry._runs["run"]._unverified)

    def question(_: object) -> tuple[int, int, int]:
        until(lambda: unchecked() < 2000)  # It may have been at it.
        before, looks = unchecked(), walks.count
        until(lambda: walks.count >= looks + 4)
        return before, unchecked(), walks.count - looks

    before, after, looks = registry.ask("run", question)
    assert 0 < before - after <= 2 * (looks + 1)
    until(lambda: unchecked() == 0)
