"""`deeptracker import`: a table becomes the run that a writer would have logged."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tensorboard_plugin_deeptracker import SummaryWriter, open_run
from tests.http.client import tab

from .calling import ask, call

CLASSES = ("cat", "deer", "dog")
LABELS = np.array([2, 0, 1, 1, 0, 2])
NAMES = [f"pictures/{i}.png" for i in range(len(LABELS))]
STEPS = (0, 10, 30)


def scores_at(step: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(step).normal(size=(len(LABELS), len(CLASSES)))


def rows(names: bool) -> list[dict[str, Any]]:
    table = []
    for step in STEPS:
        for i, scores in enumerate(scores_at(step)):
            if (step, i) == (10, 3):
                continue  # It was not evaluated then.
            own = LABELS[i].item(), int(scores.argmax())
            label, predicted = (CLASSES[each] for each in own) if names else own
            called = [f"score:{name}" if names else f"score_{c}" for c, name in enumerate(CLASSES)]
            scored = dict(zip(called, scores.tolist(), strict=True))
            table.append(
                {"step": step, "id": NAMES[i], "label": label, "prediction": predicted, **scored}
            )
    return table


def write_csv(path: Path, table: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    return path


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same through the writer."""
    directory = tmp_path_factory.mktemp("logged") / "run"
    with SummaryWriter(directory) as writer:
        writer.add_validation_set(LABELS, CLASSES, ids=NAMES)
        for step in STEPS:
            scores, own = scores_at(step), np.arange(len(LABELS)) != (3 if step == 10 else -1)
            ids = [name for name, there in zip(NAMES, own, strict=True) if there]
            writer.add_predictions(None, step, scores[own], ids=ids)
    return directory


@pytest.mark.parametrize("form", ["names.csv", "numbers.csv", "names.parquet", "lists.parquet"])
def test_it_is_what_a_writer_would_have_logged(logged: Path, tmp_path: Path, form: str) -> None:
    table, path, options = rows(form.startswith("names")), tmp_path / form, []
    if not form.startswith("names"):
        options = ["--classes", ",".join(CLASSES)]
    if form == "lists.parquet":
        for row in table:
            row["scores"] = [row.pop(f"score_{c}") for c in range(len(CLASSES))]
            row["path"], row["epoch"] = row.pop("id"), row.pop("step")
            del row["prediction"]
        options += ["--column", "id=path", "--column", "step=epoch"]
    if path.suffix == ".csv":
        write_csv(path, table)
    else:
        import polars  # Starts threads.

        polars.DataFrame(table).write_parquet(path)
    answer = ask("import", path, "--logdir", tmp_path / "run", *options)
    assert answer == {
        "run": str(tmp_path / "run"),
        "image_set": "validation",
        "images": 6,
        "classes": 3,
        "validations": 3,
    }
    run, other = open_run(tmp_path / "run"), open_run(logged)
    ours, theirs = run.image_scores(history="yes"), other.image_scores(history="yes")
    assert ours.ids == theirs.ids
    for name, array in ours.arrays.items():
        np.testing.assert_array_equal(array, theirs.arrays[name], name)
    assert run.class_names() == list(CLASSES)
    with tab(tmp_path) as opened:
        assert opened.json("runs")["runs"][0]["validations"] == 3
    assert list((tmp_path / "run").glob("*tfevents*"))


def test_without_scores_and_as_a_further_set(logged: Path, tmp_path: Path) -> None:
    table = [{key: row[key] for key in ("step", "id", "label", "prediction")} for row in rows(True)]
    path = write_csv(tmp_path / "x.csv", table)
    for name in ("validation", "test"):
        said = call("import", path, "--logdir", tmp_path / "run", "--image-set", name)
        assert said.stdout == f"3 validations of 6 images in 3 classes, in {tmp_path / 'run'}\n"
    run, other = open_run(tmp_path / "run"), open_run(logged)
    assert run.image_set_names == ["validation", "test"]
    for name in run.image_set_names:
        np.testing.assert_array_equal(
            run.error_rates(image_set=name).classes, other.error_rates().classes
        )
    again = call("import", path, "--logdir", tmp_path / "run")
    assert again.exit_code == 2
    assert "has an image set 'validation' already" in again.stderr


@pytest.mark.parametrize(
    ("text", "options", "code", "reason"),
    [
        ("a,b\n1,2\n", [], 2, "no column 'step': it has a, b; say which one it is with"),
        ("step,id,label\n1,a,0\n", [], 2, "neither a column 'prediction' nor scores"),
        ("step,id,label,prediction\n", [], 2, "has no rows"),
        ("step,id,label,prediction\n1.5,a,0,0\n", [], 2, "row 1 has the step 1.5"),
        ("step,id,label,prediction\nx,a,0,0\n", [], 2, "row 1 has 'x' as 'step', no number"),
        ("step,id,label,prediction\n1,a,0\n", [], 2, "row 1 has 3 cells, and there are 4"),
        ("step,id,label,prediction\n1,a,0,0\n1,a,0,1\n", [], 2, "'a' is there twice at step 1"),
        ("step,id,label,prediction\n1,a,0,0\n2,a,1,1\n", [], 2, "an image has one label"),
        ("step,id,label,prediction\n1,a,,0\n", [], 2, "row 1 has no label"),
        ("step,id,label,prediction\n1,a,-1,0\n", [], 2, "class -1 is out of range"),
        ("step,id,label,prediction\n1,a,cat,cow\n", ["--classes", "cat,dog"], 2, "'cow' is none"),
        ("step,id,label,prediction\n1,a,0,0\n", ["--column", "x=y"], 2, "must be ROLE=NAME"),
        (None, [], 3, "No such file"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    tmp_path: Path, text: str | None, options: list[str], code: int, reason: str
) -> None:
    path = tmp_path / "table.csv"
    if text is not None:
        path.write_text(text)
    said = call("import", path, "--logdir", tmp_path / "run", *options)
    assert said.exit_code == code, said.output
    assert reason in said.stderr
    assert not (tmp_path / "run").exists()
