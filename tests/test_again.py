"""What fails by chance does not stop a change, and is named; what fails twice does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import again
from tests.forks import ROOT, server

# What they do the first time and the second.
TESTS = """
import os
import pathlib
import pytest

PLACE = pathlib.Path(__file__).parent

def is_second(name):
    place = PLACE / f"{name}.was"
    was = place.exists()
    place.touch()
    return was

@pytest.fixture(scope="module")
def cleaned():
    yield
    assert is_second("cleaned")

def test_passes(): pass
@pytest.mark.parametrize("name", ["by chance", "a[b]::c"])
def test_chance(name):
    number = 41 if not is_second("chance" + str(len(name))) else 42
    assert number == 42
def test_module(cleaned): pass
def test_fails(): assert 1 == 2
def test_dies():
    if not is_second("dies"):
        os._exit(3)
def test_many_1(): assert is_second("1")
def test_many_2(): assert is_second("2")
def test_many_3(): assert is_second("3")
def test_many_4(): assert is_second("4")
"""


def tried(place: Path, *arguments: str) -> tuple[str, int, str]:
    """What the first try says, and status and words of the second."""
    (place / "test_it.py").write_text(TESTS)
    (place / "pytest.ini").touch()
    failed = place / "failed"
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env |= {again.FAILED: str(failed), "PYTHONPATH": paths, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    start = ["-m", "pytest", "-p", "tests.again", "-p", "no:cacheprovider", str(place)]
    first = server("torch").run([*start, *arguments], cwd=place, env=env)
    assert first.returncode != 0, first.stdout
    second = server("torch").run(["-m", "tests.again", str(failed)], cwd=place, env=env)
    return first.stdout, second.returncode, second.stdout


def test_what_passes_the_second_time_is_named(tmp_path: Path) -> None:
    first, status, second = tried(tmp_path, "-k", "passes or chance or module")
    assert "assert 41 == 42" in first
    assert "ERROR at teardown of test_module" in first
    assert status == 0, second
    _, _, end = second.partition("PASSED ONLY THE SECOND TIME")
    assert end.count("test_it.py::") == 3
    assert "test_it.py::test_module" in end


@pytest.mark.parametrize(
    ("which", "options"),
    [("fails or module", []), ("many", []), ("dies", ["-p", "xdist", "-n", "1"])],
)
def test_what_has_no_second_chance(tmp_path: Path, which: str, options: list[str]) -> None:
    first, status, second = tried(tmp_path, "-k", which, *options)
    assert ("crashed" in first) == (which == "dies")
    assert status == 1
    assert "PASSED" not in second


def test_nor_has_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("import nothing_like_this")
    first, status, _ = tried(tmp_path)
    assert "nothing_like_this" in first
    assert status == 1
