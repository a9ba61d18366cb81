"""The house's rules that a reader can rely on: docs in CONTRIBUTING.md, "The map"."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tensorboard_plugin_deeptracker"
NAME = PACKAGE.name
MAX_LINES = 400

# What each part may import of the others: the way of the data, never against it.
ALLOWED = {
    "events": set(),
    "summary": {"events"},
    "integrations": {"summary"},
    "index": {"events"},
    "analysis": {"index"},
    "http": {"analysis", "index", "events"},
    "plugin": {"http", "analysis", "index", "events"},
    "loader": {"plugin"},
    "__init__": {"summary"},
}
FRONTEND = ROOT / "frontend" / "src"
# The same in the frontend; what lies beside its folders may import all of them.
FRONTEND_ALLOWED = {
    "wire": set(),
    "charts": {"wire"},
    "state": {"charts", "wire"},
    "views": {"state", "charts", "wire"},
}
_FRONTEND_IMPORT = re.compile(r"^\s*(?:import|\} from|import .* from) '(\.[^']*)';", re.MULTILINE)
# The version is in the package itself, and stands beside the data's way.
SHARED = {"__version__"}


def python_files(*directories: str) -> list[Path]:
    return sorted(path for name in directories for path in (ROOT / name).rglob("*.py"))


def frontend_files() -> list[Path]:
    return [path for path in FRONTEND.rglob("*") if path.suffix in {".ts", ".svelte", ".css"}]


def part(path: Path) -> str:
    """The part of the package that a file belongs to: a folder, or a module beside them."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Absolute names of everything that a file imports, lazily or not."""
    package = (NAME, *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *(node.module or "").split("."))).strip(".")
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", python_files(NAME), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_run_along_the_way_of_the_data(path: Path) -> None:
    inside = [name.split(".")[1] for name in imports(path) if name.split(".")[0] == NAME]
    used = {name for name in inside if name not in SHARED}
    assert used <= ALLOWED[part(path)] | {part(path)}


@pytest.mark.parametrize("path", python_files(NAME), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_only_the_writer_needs_torch(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports(path)}
    assert part(path) in {"summary", "integrations"} or not roots & {"torch", "torchvision"}


@pytest.mark.parametrize("module", [NAME, f"{NAME}.loader", f"{NAME}.plugin"])
def test_the_viewer_imports_without_torch(module: str) -> None:
    code = (
        "import sys; sys.modules.update(torch=None, torchvision=None);"  # makes importing them fail
        f"import {module}"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_what_tensorboard_imports_at_every_start_is_small() -> None:
    code = f"import sys, {NAME}.loader; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True
    ).stdout
    assert not {"numpy", "sklearn", "fsspec", "torch"} & set(output.split())


@pytest.mark.parametrize("folder", FRONTEND_ALLOWED)
def test_imports_of_the_frontend_run_along_it_too(folder: str) -> None:
    found = 0
    for path in frontend_files():
        if path.relative_to(FRONTEND).parts[0] != folder:
            continue
        for name in _FRONTEND_IMPORT.findall(path.read_text()):
            target = Path(os.path.normpath(path.parent / name)).relative_to(FRONTEND)
            assert target.parts[0] in FRONTEND_ALLOWED[folder] | {folder}, f"{path} imports {name}"
            found += 1
    assert found


def test_no_file_is_too_long() -> None:
    source = [*python_files(NAME, "demo", "benchmarks", "tests"), *frontend_files()]
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in source
        if (lines := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert not long
