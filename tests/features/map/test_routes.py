"""The map over HTTP: frames in order, the same whatever was looked at first, and kept."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker import open_run
from tensorboard_plugin_deeptracker.compute.errors import QuestionError
from tensorboard_plugin_deeptracker.compute.worker import Worker
from tensorboard_plugin_deeptracker.features.map.compute import frame, making, store
from tensorboard_plugin_deeptracker.features.map.compute.reading import read_representations
from tensorboard_plugin_deeptracker.features.map.records import REPRESENTATIONS, Representations
from tensorboard_plugin_deeptracker.index.record import DamagedRecordError, Record
from tensorboard_plugin_deeptracker.reader.report import gather, markdown
from tests import logs
from tests.features.map import reference
from tests.features.map.logs import IMAGES, STEPS, write_run
from tests.http.client import Tab, tab
from tests.shared import made_once


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "map", lambda path: write_run(path / "run"))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEEPTRACKER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def ask(opened: Tab, route: str, **query: Any) -> Any:
    """The answer, as soon as it is ready."""
    while True:
        response = opened.get(route, run="run", **query)
        answer = json.loads(response.get_data())
        if response.status_code == 200:
            return answer
        assert response.status_code == 404
        assert answer["progress"]["total"] == len(STEPS)
        time.sleep(0.02)


def places(answer: Any) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.array([answer["x"], answer["y"]], np.float64).T
    return found


def test_a_frame_is_about_the_images_that_were_logged(logdir: Path) -> None:
    with tab(logdir) as opened:
        found = ask(opened, "map", step=30)
        rest, arrays = opened.arrays("map", run="run", step=30)
    order = np.argsort(np.arange(IMAGES) % 4, kind="stable")
    assert found["ids"] == rest["ids"] == [f"image {i}" for i in order]
    assert found["label"] == (order % 4).tolist()
    assert found["rows"] == list(range(IMAGES))
    assert {10, 20, 30} <= set(found["steps"]) <= set(STEPS)
    unknown = order == 7
    assert np.array_equal(np.isnan(places(found)[:, 0]), unknown)
    assert np.array_equal(np.isnan(arrays["x"]), unknown)
    assert (found["images"], found["finite"]) == (IMAGES, IMAGES - 1)
    assert (found["not_finite"], found["copies"]) == (1, 2)
    right = np.array(found["predicted"]) == found["label"]
    margin = np.array(found["margin"], float)
    assert right.mean() > 0.9
    assert np.array_equal(margin > 0, right)


def test_kept_neighbours_are_those_on_the_map(logdir: Path) -> None:
    with tab(logdir) as opened:
        found = ask(opened, "map", step=10)
        there = np.flatnonzero(np.isfinite(places(found)[:, 0]))
        on_map = there[reference.nearest(places(found)[there], 15)]
        kept = np.array(found["kept"], float)
        # Those of the first dot's class, to some of which it is near.
        for dot in (*range(24), 40, 99):
            near = opened.json("map_neighbours", run="run", step=10, id=found["ids"][there[dot]])
            assert len(near["rows"]) == 15
            assert near["rows"] != sorted(near["rows"])
            share = len(set(near["rows"]) & set(on_map[dot].tolist())) / 15
            assert kept[there[dot]] == pytest.approx(share)
        quality = ask(opened, "map_quality")
        assert quality["neighbours"][0] == pytest.approx(15 * np.nanmean(kept), rel=1e-5)
        assert quality["logged"] == list(STEPS)


def test_the_background_is_what_the_dots_around_say(logdir: Path) -> None:
    with tab(logdir) as opened:
        found = ask(opened, "map", step=40)
        behind = opened.json("map_background", run="run", step=40, cells=9)
    x0, y0, x1, y1 = behind["extent"]
    dots = places(found)
    there = np.isfinite(dots[:, 0])
    assert (np.nanmin(dots, axis=0) > [x0, y0]).all()
    assert (np.nanmax(dots, axis=0) < [x1, y1]).all()
    # A square around the middle of the dots, with 0.12 of their spread as room on each side.
    low, high = np.nanmin(dots, axis=0), np.nanmax(dots, axis=0)
    assert [x1 - x0, y1 - y0] == pytest.approx([1.24 * (high - low).max()] * 2, rel=1e-5)
    assert [x0 + x1, y0 + y1] == pytest.approx((low + high).tolist(), rel=1e-5, abs=1e-5)
    predicted = np.array(found["predicted"])
    known = np.flatnonzero(there & (predicted >= 0))
    for row in range(9):
        for column in range(9):
            center = [x0 + (column + 0.5) / 9 * (x1 - x0), y0 + (row + 0.5) / 9 * (y1 - y0)]
            square = ((dots[known] - center) ** 2).sum(axis=1)
            around = predicted[known[np.argsort(square)[:10]]]
            if (around == around[0]).all():
                assert behind["predicted"][row][column] == around[0]
                assert behind["margin"][row][column] > 0


def test_it_is_the_same_whatever_was_looked_at_first(
    logdir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tab(logdir) as opened:
        last = {step: places(ask(opened, "map", step=step)) for step in reversed(STEPS)}
    monkeypatch.setenv("DEEPTRACKER_CACHE", str(tmp_path / "other"))
    with tab(logdir) as opened:
        for step in STEPS:
            assert places(ask(opened, "map", step=step)).tobytes() == last[step].tobytes()


def frames(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.frame"), key=lambda path: path.stat().st_mtime_ns)


def test_frames_are_kept_for_the_next_time(logdir: Path, cache: Path) -> None:
    with tab(logdir) as opened:
        first = ask(opened, "map", step=40)
    written = {path: path.stat().st_mtime_ns for path in frames(cache)}
    assert len(written) == len(STEPS)
    assert not list(logdir.rglob("*.frame"))
    with tab(logdir) as opened:
        assert opened.json("map", run="run", step=40) == first
    assert {path: path.stat().st_mtime_ns for path in frames(cache)} == written


def test_two_viewers_share_a_cache(logdir: Path, cache: Path) -> None:
    with tab(logdir) as one, tab(logdir) as other:
        for step in (40, 10):
            assert ask(one, "map", step=step)["x"] == ask(other, "map", step=step)["x"]
        for opened in (one, other):
            assert ask(opened, "map", step=40)["steps"] == list(STEPS)
        # What both have made is there once, and whole.
        assert len(frames(cache)) == len(STEPS)
        assert not [path for path in cache.rglob("*") if path.is_file() and not path.suffix]
    found = store.Frames(frames(cache)[0].parent.name)
    assert all(found.load(path.stem, IMAGES) for path in frames(cache))


def test_frames_that_are_damaged_or_gone_are_made_again(logdir: Path, cache: Path) -> None:
    with tab(logdir) as opened:
        first = ask(opened, "map", step=40)
    one, two, _, four = frames(cache)
    one.unlink()
    two.write_bytes(two.read_bytes()[:-9])
    four.write_bytes(b"no frame")
    with tab(logdir) as opened:
        assert ask(opened, "map", step=40)["x"] == first["x"]
        assert ask(opened, "map", step=20)["steps"] == list(STEPS)


def test_without_a_cache_frames_stay_in_memory(
    logdir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no directory")
    monkeypatch.setenv("DEEPTRACKER_CACHE", str(tmp_path / "file" / "cache"))
    with tab(logdir) as opened:
        found = ask(opened, "map", step=40)
        assert ask(opened, "map", step=10)["steps"] == list(STEPS)
        assert ask(opened, "map", step=40) == found


def test_on_a_full_disk_frames_stay_in_memory(logdir: Path, cache: Path) -> None:
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Of any file: what is beyond cannot be written.
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, most[1]))
    try:
        with tab(logdir) as opened:
            found = ask(opened, "map", step=40)
            assert ask(opened, "map", step=10)["steps"] == list(STEPS)
            assert ask(opened, "map", step=40) == found
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_the_cache_has_a_size(cache: Path) -> None:
    store.Frames("a").make_room()
    (cache / "maps" / "a" / "1.frame").write_bytes(bytes(600))
    store.Frames("b").make_room()
    (cache / "maps" / "b" / "1.frame").write_bytes(bytes(300))
    newest = store.Frames("c")
    newest.make_room(500)
    assert sorted(path.name for path in (cache / "maps").iterdir()) == ["b", "c"]


def test_what_is_logged_again_is_another_map(tmp_path: Path) -> None:
    write_run(tmp_path / "run", (10, 20))
    with tab(tmp_path) as opened:
        while opened.get("map", run="run", step=20).status_code != 200:
            time.sleep(0.02)
        before = opened.json("map", run="run", step=10)
        write_run(tmp_path / "run", (15, 25))
        while True:
            answer = opened.json("map_quality", run="run")
            if answer["logged"] == answer["steps"] == [10, 15, 20, 25]:
                break
            time.sleep(0.05)
        assert opened.json("map", run="run", step=10) == {**before, "steps": [10, 15, 20, 25]}


def test_a_record_that_turns_out_to_be_damaged_is_told_to_who_asks_next(tmp_path: Path) -> None:
    with logs.SessionLog(tmp_path) as log:
        log.validation_set(logs.small_validation_set(9, 9))
        for step in range(3):
            log.representations(step, logs.small_representations(18, 2, step))
    logs.damage(log.path, 3)  # Behind the session, the images and the first.
    run = logs.open_run(tmp_path)
    run.refresh(verify=0)
    one, two, three = run.snapshot.of(REPRESENTATIONS, "validation")
    maker = making.Maker()
    maker.follow((one, two, three))
    assert maker.wait()
    with pytest.raises(DamagedRecordError):
        maker.follow((one, two, three))
    maker.follow((one, three))
    assert maker.wait()
    assert None not in maker.follow((one, three))


def test_without_scores_there_are_no_regions(tmp_path: Path) -> None:
    write_run(tmp_path / "run", (10,), scores=False)
    with tab(tmp_path) as opened:
        while opened.get("map", run="run", step=10).status_code != 200:
            time.sleep(0.02)
        found = opened.json("map", run="run", step=10)
        assert set(found["predicted"]) == {0, 1, 2, 3}
        assert set(found["margin"]) == {None}
        answer = opened.json("map_background", 404, run="run", step=10, cells=8)
        assert "scores=logits" in answer["error"]
        quality = opened.json("map_quality", run="run")
        assert quality["predictions"] == [None]
        assert quality["neighbours"][0] > 0


def test_a_run_without_representations_says_what_would_give_some(tmp_path: Path) -> None:
    with_none = tmp_path / "run"
    write_run(with_none, ())
    with tab(tmp_path) as opened:
        answer = opened.json("map", 404, run="run", step=1)
        assert "representations=True" in answer["error"]
        assert opened.json("map_quality", run="run")["steps"] == []


def test_a_process_that_hangs_ends_nobodys_waiting(
    logdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(silence=0.5)
    worker.start(frame.__name__)
    assert worker.ready(None)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    monkeypatch.setattr(making, "_WORKER", worker)
    run = open_run(logdir / "run")
    with pytest.raises(QuestionError, match=r"step 10 could not be made.*did nothing for 0.5 sec"):
        run.map()
    quality = run.map_quality()
    assert quality.failure is not None
    assert len(quality.steps) == 0
    report = gather(run)
    assert (report["map"], report["map_failure"]) == (None, quality.failure)
    assert quality.failure in markdown(report, {}, None)[0]
    worker.close()


def test_a_frame_that_cannot_be_made_is_told_once_and_tried_again_when_asked(
    logdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def broken(record: Record) -> Representations:
        if record.step == 20 and len(tries) < 2:
            tries.append(record.step)
            raise MemoryError("no room for the grid")
        return read_representations(record)

    monkeypatch.setattr(making, "read_representations", broken)
    with tab(logdir) as opened:
        while True:
            quality = opened.json("map_quality", run="run")
            if quality["failure"] is not None:
                break
            time.sleep(0.02)
        assert "step 20 could not be made" in quality["failure"]
        assert "MemoryError: no room for the grid" in quality["failure"]
        assert quality["steps"] == [10]
        for _ in range(3):
            assert opened.json("map_quality", run="run") == quality
        assert opened.json("map", run="run", step=10)["step"] == 10
        answer = opened.json("map", 404, run="run", step=30)
        assert answer == {"error": quality["failure"]}
        assert len(tries) == 1
        opened.json("map_quality", run="run", retry=1)
        while opened.json("map_quality", run="run")["failure"] is None:
            time.sleep(0.02)
        assert len(tries) == 2
        opened.json("map_quality", run="run", retry=1)
        while opened.json("map_quality", run="run")["steps"] != list(STEPS):
            time.sleep(0.02)
        assert opened.json("map_quality", run="run")["failure"] is None
