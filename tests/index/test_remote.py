"""Logs behind fsspec: the same answers as from local files, with ranged reads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from tensorboard_plugin_deeptracker.features import kinds
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, FILTERS_TAG
from tensorboard_plugin_deeptracker.index import remote
from tensorboard_plugin_deeptracker.index.discover import find_runs, log_files
from tensorboard_plugin_deeptracker.index.opening import Opener
from tensorboard_plugin_deeptracker.index.reading import columns
from tensorboard_plugin_deeptracker.index.registry import Registry
from tensorboard_plugin_deeptracker.index.remote import BlockCache
from tensorboard_plugin_deeptracker.index.source import AnyPath, Reader, RemotePath, ReplacedError
from tests.http.client import Tab, tab
from tests.logs import (
    SessionLog,
    open_run,
    random_dump,
    small_model,
    small_validation_set,
    write_small_run,
)
from tests.s3 import s3_here

MODEL = small_model(3, 2)
# Its dumps take 100 kB and more.
WIDE = small_model(5000)
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("run", {}),
    ("error_rates", {}),
    ("layer_stat", {"layer": "block.conv1", "stat": "weight_sd"}),
    ("layer_filter", {"layer": "stem", "measure": "change", "normalize": "filter"}),
    ("layer_filter", {"layer": "stem", "measure": "change", "normalize": "none", "max_columns": 2}),
    ("iteration_filter", {"step": 3, "measure": "change", "top_k": 3}),
    ("class_stat", {"class_": "class 0", "window": 2}),
    ("class_image", {"class_": "class 1"}),
    ("clusters", {"k": 2}),
    ("anomalies", {"window": 1, "min_score": 0}),
    (
        "correlation",
        {"window": 1, "min_score": 0, "top_k": 2, "measure": "change", "min_appearances": 1},
    ),
    ("image", {"id": 98}),
]


class Store:
    """A directory of a file system.

    Attributes:
        url: Its address.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.fs, self._path = fsspec.core.url_to_fs(url)

    def put(self, local: Path) -> None:
        """Uploads everything below a local directory, each file as a new object."""
        for path in local.rglob("*"):
            if path.is_file():
                self.put_file(path.relative_to(local).as_posix(), path.read_bytes())

    def put_file(self, name: str, data: bytes) -> None:
        self.fs.pipe_file(f"{self._path}/{name}", data)

    def remove(self, name: str) -> None:
        self.fs.rm(f"{self._path}/{name}", recursive=True)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 on this machine."""
    with s3_here():
        yield "s3://logs"


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        one = Store("memory://logs")
    else:
        one = Store(request.getfixturevalue("s3"))
        one.fs.mkdir("logs")
    yield one
    if one.fs.exists("logs"):
        one.fs.rm("logs", recursive=True)


def answers(opened: Tab, run: str) -> list[tuple[int, bytes]]:
    responses = [opened.get(route, run=run, **query) for route, query in QUESTIONS]
    return [(response.status_code, response.get_data()) for response in responses]


def test_the_same_answers_as_from_local_files(tmp_path: Path, store: Store) -> None:
    for run in ("a", "b/c"):
        write_small_run(tmp_path / run)
    write_small_run(tmp_path / "a" / "plugins" / "profile" / "x", steps=1)
    store.put(tmp_path)
    for run in ("a", "none"):
        store.put_file(f"{run}/plugins/deeptracker/notes.txt", b"of somebody else")
    with tab(tmp_path) as local, tab(store.url) as opened:
        assert opened.json("runs") == local.json("runs")
        for run in ("a", "b/c"):
            found = answers(opened, run)
            assert found == answers(local, run)
            assert {status for status, _ in found} == {200}


def test_the_directory_itself_may_be_the_run(tmp_path: Path, store: Store) -> None:
    write_small_run(tmp_path)
    store.put(tmp_path)
    for url in (store.url, f"{store.url}/"):
        runs = find_runs({url: None, f"{store.url}/nothing": None})
        assert runs == {".": RemotePath(store.url)}
    assert find_runs({store.url: "group"}).keys() == {"group/."}


def test_followed_while_it_grows_is_replaced_and_removed(tmp_path: Path, store: Store) -> None:
    log = SessionLog(tmp_path)
    log.model(MODEL)
    store.put(tmp_path)
    run = open_run(RemotePath(store.url))
    for step in range(5):
        log.dump(step, *random_dump(MODEL, step))
        store.put(tmp_path)
        assert run.refresh() == (0, True)
        assert run.snapshot.steps(DUMPS).tolist() == list(range(step + 1))
    assert run.refresh() == (0, False)
    log.path.unlink()
    with SessionLog(tmp_path, started=2.0) as other:
        other.model(MODEL)
        other.dump(7, *random_dump(MODEL, 7))
    store.put(tmp_path)
    (file,) = {record.file for record in run.snapshot.of(DUMPS)}
    with pytest.raises(ReplacedError):
        file.open()
    run.refresh()
    assert run.snapshot.steps(DUMPS).tolist() == [7]
    store.remove("plugins")
    run.refresh()
    assert run.snapshot.steps(DUMPS).tolist() == []


def spied(url: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each request to a store asks for."""
    asked: list[int] = []
    fs, _ = fsspec.url_to_fs(url, use_listings_cache=False)
    real, one = fs.cat_ranges, fs.cat_file
    together = False

    def ranges(paths: Any, starts: list[int], ends: list[int], **options: Any) -> Any:
        nonlocal together
        asked.append(sum(ends) - sum(starts))
        together = True
        try:
            return real(paths, starts, ends, **options)
        finally:
            together = False

    def part(*place: Any, **options: Any) -> Any:
        data = one(*place, **options)
        if not together:  # Some file systems do the one by the other.
            asked.append(len(data))
        return data

    monkeypatch.setattr(fs, "cat_ranges", ranges)
    monkeypatch.setattr(fs, "cat_file", part)
    return asked


