"""What the wheel and the sdist hold."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "tensorboard_plugin_deeptracker"
MAX_WHEEL = 1_000_000


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
    assert wheel.stat().st_size < MAX_WHEEL
