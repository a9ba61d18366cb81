"""The same rules for the tab: floors, features, roles, no circles (CONTRIBUTING.md, "The map")."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "frontend" / "src"
# Made by the build.
MADE = SOURCE / "wire" / "routes.ts"

# From the ground up: each imports only those before it.
FLOORS = ["wire", "settings", "axis", "charts", "run", "shell", "features"]
# What may lie beside the folders, and may import of them what is named here.
BESIDE = {"main": {"features.ts", "shell"}, "features": {"shell"}}
# The file that others may import of a feature, and the one that only the list of features does.
EXPORTS, DESCRIPTOR = "api", "index"
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']*)'""")


def files() -> list[Path]:
    found = (path for path in SOURCE.rglob("*") if path.suffix in {".ts", ".svelte"})
    return sorted(path for path in found if path != MADE)


def is_test(path: Path) -> bool:
    return path.name.endswith(".test.ts") or path.stem == "fixtures"


def imports(path: Path) -> Iterator[Path]:
    """The files that a file imports, types included."""
    for name in _IMPORT.findall(path.read_text()):
        bare = Path(os.path.normpath(path.parent / name.partition("?")[0]))
        candidates = [bare, *(bare.with_name(bare.name + end) for end in (".ts", ".svelte.ts"))]
        target = next((each for each in candidates if each.is_file()), None)
        assert target or bare == MADE.with_suffix(""), f"{path} imports {name}, which is nowhere"
        if target:
            yield target


def part(path: Path) -> str:
    """The floor or, of features, the feature that a file belongs to; else its own name."""
    parts = path.relative_to(SOURCE).parts
    if len(parts) == 1:
        return parts[0]
    return "/".join(parts[:2]) if parts[0] == "features" else parts[0]


def role(path: Path) -> str:
    return path.name.partition(".")[0]


FILES = pytest.mark.parametrize(
    "path", files(), ids=lambda path: path.relative_to(SOURCE).as_posix()
)


@FILES
def test_imports_run_from_floor_to_floor(path: Path) -> None:
    own = path.relative_to(SOURCE).parts[0]
    used = {target.relative_to(SOURCE).parts[0] for target in imports(path)}
    if own in FLOORS:
        assert used <= set(FLOORS[: FLOORS.index(own) + 1])
    elif not is_test(path):
        assert used <= BESIDE[role(path)]


@FILES
def test_features_meet_only_through_what_they_export(path: Path) -> None:
    for target in imports(path):
        if not part(target).startswith("features/"):
            continue
        # The list of features finds their descriptors by itself.
        assert role(target) != DESCRIPTOR, "a descriptor is for the list of features only"
        if part(target) != part(path):
            assert part(path).startswith("features/"), "only features know features"
            assert role(target) == EXPORTS or (is_test(path) and is_test(target))


@FILES
def test_planning_is_apart_from_drawing(path: Path) -> None:
    """Only components, and what lists them, know components."""
    draws = path.suffix == ".svelte" or role(path) in {DESCRIPTOR, EXPORTS, *BESIDE}
    assert draws or not [target for target in imports(path) if target.suffix == ".svelte"]


@FILES
def test_asking_and_declaring_know_nothing_of_what_is_loaded_or_shown(path: Path) -> None:
    if not part(path).startswith("features/") or role(path) not in {"wire", "settings", "kinds"}:
        return
    used = {role(target) for target in imports(path) if part(target) == part(path)}
    assert is_test(path) or not used & {"state", EXPORTS, DESCRIPTOR}


def test_every_feature_has_a_descriptor_and_is_in_the_list() -> None:
    folders = {path.name for path in (SOURCE / "features").iterdir() if path.is_dir()}
    listed = re.findall(r"^  '(\w+)',$", (SOURCE / "features.ts").read_text(), re.MULTILINE)
    assert set(listed) == folders
    for name in folders:
        assert (SOURCE / "features" / name / "index.ts").is_file()


def graph_of(name: str) -> dict[str, set[str]]:
    """Who imports whom: files, or floors and features."""
    graph: dict[str, set[str]] = {}
    for path in files():
        if is_test(path):
            continue
        own = path.as_posix() if name == "files" else part(path)
        used = {target.as_posix() if name == "files" else part(target) for target in imports(path)}
        graph.setdefault(own, set()).update(used - {own})
    return graph


@pytest.mark.parametrize("name", ["files", "folders"])
def test_no_imports_go_in_a_circle(name: str) -> None:
    list(TopologicalSorter(graph_of(name)).static_order())
