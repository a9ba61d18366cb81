"""`deeptracker compare`: a regression test that can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calling import ask, call
from tests.http.client import tab
from tests.logs import SessionLog, png, small_validation_set

IMAGES = 200


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: of 200 images, the second lost three of class 0 and won one of class 1."""
    directory = tmp_path_factory.mktemp("logs")
    images = small_validation_set(100, 100)
    first = images.labels.tolist()
    first[150] = 0
    second = images.labels.tolist()
    second[3:6] = [1, 1, 1]
    for name, predicted in (("a", first), ("b, new", second)):
        with SessionLog(directory / name) as log:
            log.validation_set(images)
            log.validation(10, first, 2)
            log.validation(20, predicted, 2)
    return directory


def test_answers_what_the_route_does(logdir: Path) -> None:
    a, b = logdir / "a", logdir / "b, new"
    with tab(logdir) as opened:
        assert ask("compare", a, b) == opened.json("compare", runs=["a", "b, new"])
        early = opened.json("compare", runs=["a", "b, new"], steps=[20, 10])
    assert ask("compare", a, b, "--steps", 20, 10) == early
    assert early["lost"] == 0


@pytest.mark.parametrize("limit", ["1.5%", "0.015", "1", "100 %"])
def test_what_is_within_the_limit_is_a_yes(logdir: Path, limit: str) -> None:
    result = call("compare", logdir / "a", logdir / "b, new", "--max-negative-flips", limit)
    assert (result.exit_code, result.stderr) == (0, "")


def test_more_is_a_no_with_the_list(logdir: Path) -> None:
    asked = ("compare", logdir / "a", logdir / "b, new", "--max-negative-flips", "1.49%")
    result = call(*asked)
    assert result.exit_code == 1
    assert "3 of 200 images are wrong in" in result.stderr
    assert "1.50%, more than 1.49%" in result.stderr
    lines = [line.split("  ") for line in result.stdout.splitlines()]
    lost = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    for identifier in ("97", "96", "95"):
        assert [identifier, "class 0", "class 1", "20"] in lost
    result = call(*asked, "--json")
    assert result.exit_code == 1
    assert '"max_negative_flip_rate":0.0149,"exceeded":true' in result.stdout


def test_says_what_changed(logdir: Path) -> None:
    text = call("compare", logdir / "a", logdir / "b, new").stdout
    for each in (
        "A: a at iteration 20: 0.50% wrong",
        "B: b, new at iteration 20: 1.50% wrong",
        "200 images in both",
        "McNemar's exact test: p = 0.62",
    ):
        assert each in text
    rows = [line.split() for line in text.splitlines()]
    assert ["class", "0", "3", "0", "0.00%", "3.00%", "0.5"] in rows
    assert ["class", "1", "0", "1", "1.00%", "0.00%", "1"] in rows


def test_warns_of_images_that_only_share_their_ids(logdir: Path, tmp_path: Path) -> None:
    for name, shade in (("a", 0), ("b", 90)):
        with SessionLog(tmp_path / name) as log:
            log.validation_set(small_validation_set(5))
            log.images(range(5), [png(shade + i) for i in range(5)])
            log.validation(1, [0] * 5, 1)
    result = call("compare", tmp_path / "a", tmp_path / "b")
    assert "5 do not look the same in both runs" in result.stderr
    assert result.exit_code == 0
    other = call("compare", tmp_path / "a", logdir / "a")
    assert "only in B: 195" in other.stdout


def test_bad_calls(logdir: Path, tmp_path: Path) -> None:
    a = logdir / "a"
    for arguments, reason in (
        (("compare", a), "Missing argument 'B'"),
        (("compare", a, a, "--max-negative-flips", "1.5"), "give it like 0.5% or 0.005"),
        (("compare", a, a, "--max-negative-flips", "some"), "give it like 0.5% or 0.005"),
        (("compare", a, a, "--image-set", "train"), "'train'"),
        (("compare", a, a, "--steps", 10, 11), "there is no validation at step 11"),
    ):
        result = call(*arguments)
        assert result.exit_code == 2
        assert reason in result.stderr
    result = call("compare", a, tmp_path)
    assert result.exit_code == 3
    assert str(tmp_path) in result.stderr
