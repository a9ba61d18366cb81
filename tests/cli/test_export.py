"""`deeptracker export`: files that other programs read give back the numbers."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tensorboard_plugin_deeptracker import open_run
from tensorboard_plugin_deeptracker.reader.export import encode, questions
from tests.logs import SessionLog, small_validation_set, write_small_run

from .calling import ask, call


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("exported") / "run"
    write_small_run(directory, kernels=True)
    return directory


def test_a_row_an_image(run: Path, tmp_path: Path) -> None:
    scores = open_run(run).image_scores(history="yes")
    for form in ("csv", "parquet", "npz"):
        said = call("export", run, "image_scores", "history=yes", "-o", tmp_path / f"x.{form}")
        assert (said.exit_code, said.output) == (0, "")
    with (tmp_path / "x.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["id"]) for row in rows] == scores.ids
    assert [row["label"] for row in rows] == ["class 0", "class 0", "class 1", "class 1"]
    assert scores.predicted is not None
    for i, step in enumerate(scores.steps.tolist()):
        assert [int(row[f"predicted@{step}"]) for row in rows] == scores.predicted[:, i].tolist()
    assert {row["margin"] for row in rows} == {""}
    import polars  # Starts threads.

    frame = polars.read_parquet(tmp_path / "x.parquet")
    assert frame["id"].to_list() == scores.ids
    np.testing.assert_array_equal(frame["predicted"].to_numpy(), scores.predicted)
    with np.load(tmp_path / "x.npz") as arrays:
        for name, array in scores.arrays.items():
            np.testing.assert_array_equal(arrays[name], array)
        assert json.loads(str(arrays["answer"])) == scores.to_json()
    assert not list(tmp_path.glob(".*"))


def test_a_row_says_of_what_it_is(run: Path) -> None:
    opened = open_run(run)
    names, images = opened.class_names(), [100, 99, 98, 97]
    assert opened.iteration_image().table()["id"] == images
    assert opened.class_image(names[1]).table()["id"] == images[2:]
    assert opened.confusion().table("classes")["class"] == names
    assert opened.error_rates().table("classes")["class"] == names
    shown = opened.map().table()
    label = opened.image_scores(sort="log").table()["label"]
    assert (shown["id"], shown["label"]) == (images, label)
    assert set(shown["predicted"]) <= {*names}


def test_digits_give_back_the_number(run: Path) -> None:
    said = call("export", run, "layer_filter", "layer=stem")
    rows = list(csv.reader(said.stdout.splitlines()))
    values = np.array([[float(cell or "nan") for cell in row] for row in rows[1:]], np.float32)
    np.testing.assert_array_equal(values, open_run(run).layer_filter("stem").values)
    assert rows[0] == [f"values@{step}" for step in range(6)]


def test_names_are_no_formulas(tmp_path: Path) -> None:
    names = "=HYPERLINK(A1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a=1"
    with SessionLog(tmp_path) as log:
        log.validation_set(replace(small_validation_set(*[1] * len(names)), class_names=names))
        log.validation(0, [0] * len(names), len(names))
    told = call("export", tmp_path, "image_scores").stdout_bytes.decode()
    rows = list(csv.DictReader(io.StringIO(told, newline="")))
    assert {row["label"] for row in rows} == {*(f"'{name}" for name in names[:-1]), "a=1"}
    # What programs ask for stays as it is.
    assert open_run(tmp_path).class_names() == list(names)


def test_every_question_is_listed_and_exported(run: Path) -> None:
    listed = ask("export", run)["questions"]
    assert {each["question"] for each in listed} == set(questions())
    assert "image_scores" in call("export", run).stdout
    opened = open_run(run)
    needed = {"layer": "stem", "stat": "weight_mean", "class": "class 0", "id": "100"}
    exported = 0
    for each in listed:
        given = [f"{name}={needed[name]}" for name in each["parameters"] if name in needed]
        if each["question"] in ("image_scores", "cartography"):
            given = []
        said = call("export", run, each["question"], *given, "--json")
        if said.exit_code == 0:
            exported += 1
            json.loads(said.stdout)
    assert exported > 15
    assert encode(opened.error_rates(), "csv", "classes").count(b"\n") == 3


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["error_rate"], 2, "try 'error_rates'"),
        (["error_rates", "k=3"], 2, "has no parameter 'k': it takes image_set"),
        (["error_rates", "k"], 2, "must be NAME=VALUE"),
        (["layer_filter"], 2, "missing 1 required positional argument: 'layer'"),
        (["layer_filter", "layer=x"], 2, "unknown layer 'x'"),
        (["suggested"], 2, "use to_json"),
        (["error_rates", "--rows", "filters"], 2, "a row may stand for one of"),
        (["error_rates", "-o", "x.doc"], 2, "must end in one of .csv"),
        (["error_rates", "-o", "nowhere/x.csv"], 3, "nowhere/x.csv: No such file"),
    ],
)
def test_what_is_wrong_is_said(run: Path, arguments: list[str], code: int, reason: str) -> None:
    said = call("export", run, *arguments)
    assert said.exit_code == code, said.output
    assert reason in said.stderr


def test_what_is_no_run(tmp_path: Path) -> None:
    said = call("export", tmp_path, "error_rates")
    assert said.exit_code == 3
    assert "no log of DeepTracker's" in said.stderr
