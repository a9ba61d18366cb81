"""`deeptracker runs`, and what all commands have in common."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import fsspec
import pytest

from tensorboard_plugin_deeptracker.cli.main import COMMANDS, main
from tests.http.client import tab
from tests.logs import write_small_run

from .calling import ask, call


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("logs")
    write_small_run(directory / "first")
    write_small_run(directory / "later" / "second", steps=3)
    return directory


def test_lists_the_runs_as_the_route_does(logdir: Path) -> None:
    answer = ask("runs", logdir)
    with tab(logdir) as own:
        assert answer == own.json("runs")
    assert [run["run"] for run in answer["runs"]] == ["first", "later/second"]


def test_lists_them_to_be_read(logdir: Path) -> None:
    result = call("runs", logdir)
    names, first, second = result.stdout.splitlines()
    assert names.split()[0] == "run"
    assert first.split() == ["first", "2", "5", "6", "2", "4", "6", "5"]
    assert second.split() == ["later/second", "2", "5", "3", "2", "4", "3", "2"]
    assert result.exit_code == 0


def test_lists_runs_at_an_address(logdir: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(f"{logdir}/", "/cli-runs/", recursive=True)
    try:
        assert ask("runs", "memory://cli-runs") == ask("runs", logdir)
    finally:
        memory.rm("/cli-runs", recursive=True)


def test_none_is_a_no(tmp_path: Path) -> None:
    result = call("runs", tmp_path, "--json")
    assert (result.exit_code, result.stdout) == (1, '{"runs":[]}\n')
    assert f"no run with a log of DeepTracker's below {tmp_path}" in result.stderr


def test_what_is_no_directory_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for wrong, reason in (
        (tmp_path / "nowhere", "there is no such directory"),
        (file, "is a file, not a directory"),
        ("nothing://bucket/runs", "Protocol not known: nothing"),
    ):
        result = call("runs", wrong)
        assert result.exit_code == 3
        assert reason in result.stderr


def test_wrong_use_is_told_apart() -> None:
    for wrong in (["runs"], ["walks"], ["runs", "--x", "."]):
        result = call(*wrong)
        assert result.exit_code == 2
        assert "Usage: deeptracker" in result.stderr


def test_help_teaches_and_is_quick() -> None:
    context = click.Context(main)
    names = main.list_commands(context)
    assert names[: len(COMMANDS)] == list(COMMANDS)
    for name in names:
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.help
        assert "--json" in call(name, "--help").stdout or name in ("guide", "mcp")
    # Of what takes long to import, nothing.
    code = (
        "import sys; from tensorboard_plugin_deeptracker.cli.main import main\n"
        "try: main(['--help'])\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Exit codes:" in said.stdout
    assert not {"numpy", "torch", "tensorboard", "fsspec", "PIL"} & set(said.stderr.split())


def test_the_command_is_installed(logdir: Path) -> None:
    script = Path(sys.executable).with_name("deeptracker")
    said = subprocess.run([script, "runs", logdir], capture_output=True, text=True, check=True)
    assert "later/second" in said.stdout
