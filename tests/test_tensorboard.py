"""The plugin in a real TensorBoard, with both of its loaders."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tensorboard_plugin_deeptracker.events import encode
from tests.logs import SessionLog, random_dump, small_model, write_small_run
from tests.tensorboard_process import TensorBoard, tensorboard

LOADERS = ["true", "false"]


def log_run(directory: Path, steps: int = 6) -> None:
    """A run as the summary writer leaves it: our log, and the marker in an event file."""
    write_small_run(directory, steps)
    writer = EventFileWriter(str(directory))
    writer.add_event(Event(wall_time=1.0, summary=encode.marker()))
    writer.close()


def names(board: TensorBoard) -> list[str]:
    return [run["run"] for run in board.json("runs")["runs"]]


def check(board: TensorBoard, expected: list[str]) -> None:
    """All runs are there, named as TensorBoard names them, and the tab is active."""
    assert names(board) == sorted(expected)
    for run in expected:
        stat = board.json("layer_stat", run=run, layer="stem", stat="weight_min")
        assert stat["values"] == pytest.approx(
            [float(random_dump(small_model(3, 2), step)[1][0, 1]) for step in stat["steps"]]
        )
    board.until(lambda: sorted(board.get("data/runs")) == sorted(expected))
    board.until(lambda: bool(listing(board)["enabled"]))
    assert listing(board)["tab_name"] == "DeepTracker"
    assert listing(board)["loading_mechanism"] == {
        "type": "IFRAME",
        "module_path": board_path(board) + "data/plugin/deeptracker/index.js",
    }
    with urllib.request.urlopen(f"{board.url}data/plugin/deeptracker/index.js") as response:
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert b"render" in response.read()


def board_path(board: TensorBoard) -> str:
    return "/" + board.url.split("/", 3)[3]


def listing(board: TensorBoard) -> Any:
    return board.get("data/plugins_listing")["deeptracker"]


@pytest.mark.parametrize("load_fast", LOADERS)
def test_several_runs_in_nested_directories(tmp_path: Path, load_fast: str) -> None:
    logdir = tmp_path / "logs"
    for run in ("a", "a/b", "c d/é"):
        log_run(logdir / run)
    EventFileWriter(str(logdir / "without")).close()
    arguments = (f"--logdir={logdir}", f"--load_fast={load_fast}")
    with tensorboard(tmp_path / "out", *arguments) as board:
        assert "without" not in names(board)
        (logdir / "without").rename(tmp_path / "elsewhere")
        check(board, ["a", "a/b", "c d/é"])
        assert board.json("run", run="x")["error"].startswith("unknown run 'x'")


@pytest.mark.parametrize("load_fast", LOADERS)
def test_only_a_log_of_ours_makes_the_tab_active(tmp_path: Path, load_fast: str) -> None:
    """A summary of somebody else's that names the plugin has nothing to show."""
    logdir = tmp_path / "logs"
    writer = EventFileWriter(str(logdir / "foreign"))
    writer.add_event(Event(wall_time=1.0, summary=encode.marker()))
    writer.close()
    arguments = (f"--logdir={logdir}", f"--load_fast={load_fast}")
    with tensorboard(tmp_path / "out", *arguments) as board:
        board.until(lambda: board.get("data/runs") == ["foreign"])
        assert names(board) == []
        assert not listing(board)["enabled"]
        log_run(logdir / "ours")
        board.until(lambda: bool(listing(board)["enabled"]))


@pytest.mark.parametrize("load_fast", LOADERS)
def test_one_run_under_a_path_prefix(tmp_path: Path, load_fast: str) -> None:
    log_run(tmp_path / "logs")
    arguments = ("--logdir=logs", f"--load_fast={load_fast}", "--path_prefix=/some/where")
    with tensorboard(tmp_path / "out", *arguments, cwd=tmp_path) as board:
        assert board_path(board) == "/some/where/"
        check(board, ["."])


@pytest.mark.parametrize("load_fast", LOADERS)
def test_a_home_directory(tmp_path: Path, load_fast: str) -> None:
    log_run(tmp_path / "logs" / "run")
    arguments = ("--logdir=~/logs", f"--load_fast={load_fast}")
    with tensorboard(tmp_path / "out", *arguments, HOME=str(tmp_path)) as board:
        check(board, ["run"])


def test_several_log_directories(tmp_path: Path) -> None:
    log_run(tmp_path / "one" / "run")
    log_run(tmp_path / "two")
    spec = f"--logdir_spec=first:{tmp_path}/one,second:{tmp_path}/two"
    with tensorboard(tmp_path / "out", spec) as board:
        check(board, ["first/run", "second/."])


@pytest.mark.parametrize("load_fast", LOADERS)
def test_a_log_that_begins_and_grows_under_a_running_tensorboard(
    tmp_path: Path, load_fast: str
) -> None:
    model = small_model(3, 2)
    arguments = (f"--logdir={tmp_path / 'logs'}", f"--load_fast={load_fast}")
    with tensorboard(tmp_path / "out", *arguments) as board:
        assert names(board) == []
        assert listing(board)["enabled"] is False
        with SessionLog(tmp_path / "logs" / "run") as log:
            log.model(model)
            board.until(lambda: names(board) == ["run"])
            board.until(lambda: bool(listing(board)["enabled"]))
            for step in range(3):
                log.dump(step, *random_dump(model, step))
                wait_for_dumps(board, step + 1)


def wait_for_dumps(board: TensorBoard, count: int) -> None:
    board.until(lambda: board.json("run", run="run")["steps"]["dumps"] == list(range(count)))