def opener(cache: BlockCache) -> Opener:
    """What opens files of a store."""

    def opened(path: AnyPath) -> Reader:
        assert isinstance(path, RemotePath)
        return remote.RemoteReader(path, cache)

    return opened


def test_only_what_is_needed_is_read(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SessionLog(tmp_path) as log:
        log.model(WIDE)
        for step in range(20):
            log.dump(step, *random_dump(WIDE, step))
    store.put(tmp_path)
    whole = log.path.stat().st_size
    asked = spied(store.url, monkeypatch)
    run = open_run(RemotePath(store.url), opener=opener(BlockCache(4096)))
    run.refresh()
    assert len(run.snapshot.of(DUMPS)) == 20
    assert sum(asked) < whole / 4
    asked.clear()
    run.refresh(float("inf"))
    assert whole / 2 < sum(asked) <= whole
    asked.clear()
    run.refresh()
    assert asked == []


def test_slices_of_many_records_come_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store("memory://together")
    whole = 0
    for session in range(4):
        with SessionLog(tmp_path, str(session), started=float(session)) as log:
            log.model(WIDE)
            for step in range(10 * session, 10 * session + 10):
                log.dump(step, *random_dump(WIDE, step))
        whole += log.path.stat().st_size
    store.put(tmp_path)
    asked = spied(store.url, monkeypatch)
    caches = [BlockCache(4096)]
    run = open_run(RemotePath(store.url), opener=lambda path: opener(caches[-1])(path))
    run.refresh()
    # At first whole records are compared with their checksums, then slices are enough.
    for least, most in ((whole, 1.1 * whole), (0, whole / 5)):
        caches.append(BlockCache(4096))
        asked.clear()
        values = columns(run.snapshot.of(DUMPS), FILTERS_TAG, 100, 2000)
        assert values.tolist() == [
            random_dump(WIDE, step)[0].ravel()[100:2000].tolist() for step in range(40)
        ]
        # The beginning of each file, to know it again, and what is wanted of it.
        assert len(asked) <= 8
        assert least <= sum(asked) < most


def test_of_a_file_that_grows_only_what_is_new_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store("memory://growing")
    asked = spied(store.url, monkeypatch)
    run = open_run(RemotePath(store.url), opener=opener(BlockCache(4096)))
    with SessionLog(tmp_path) as log:
        log.model(WIDE)
        for step in range(5):
            before = log.path.stat().st_size
            log.dump(step, *random_dump(WIDE, step))
            store.put(tmp_path)
            asked.clear()
            run.refresh(float("inf"))
            assert run.snapshot.steps(DUMPS).tolist() == list(range(step + 1))
            # A file's last block is asked for each time: it may have grown.
            assert sum(asked) < log.path.stat().st_size - before + 3 * 4096


def test_another_file_of_the_same_size_is_read_anew(tmp_path: Path, store: Store) -> None:
    sizes = []
    run = open_run(RemotePath(store.url), opener=opener(BlockCache(256)))
    for step in (7, 8):
        with SessionLog(tmp_path, started=float(step)) as log:
            log.model(MODEL)
            log.dump(step, *random_dump(MODEL, step))
        store.put(tmp_path)
        sizes.append(log.path.stat().st_size)
        log.path.unlink()
        run.refresh(float("inf"))
        assert run.snapshot.steps(DUMPS).tolist() == [step]
        assert run.snapshot.problems == ()
    assert sizes[0] == sizes[1]


def test_a_problem_says_in_which_file_it_is(tmp_path: Path, store: Store) -> None:
    with SessionLog(tmp_path) as log:
        log.dump(0, *random_dump(MODEL, 0))
    store.put(tmp_path)
    run = open_run(RemotePath(store.url))
    run.refresh()
    assert [problem.file for problem in run.snapshot.problems] == ["first.deeptracker"]


def test_the_cache_is_bounded(tmp_path: Path, store: Store) -> None:
    cache = BlockCache(512, 8 * 512)
    write_small_run(tmp_path)
    store.put(tmp_path)
    with tab(tmp_path) as local, tab(store.url, opener=opener(cache)) as opened:
        assert answers(opened, ".") == answers(local, ".")
    assert 7 * 512 < cache.size <= 8 * 512


def test_the_cache_keeps_what_was_used_last() -> None:
    cache = BlockCache(1, 2)
    for key in "ab":
        cache.put(key, b"x")
    assert cache.get("a") is not None
    cache.put("c", b"x")
    assert [cache.get(key) for key in "abc"] == [b"x", None, b"x"]


def test_a_block_that_two_have_read_is_counted_once() -> None:
    cache = BlockCache(3, 6)
    for _ in range(3):
        cache.put("a", b"xyz")
    assert cache.size == 3
    cache.put("b", b"xyz")
    assert (cache.get("a"), cache.size) == (b"xyz", 6)


def test_what_else_lies_beside_a_log_is_no_part_of_it(tmp_path: Path, store: Store) -> None:
    write_small_run(tmp_path)
    store.put(tmp_path)
    for name in ("notes.txt", "x.deeptracker/y"):
        store.put_file(f"plugins/deeptracker/{name}", b"theirs")
    (path,) = log_files(RemotePath(store.url))
    assert path == RemotePath(f"{store.url}/plugins/deeptracker/first.deeptracker")


def test_what_fails_is_an_os_error(caplog: pytest.LogCaptureFixture) -> None:
    assert list(log_files(RemotePath("memory://nowhere"))) == []
    with pytest.raises(FileNotFoundError):
        remote.RemoteReader(RemotePath("memory://nowhere/x"))
    assert find_runs({"nosuchscheme://x": None}) == {}
    assert find_runs({"nosuchscheme://x": None}) == {}
    assert len(caplog.records) == 1


def test_a_live_run(tmp_path: Path) -> None:
    store = Store("memory://live")
    with SessionLog(tmp_path / "live") as log:
        log.validation_set(small_validation_set(2, 2))
        registry = Registry({store.url: None}, kinds())
        try:
            assert registry.counts() == []
            for step in range(3):
                log.validation(step, [0, 0, 1, 1], 2)
                store.put(tmp_path)
                while [counts.of["validations"] for counts in registry.counts()] != [step + 1]:
                    time.sleep(0.01)
        finally:
            registry.close()
