"""The wheel in bare environments: every supported Python, newest and oldest dependencies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.logs import write_small_run
from tests.tensorboard_process import TensorBoard, tensorboard

from .distributions import run

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
UV = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))

# What needs no extra, and what says which one it needs.
ANSWERED: tuple[tuple[str, ...], ...] = (
    ("story", "logs/run"),
    ("report", "logs/run", "-o", "report.html"),
    ("export", "logs/run", "error_rates", "-o", "rates.npz"),
    ("export", "--site", "logs/run", "-o", "page"),
)
LACKING: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("arrow", ("export", "logs/run", "error_rates", "-o", "rates.parquet")),
    ("arrow", ("import", "predictions.parquet", "--logdir", "imported")),
    ("mcp", ("mcp", "logs")),
    ("torch", ("replay", "some.pt", "--model", "m:f", "--data", "d:f", "--logdir", "replayed")),
    ("torch", ("causes", "a.pt", "b.pt", "--model", "m:f", "--data", "d:f")),
)
PACKAGE = "tensorboard_plugin_deeptracker"
IMPORTED: tuple[tuple[str, str], ...] = (
    ("torch", f"from {PACKAGE} import SummaryWriter"),
    (
        "arrow",
        f"from {PACKAGE} import open_run; open_run('logs/run').error_rates().table().to_arrow()",
    ),
    ("lightning", f"from {PACKAGE}.integrations.lightning import DeepTrackerCallback"),
    ("transformers", f"from {PACKAGE}.integrations.transformers import DeepTrackerCallback"),
)

pytestmark = pytest.mark.full


def find_python(version: str) -> str | None:
    """A Python of a version: one on the path, or one of pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    candidates = [f"python{version}", *map(str, pyenv.glob(f"versions/{version}.*/bin/python"))]
    for candidate in filter(shutil.which, candidates):
        # One of pyenv's shims may be there without any Python behind it.
        if subprocess.run([candidate, "-c", ""], capture_output=True).returncode == 0:
            return candidate
    return None


def environment(directory: Path, version: str) -> Path:
    """A new environment's Python; skips the test if this machine lacks that version."""
    found = find_python(version)
    if found is None:
        pytest.skip(f"no Python {version} on this machine")
    run(UV, "venv", "--quiet", "--python", found, "venv", cwd=directory)
    return directory / "venv" / "bin" / "python"


# The wheel's own requirements are direct ones only where they are named beside it.
OLDEST = ("--requirement", ROOT / "pyproject.toml", "--resolution", "lowest-direct")


@pytest.mark.parametrize("oldest", [False, True], ids=["newest", "oldest"])
@pytest.mark.parametrize("version", PYTHONS)
def test_the_wheel(wheel: Path, tmp_path: Path, version: str, oldest: bool) -> None:
    python = environment(tmp_path, version)
    install(python, wheel, "--only-binary", ":all:", *(OLDEST if oldest else ()))
    check(python, tmp_path)


@pytest.mark.parametrize("protobuf", ["protobuf<7", "protobuf>=7"])
def test_both_generations_of_protobuf(wheel: Path, tmp_path: Path, protobuf: str) -> None:
    python = environment(tmp_path, ".".join(map(str, sys.version_info[:2])))
    install(python, wheel, protobuf)
    check(python, tmp_path)


def test_the_sdist(sdist: Path, tmp_path: Path) -> None:
    python = environment(tmp_path, ".".join(map(str, sys.version_info[:2])))
    install(python, sdist)
    check(python, tmp_path)


def install(python: Path, *arguments: str | Path) -> None:
    run(UV, "pip", "install", "--quiet", "--python", python, *arguments, cwd=python.parent)


def check(python: Path, directory: Path) -> None:
    """The tab works with both loaders, and the writer says what it lacks."""
    write_small_run(directory / "logs" / "run")
    for load_fast in ("true", "false"):
        arguments = (f"--logdir={directory / 'logs'}", f"--load_fast={load_fast}")
        output = directory / f"out-{load_fast}"
        with tensorboard(output, *arguments, cwd=directory, python=python) as board:
            ask_everything(board)
    command = python.with_name("deeptracker")
    assert "run " in run(command, "runs", (directory / "logs").as_uri(), cwd=directory)
    for asked in ANSWERED:
        run(command, *asked, cwd=directory)
    (directory / "predictions.parquet").touch()
    for extra, lacking in LACKING:
        assert says(extra, directory, command, *lacking) == 2
    for extra, script in IMPORTED:
        assert says(extra, directory, python, "-c", script) == 1


def says(extra: str, directory: Path, *command: str | Path) -> int:
    """The exit code of a command that says in its last line what to install."""
    said = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    last = said.stderr.splitlines()[-1]
    assert last.endswith(f'pip install "tensorboard-plugin-deeptracker[{extra}]"'), said.stderr
    return said.returncode


def ask_everything(board: TensorBoard) -> None:
    (summary,) = board.json("runs")["runs"]
    assert (summary["dumps"], summary["validations"]) == (6, 6)
    layer = board.json("run", run="run")["layers"][0]["name"]
    filters = board.json("layer_filter", run="run", layer=layer, measure="change", normalize="none")
    assert len(filters["values"]) == 3
    assert board.json("clusters", run="run", k=2)["k"] == 2
    assert board.json("anomalies", run="run", window=1, min_score=0.5)["anomalies"]
    assert "render" in board.text("data/plugin/deeptracker/index.js")
