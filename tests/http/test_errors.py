"""A wrong request is told what is wrong and what would be right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from tensorboard_plugin_deeptracker.features import routes
from tensorboard_plugin_deeptracker.features.layers.compute import queries
from tensorboard_plugin_deeptracker.http.route import RUN
from tests.http.client import Tab, tab
from tests.logs import SessionLog, small_model, write_small_run

# A right request for every route that is about one run.
RIGHT: dict[str, dict[str, Any]] = {
    route.path[1:]: {name: value for name, value in route.example.items() if name != "run"}
    for route in routes()
    if route.about is RUN and route.path != "/kernels"  # Which this run has none of.
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    logdir = tmp_path_factory.mktemp("logs")
    write_small_run(logdir / "run")
    SessionLog(logdir / "begun").close()
    with SessionLog(logdir / "weights") as log:
        log.model(small_model(2))
    with tab(logdir) as one:
        yield one


def error(opened: Tab, status: int, route: str, **change: Any) -> str:
    """The message that a right request gets once some parameters are changed."""
    query = {"run": "run", **RIGHT.get(route, {}), **change}
    response = opened.get(route, **{name: v for name, v in query.items() if v is not None})
    assert response.status_code == status
    body = json.loads(response.get_data())
    assert body.keys() == {"error"}
    message: str = body["error"]
    return message


@pytest.mark.parametrize("route", RIGHT)
def test_the_right_requests_are_right(opened: Tab, route: str) -> None:
    assert opened.get(route, run="run", **RIGHT[route]).status_code == 200


@pytest.mark.parametrize(
    ("route", "parameter"), [(route, p) for route in RIGHT for p in ("run", *RIGHT[route])]
)
def test_every_parameter_is_required(opened: Tab, route: str, parameter: str) -> None:
    message = error(opened, 400, route, **{parameter: None})
    assert message == f"the parameter {parameter!r} is missing"


@pytest.mark.parametrize(
    ("route", "parameter"), [(route, p) for route in RIGHT for p in ("run", *RIGHT[route])]
)
def test_a_parameter_is_given_once(opened: Tab, route: str, parameter: str) -> None:
    assert "give it once" in error(opened, 400, route, **{parameter: ["1", "1"]})


WHOLE = [
    "0",
    "-1",
    "1.5",
    "",
    "one",
    "nan",
    "1e3",
    "1_0",
    "\u0661",
    "9" * 30,
    "9" * 5000,
    "+1",
    " 1",
]
FRACTION = ["-0.1", "1.1", "nan", "inf", "", "half", "0x1", "9" * 400]


@pytest.mark.parametrize(
    ("route", "parameter", "value"),
    [
        *(("class_stat", "window", value) for value in WHOLE),
        *(("anomalies", "window", value) for value in WHOLE),
        *(("iteration_filter", "top_k", value) for value in WHOLE),
        *(("correlation", "top_k", value) for value in WHOLE),
        *(("correlation", "min_appearances", value) for value in WHOLE),
        *(("mini_set_surprise", "shuffles", value) for value in [*WHOLE, "10001"]),
        *(("mini_set_filters", "columns", value) for value in WHOLE),
        *(("clusters", "k", value) for value in [*WHOLE, "3"]),
        *(("anomalies", "min_score", value) for value in FRACTION),
        *(("correlation", "min_score", value) for value in FRACTION),
        *(("iteration_filter", "step", value) for value in ["", "x", "1.0", "9" * 30]),
        ("layer_stat", "stat", "weight"),
        ("layer_stats", "stat", ""),
        ("layer_filter", "measure", "weight_max"),
        ("layer_filter", "normalize", "layer"),
        ("iteration_filter", "measure", "Change"),
        ("correlation", "measure", ""),
    ],
)
def test_a_wrong_value_is_told_what_is_right(
    opened: Tab, route: str, parameter: str, value: str
) -> None:
    message = error(opened, 400, route, **{parameter: value})
    assert message.startswith(f"{parameter}=")
    assert "must be" in message
    assert len(message) < 700


@pytest.mark.parametrize(
    ("route", "parameter", "value", "hint"),
    [
        *((route, "run", "rum", "'run'") for route in RIGHT),
        ("layer_stat", "layer", "block.conv", "'block.conv1'"),
        ("layer_filter", "layer", "", "'stem'"),
        ("layer_filter", "layer", "block", "'block.conv1'"),
        ("class_stat", "class", "class 9", "'class 0'"),
        ("class_image", "class", "0", "of the 2 classes"),
        ("iteration_filter", "step", "-7", "the nearest are 0"),
        ("iteration_filter", "step", "100", "the nearest are 5"),
        ("iteration_image", "step", "99", "there is no validation at step 99: the nearest are"),
        ("image", "id", "0", "'100'"),
        ("image", "id", "098", "'98'"),
        ("image", "id", "x", "'100'"),
        ("image", "id", "9" * 40, "of the 4 images"),
    ],
)
def test_what_is_not_there_is_told_what_is(
    opened: Tab, route: str, parameter: str, value: str, hint: str
) -> None:
    assert hint in error(opened, 404, route, **{parameter: value})


@pytest.mark.parametrize("route", RIGHT)
def test_a_run_that_has_only_begun(opened: Tab, route: str) -> None:
    if route == "run":
        run = opened.json("run", run="begun")
        assert (run["layers"], run["modules"], run["classes"]) == ([], None, [])
        assert run["steps"] == {"dumps": [], "validations": []}
    elif route == "image_sets":
        assert opened.json("image_sets", run="begun") == {"image_sets": []}
    elif route in ("signs", "story"):
        # Of what there is not, nothing is said.
        answer = opened.json(route, run="begun")
        assert answer["signs" if route == "signs" else "sentences"] == []
    else:
        assert "yet: log one with writer.add_" in error(opened, 404, route, run="begun")


def test_a_model_without_dumps(opened: Tab) -> None:
    stat = opened.json("layer_stat", run="weights", layer="stem", stat="weight_sd")
    assert (stat["steps"], stat["values"]) == ([], [])
    query = RIGHT["layer_filter"]
    assert opened.json("layer_filter", run="weights", **query)["values"] == [[], []]
    message = error(opened, 404, "iteration_filter", run="weights")
    assert message == "there is no dump at step 1: there is none yet"


@pytest.mark.parametrize("route", [*RIGHT, "runs", "index.js"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_routes_only_read(opened: Tab, route: str, method: str) -> None:
    response = Client(opened.app(route)).open(f"/{route}", method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"
    assert "use GET" in json.loads(response.get_data())["error"]


def test_an_unknown_route(opened: Tab) -> None:
    assert "there is no /lost here: openapi.json" in error(opened, 404, "lost")


def test_an_unknown_form(opened: Tab) -> None:
    assert "json or safetensors" in error(opened, 400, "run", format="xml")


def test_our_own_mistakes_are_answered_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("oh")

    write_small_run(tmp_path)
    monkeypatch.setattr(queries, "columns", fail)
    with tab(tmp_path) as opened:
        answer = opened.json("layer_stat", 500, run=".", **RIGHT["layer_stat"])
    assert "log of TensorBoard" in answer["error"]
    assert "RuntimeError: oh" in caplog.text
