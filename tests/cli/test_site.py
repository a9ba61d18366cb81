"""`deeptracker export --site`: what is written where, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.logs import write_small_run

from .calling import ask, call


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("paged") / "run"
    write_small_run(directory, kernels=True)
    return directory


def test_a_page_is_written_whole_and_anew(run: Path, tmp_path: Path) -> None:
    page = tmp_path / "pages" / "page"
    said = call("export", "--site", run, "-o", page)
    assert said.exit_code == 0, said.output
    assert said.output.startswith(f"{page / 'index.html'}: ")
    assert "left out" not in said.output
    (page / "images" / "stale.png").touch()
    assert ask("export", "--site", run, "-o", page)["images"] == 4
    assert not (page / "images" / "stale.png").exists()
    assert [each.name for each in page.parent.iterdir()] == ["page"]


def test_size_is_bounded_and_said(run: Path, tmp_path: Path) -> None:
    whole = ask("export", "--site", run, "-o", tmp_path / "whole")
    small = ask("export", "--site", run, "-o", tmp_path / "small", "--max-size", 0)
    assert small["answers"] + small["left_out"] + small["images"] >= whole["answers"]
    assert small["size"] < whole["size"]
    assert small["left_out"] > 0
    said = call("export", "--site", run, "-o", tmp_path / "small", "--max-size", 0)
    assert "more were left out for its size: --max-size, now 0 MB, lets more in" in said.output
    bare = ask("export", "--site", run, "-o", tmp_path / "bare", "--no-images", "--steps", 1)
    assert bare["images"] == 0
    assert not (tmp_path / "bare" / "images").exists()
    assert bare["answers"] < whole["answers"]


def test_what_goes_wrong(run: Path, tmp_path: Path) -> None:
    said = call("export", "--site", run)
    assert (said.exit_code, "-o DIRECTORY" in said.output) == (2, True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    for there in (tmp_path / "mine", tmp_path / "mine" / "thesis.tex"):
        said = call("export", "--site", run, "-o", there)
        assert (said.exit_code, "is not empty, and no page" in said.output) == (2, True)
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["thesis.tex"]
    said = call("export", "--site", tmp_path / "none", "-o", tmp_path / "page")
    assert said.exit_code == 3
    assert not (tmp_path / "page").exists()


def test_runs_of_one_name_are_told_apart(run: Path, tmp_path: Path) -> None:
    write_small_run(tmp_path / "run")
    said = ask("export", "--site", run, tmp_path / "run", "-o", tmp_path / "page")
    assert said["runs"] == ["run", "run (2)"]
