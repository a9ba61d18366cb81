from __future__ import annotations

import os
from pathlib import Path

import fsspec
import pytest
from tensorboard.backend.event_processing.data_ingester import _parse_event_files_spec
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tensorboard_plugin_deeptracker.index.discover import find_runs, log_files, roots
from tests.logs import write_small_run


def log_run(directory: Path) -> None:
    write_small_run(directory, steps=1)
    EventFileWriter(str(directory)).close()


@pytest.mark.parametrize(
    "spec",
    [
        "/a",
        "name:/a",
        "name:~/a,/b",
        "relative/path,two:relative",
        "one:/with:colon,/with:colon",
        "gs://bucket/a,name:gs://bucket/b",
        "same:/a,other:/a",
    ],
)
def test_a_specification_is_read_as_tensorboard_reads_it(spec: str) -> None:
    assert roots("", spec) == _parse_event_files_spec(spec)


def test_a_log_directory_wins_over_a_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    assert roots("~/runs", "name:/a") == {"/somewhere/runs": None}
    assert roots("", "") == roots(None, None) == {}


def test_runs_are_named_as_tensorboard_names_them(tmp_path: Path) -> None:
    for run in ("", "a", "a/b", "c d/é"):
        log_run(tmp_path / "logs" / run)
    log_run(tmp_path / "other")
    spec = f"{tmp_path}/logs,two:{tmp_path}/other,three:{tmp_path}/logs/a"
    for directories in (roots(str(tmp_path / "logs"), ""), roots("", spec)):
        multiplexer = EventMultiplexer()
        for path, name in directories.items():
            multiplexer.AddRunsFromDirectory(path, name)
        assert find_runs(directories).keys() == multiplexer.Runs().keys()
    assert find_runs(roots("", spec))["two/."] == tmp_path / "other"


def test_a_run_needs_no_event_file_but_a_log_of_ours(tmp_path: Path) -> None:
    write_small_run(tmp_path / "ours", steps=1)
    EventFileWriter(str(tmp_path / "theirs")).close()
    empty = tmp_path / "empty" / "plugins" / "deeptracker"
    (empty / "x.deeptracker").mkdir(parents=True)
    (empty / ".first.deeptracker.Xy12ab").write_bytes(b"being copied")
    assert find_runs({str(tmp_path): None}) == {"ours": tmp_path / "ours"}


def test_what_plugins_keep_is_not_searched(tmp_path: Path) -> None:
    write_small_run(tmp_path / "run", steps=1)
    write_small_run(tmp_path / "run" / "plugins" / "profile" / "x", steps=1)
    assert find_runs({str(tmp_path): None}).keys() == {"run"}


def test_a_directory_may_be_called_plugins(tmp_path: Path) -> None:
    for run in ("plugins", "plugins/a", "b/plugins/c/plugins", "d"):
        write_small_run(tmp_path / run, steps=1)
    # This one is within a run's own.
    write_small_run(tmp_path / "d" / "plugins" / "e", steps=1)
    expected = {"plugins", "b/plugins/c/plugins", "d"}
    assert find_runs({str(tmp_path): None}).keys() == expected | {"plugins/a"}
    store = fsspec.filesystem("memory")
    store.put(str(tmp_path), "/called/plugins", recursive=True)
    found = find_runs({"memory://called": None}).keys()
    assert found == {f"plugins/{run}" for run in (*expected, "plugins/a")}
    store.rm("/called", recursive=True)


def test_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """As with `--logdir_spec` and several directories without names."""
    directories = [tmp_path / name for name in "abc"]
    for directory in directories:
        write_small_run(directory / "run", steps=1)
    write_small_run(directories[1] / "other", steps=1)
    found = roots("", ",".join(map(str, directories)))
    a, b, c = directories
    assert find_runs(found) == {
        "run": c / "run",  # As in TensorBoard, the last one.
        f"run ({a})": a / "run",
        f"run ({b})": b / "run",
        "other": b / "other",
    }


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    write_small_run(tmp_path / "elsewhere" / "run", steps=1)
    logdir = tmp_path / "logs"
    write_small_run(logdir / "a", steps=1)
    (logdir / "linked").symlink_to(tmp_path / "elsewhere")
    (logdir / "a" / "up").symlink_to(logdir)
    (logdir / "broken").symlink_to(tmp_path / "nowhere")
    assert find_runs({str(logdir): None}).keys() == {"a", "linked/run"}


def test_what_is_not_there_holds_no_runs(tmp_path: Path) -> None:
    assert find_runs({str(tmp_path / "nowhere"): None, "gs://bucket/logs": None}) == {}
    assert log_files(tmp_path / "nowhere") == {}


def test_a_directory_that_may_not_be_read_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        write_small_run(tmp_path / name, steps=1)
    real = os.scandir

    def refuse(path: str) -> object:
        if str(path) == str(tmp_path / "b"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert find_runs({str(tmp_path): None}).keys() == {"a", "c"}


def test_names_that_are_no_text_become_text(tmp_path: Path) -> None:
    directory = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    try:
        write_small_run(Path(directory), steps=1)
    except OSError:
        pytest.skip("this file system only takes text")
    assert find_runs({str(tmp_path): None}).keys() == {"\ufffd"}
