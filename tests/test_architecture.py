"""The house's rules that a reader can rely on: docs in CONTRIBUTING.md, "The map"."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tensorboard_plugin_deeptracker.features import FEATURES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tensorboard_plugin_deeptracker"
NAME = PACKAGE.name
MAX_LINES = 400

# Floors from the ground up: a part imports only what stands here, and itself.
ALLOWED = {
    "events": set(),
    "index": {"events"},
    "summary": {"events"},
    "compute": {"index", "events"},
    "http": {"compute", "index", "events"},
    "features": {"cli", "reader", "http", "compute", "summary", "index", "events"},
    "pictures": set(),
    "pages": {"plugin", "features", "http", "compute", "index", "events"},
    "reader": {"pages", "pictures", "features", "http", "compute", "index", "events"},
    "importing": {"reader", "features", "events"},
    "mcp": {"reader", "http", "compute", "index"},
    "cli": {
        "importing",
        "mcp",
        "pages",
        "pictures",
        "reader",
        "replay",
        "features",
        "http",
        "compute",
    },
    "plugin": {"features", "http", "compute", "index", "events"},
    "writer": {"features", "summary"},
    "causes": {"features", "summary"},
    "tracker": {"causes", "writer", "features", "summary"},
    "integrations": {"tracker", "writer"},
    "loader": {"plugin"},
    "replay": {"reader", "tracker", "causes", "writer", "features", "summary"},
    "__init__": {"causes", "reader", "replay", "tracker", "writer"},
}
# The same within a feature, by role: what it may import of its own and of other features', and of
# the floors below.
ROLES = {
    "records": ({"records"}, {"events"}),
    "log": ({"records", "log"}, {"events", "summary"}),
    "compute": ({"records", "compute"}, {"events", "index", "compute"}),
    "routes": ({"records", "compute", "routes"}, {"events", "index", "compute", "http"}),
    "commands": (
        {"records", "compute", "routes", "commands"},
        {"compute", "http", "reader", "cli"},
    ),
}
# Only these are of the user's process, and know PyTorch.
WRITING = {"summary", "integrations", "writer", "tracker", "replay", "causes"}
FRONTEND = ROOT / "frontend" / "src"
# The version is in the package itself, and stands beside the data's way.
SHARED = {"__version__"}


def python_files(*directories: str) -> list[Path]:
    return sorted(path for name in directories for path in (ROOT / name).rglob("*.py"))


def frontend_files() -> list[Path]:
    made = FRONTEND / "wire" / "routes.ts"
    return [
        path
        for path in FRONTEND.rglob("*")
        if path.suffix in {".ts", ".svelte", ".css"} and path != made
    ]


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


def role(path: Path) -> str | None:
    """The role that a file of a feature plays; None if it is no such file."""
    parts = path.relative_to(PACKAGE).parts
    return parts[2].removesuffix(".py") if parts[0] == "features" and len(parts) > 2 else None


def inside(path: Path) -> list[tuple[str, ...]]:
    """What a file imports of the package, without its name."""
    names = (tuple(name.split(".")[1:]) for name in imports(path) if name.split(".")[0] == NAME)
    return [name for name in names if name and name[0] not in SHARED]


FILES = pytest.mark.parametrize(
    "path", python_files(NAME), ids=lambda p: p.relative_to(ROOT).as_posix()
)


@FILES
def test_imports_run_from_floor_to_floor(path: Path) -> None:
    used = {name[0] for name in inside(path)}
    assert used <= ALLOWED[part(path)] | {part(path)}


@FILES
def test_imports_within_features_go_by_role(path: Path) -> None:
    own = role(path)
    if own in (None, "__init__"):
        return
    roles, floors = ROLES[str(own)]
    feature = path.relative_to(PACKAGE).parts[1]
    for name in inside(path):
        if name[0] != "features":
            assert name[0] in floors
            continue
        assert name[2] in roles
        # Of others, what a role exports, and no file behind it.
        assert name[1] == feature or not is_module(name[:4])


def is_module(name: tuple[str, ...]) -> bool:
    """Whether a name of four parts is a file in a role's folder."""
    path = PACKAGE.joinpath(*name)
    return len(name) == 4 and (path.with_suffix(".py").exists() or path.is_dir())


def test_features_use_only_those_before_them_in_the_list() -> None:
    for path in python_files(NAME):
        if role(path) not in (None, "__init__"):
            feature = path.relative_to(PACKAGE).parts[1]
            used = {name[1] for name in inside(path) if name[0] == "features"}
            assert used <= set(FEATURES[: FEATURES.index(feature) + 1]), path


def test_no_imports_go_in_a_circle() -> None:
    files = {module(path): path for path in python_files(NAME)}
    graph = {name: set[str]() for name in files}
    for name, path in files.items():
        for imported in inside(path):
            target = ".".join(imported)
            found = next(
                (each for each in (target, target.rpartition(".")[0]) if each in files), ""
            )
            if found and found != name:
                graph[name].add(found)
    # A lazy import of the writer by the package itself is no circle of files.
    graph.pop("", None)
    list(TopologicalSorter(graph).static_order())


def module(path: Path) -> str:
    """A file's name within the package, with dots; the package's own is empty."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@FILES
def test_only_the_writer_needs_torch(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports(path)}
    writes = part(path) in WRITING or role(path) == "log"
    assert writes or not roots & {"torch", "torchvision"}


@pytest.mark.parametrize("module", [NAME, f"{NAME}.loader", f"{NAME}.plugin", f"{NAME}.reader.run"])
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


def test_tensorboards_start_waits_for_no_feature(tmp_path: Path) -> None:
    """But for what their records are: which runs there are is looked at from the beginning."""
    code = (
        f"import sys, {NAME}.plugin as ours;"
        "from tensorboard.plugins.base_plugin import TBContext;"
        f"ours.DeepTrackerPlugin(TBContext(logdir={str(tmp_path)!r})).get_plugin_apps();"
        "print(*sys.modules)"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True
    ).stdout
    parts = {tuple(name.split(".")[3:4]) for name in output.split() if f"{NAME}.features." in name}
    assert parts == {(), ("records",)}


def test_no_file_is_too_long() -> None:
    source = [*python_files(NAME, "demo", "benchmarks", "tests"), *frontend_files()]
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in source
        if (lines := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert not long
