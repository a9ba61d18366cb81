"""Runs that are opened in Python answer what HTTP answers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from inspect import signature
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

from tensorboard_plugin_deeptracker import open_run
from tensorboard_plugin_deeptracker.features import routes
from tensorboard_plugin_deeptracker.http.answers import Answer, File, to_json
from tensorboard_plugin_deeptracker.http.route import RUN
from tensorboard_plugin_deeptracker.reader.errors import (
    InvalidQuestionError,
    LogError,
    NotFoundError,
)
from tensorboard_plugin_deeptracker.reader.run import Run
from tests.http.client import tab
from tests.http.test_errors import RIGHT
from tests.logs import (
    SessionLog,
    random_dump,
    small_model,
    small_validation_set,
    write_small_run,
)


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("logs")
    write_small_run(directory / "run", kernels=True)
    return directory


@pytest.fixture(scope="module")
def run(logdir: Path) -> Run:
    return open_run(logdir / "run")


def test_every_question_is_answered_as_over_http(logdir: Path, run: Run) -> None:
    checked = 0
    run.map_quality()  # Waits until all frames of the map are made: answers tell how many are.
    with tab(logdir) as client:
        for route in routes():
            name = route.path[1:]
            query = {**route.example, **RIGHT.get(name, {}), "run": "run"}
            response = client.get(name, **query)
            parameters = {key: query[key] for key in query if key not in ("run", "runs")}
            others = () if route.about is RUN else [run]
            if response.status_code != 200:
                continue  # This run has not what the question is about.
            checked += 1
            answer = run.ask(name, others=others, **parameters)
            if isinstance(answer, File):
                assert answer.data == response.get_data()
                continue
            _, arrays = client.arrays(name, **query)
            for own, array in arrays.items():
                np.testing.assert_array_equal(answer.fields[own], array)
            made = run._fields(name, parameters, others)["source"].json()
            assert json.loads(to_json(made)) == client.json(name, **query)
    assert checked > 20


def test_addresses_are_opened_too(logdir: Path, run: Run) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(f"{logdir}/", "/reader/", recursive=True)
    try:
        far = open_run("memory://reader/run")
        assert (far.name, far.path) == ("run", "memory://reader/run")
        np.testing.assert_array_equal(far.error_rates().classes, run.error_rates().classes)
    finally:
        memory.rm("/reader", recursive=True)


def test_what_is_logged_later_is_there_after_a_refresh(tmp_path: Path) -> None:
    write_small_run(tmp_path / "run")
    run = open_run(tmp_path / "run")
    assert run.error_rates().steps.tolist() == [0, 1, 2, 3, 4, 5]
    with SessionLog(tmp_path / "run", "second", started=2.0) as log:
        log.validation_set(small_validation_set(2, 2))
        log.validation(9, [0, 0, 1, 1], 2)
    assert run.error_rates().steps.tolist() == [0, 1, 2, 3, 4, 5]
    assert run.refresh()
    assert run.error_rates().steps.tolist() == [0, 1, 2, 3, 4, 5, 9]
    assert not run.refresh()


def test_what_is_not_given_is_what_the_tab_starts_with(example: Path) -> None:
    run = open_run(example / "runs" / "example")
    suggested = run.suggested()
    anomalies = run.anomalies()
    assert (anomalies.window, anomalies.min_score) == (suggested.window, suggested.min_score)
    assert len(run.iteration_filter().layer) == suggested.top_k
    assert run.iteration_filter().step == run.confusion().step == 290
    assert run.anomalies(window=1).window == 1


def test_a_run_of_weights_alone_needs_no_images_to_be_asked(tmp_path: Path) -> None:
    model = small_model(3, 4)
    with SessionLog(tmp_path / "run") as log:
        log.model(model)
        log.dump(7, *random_dump(model, 0))
    run = open_run(tmp_path / "run")
    assert sorted(run.iteration_filter().filter.tolist()) == [0, 0, 1, 1, 2]
    with pytest.raises(NotFoundError, match="no validation set yet"):
        run.anomalies()


@pytest.mark.parametrize("others", ["runs/b", 5, ["runs/b"]])
def test_others_are_runs(example: Path, others: Any) -> None:
    run = open_run(example / "runs" / "example")
    with pytest.raises(InvalidQuestionError, match=r"others must be runs, as open_run .* not "):
        run.compare(others)


def test_names_of_classes_are_those_of_an_image_set(example: Path, tmp_path: Path) -> None:
    run = open_run(example / "runs" / "example")
    assert run.class_names() == run.class_names("validation") != []
    with pytest.raises(NotFoundError, match="unknown image set 'tests'"):
        run.class_names("tests")
    with SessionLog(tmp_path / "run") as log:
        log.model(small_model(3, 4))
    assert open_run(tmp_path / "run").class_names() == []


def test_a_table_has_names_and_a_row_for_each(example: Path) -> None:
    run = open_run(example / "runs" / "example")
    scores = run.image_scores(history="yes")
    table = scores.table()
    assert table.rows == "images"
    assert table.height == 80
    assert table["label"][:2] == ["cat", "cat"]
    import polars  # Starts threads.

    frame = polars.DataFrame(table)
    assert frame["id"].to_list() == scores.ids
    np.testing.assert_array_equal(frame["margin"].to_numpy(), scores.margin)
    np.testing.assert_array_equal(frame["predicted"].to_numpy(), scores.predicted)
    by_validation = scores.table("validations")
    assert np.shape(by_validation["predicted"]) == (30, 80)
    (layer, *_) = run.iteration_filter().table()["layer"]
    assert layer in run.layer_names
    with pytest.raises(InvalidQuestionError, match="a row may stand for one of images, valid"):
        scores.table("filters")
    with pytest.raises(InvalidQuestionError, match="use to_json"):
        run.suggested().table()


def test_a_column_of_every_kind_is_read_back(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("arro3.io").write_parquet(run.kernels().table(), tmp_path / "kernels")
    import polars  # Starts threads.

    kernels = polars.read_parquet(tmp_path / "kernels")
    assert kernels["values"].to_numpy().shape == run.kernels().values.shape
    missing = run.iteration_image(step=0).table("images")
    assert polars.DataFrame(missing)["before"].to_list() == [None] * 4


def test_what_is_no_run_says_what_is(logdir: Path, tmp_path: Path) -> None:
    for wrong, reason in (
        (logdir, "is no run, but there are runs below it: run; open one of them"),
        (tmp_path, "no log of DeepTracker's is in this directory, nor below it"),
        (tmp_path / "nowhere", "there is no such directory"),
        ("nothing://x", "Protocol not known: nothing"),
    ):
        with pytest.raises(LogError, match=reason):
            open_run(wrong)


def test_a_question_without_an_answer_says_why(run: Run, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="unknown layer 'ste'"):
        run.layer_filter("ste")
    with pytest.raises(NotFoundError, match=r"unknown question 'error_rate'.*try 'error_rates'"):
        run.ask("error_rate")
    with pytest.raises(InvalidQuestionError, match=r"compare is about 2 runs, not 3"):
        run.compare([run, run])
    wrong: Any = {"window": 0}
    with pytest.raises(InvalidQuestionError, match="window='0'"):
        run.anomalies(**wrong)
    with SessionLog(tmp_path / "empty"):
        pass
    with pytest.raises(NotFoundError, match="no representations were logged"):
        open_run(tmp_path / "empty").map()


def test_a_log_that_went_away_is_an_error_of_the_log(tmp_path: Path) -> None:
    write_small_run(tmp_path / "run")
    run = open_run(tmp_path / "run")
    run.error_rates()
    shutil.rmtree(tmp_path / "run")
    with pytest.raises((LogError, NotFoundError)):
        run.layer_filter("stem")


def test_arrays_may_be_larger_than_what_is_sent(run: Run) -> None:
    question: dict[str, Any] = {"layer": "stem", "measure": "change", "normalize": "none"}
    of_class: dict[str, Any] = {"class_": "class 0"}
    for name, asked in (("layer_filter", question), ("class_image", of_class)):
        (route,) = (each for each in routes() if each.path == f"/{name}")
        # The limit that is lifted is one that the question has.
        assert "max_bytes" in signature(route.answer).parameters
        answer = run.ask(name, **asked)
        assert isinstance(answer, Answer)


def test_reading_needs_no_torch_no_click_and_no_server() -> None:
    code = (
        "import sys; import tensorboard_plugin_deeptracker as package\n"
        "assert 'numpy' not in sys.modules\n"
        "package.open_run\n"
        "print(*sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    there = set(said.stdout.split())
    assert not {"torch", "click", "sklearn", "scipy", "arro3", "tensorboard.program"} & there
