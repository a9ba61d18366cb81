"""A log with two image sets: each is answered about as if it were the only one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tensorboard_plugin_deeptracker.events import encode, limits
from tensorboard_plugin_deeptracker.features import routes
from tensorboard_plugin_deeptracker.features.causes.records import encode_experiments
from tensorboard_plugin_deeptracker.features.images.records import (
    IMAGE_SETS,
    THUMBNAILS,
    VALIDATION,
)
from tensorboard_plugin_deeptracker.features.validation.records import PREDICTED_TAG, VALIDATIONS
from tensorboard_plugin_deeptracker.http.route import RUN
from tests.http.client import Tab, tab
from tests.logs import (
    SessionLog,
    open_run,
    png,
    random_dump,
    small_experiments,
    small_model,
    small_representations,
    small_validation_set,
)

MODEL = small_model(3, 2)
STEPS = range(8)
# Of other images and other classes, and evaluated less often.
SETS = {VALIDATION: small_validation_set(2, 2), "train": small_validation_set(3, 1, 2)}
EVERY = {VALIDATION: 1, "train": 2}
PER_SET = [
    route
    for route in routes()
    if route.about is RUN and "image_set" in {own.name for own in route.parameters}
]


def write(run: Path, names: dict[str, str]) -> None:
    """A log with some of the image sets, under names that need not be their own."""
    with SessionLog(run) as log:
        log.model(MODEL)
        for own, name in names.items():
            log.validation_set(SETS[own], name)
            rows = range(len(SETS[own].labels))
            log.images(rows, [png(10 * len(own) + row) for row in rows], name)
        for step in STEPS:
            log.dump(step, *random_dump(MODEL, step))
            for own, name in names.items():
                if step % EVERY[own] == 0:
                    images, classes = len(SETS[own].labels), len(SETS[own].class_names)
                    log.validation(step, predicted(own, step), classes, name)
                    log.representations(step, small_representations(images, classes, step), name)
        for own, name in names.items():
            log.append(encode_experiments(len(own) - 3, small_experiments(), name))


def predicted(own: str, step: int) -> list[int]:
    images = SETS[own]
    rng = np.random.default_rng((len(own), step))
    classes: list[int] = rng.integers(-1, len(images.class_names), len(images.labels)).tolist()
    return classes


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    logdir = tmp_path_factory.mktemp("sets")
    write(logdir / "both", {own: own for own in SETS})
    for own in SETS:
        write(logdir / f"only {own}", {own: VALIDATION})
    with tab(logdir) as found:
        for run, name in [("both", each) for each in SETS] + [(f"only {own}", "") for own in SETS]:
            wait_for_map(found, run, name or VALIDATION)
        yield found


def wait_for_map(opened: Tab, run: str, image_set: str) -> None:
    """Waits until all frames are made: an answer says which ones are."""
    while True:
        answer = opened.json("map_quality", run=run, image_set=image_set)
        if answer["steps"] == answer["logged"]:
            return
        time.sleep(0.02)


def questions(route: str) -> list[dict[str, Any]]:
    """Right questions, whichever image set they are about."""
    (own,) = (each for each in PER_SET if each.path[1:] == route)
    changes = {"class": ["class 0", "class 1"], "step": ["2", "4"], "min_score": ["0", "0.5"]}
    example: dict[str, Any] = {name: value for name, value in own.example.items() if name != "run"}
    if "id" in example:
        step = {"step": "2"} if "step" in example else {}
        return [{**example, **step, "id": str(100 - row)} for row in range(4)]
    varied = [
        {**example, name: value}
        for name, values in changes.items()
        if name in example
        for value in values
    ]
    return varied or [example]


def answer(opened: Tab, route: str, query: dict[str, Any]) -> Any:
    response = opened.get(route, **query)
    assert response.status_code == 200, response.get_data()
    if route != "run":
        # Links have the run's name.
        return response.content_type, re.sub(rb"screen\.run\*[^!]*", b"", response.get_data())
    # Its name is another, and the validations of one set may be fewer than those of the other.
    found = response.get_json()
    return found["classes"], found["thumbnails"], found["steps"]["validations"]


def test_the_routes_about_predictions_are_about_an_image_set() -> None:
    about = {route.path[1:] for route in PER_SET}
    assert about >= {"error_rates", "class_stat", "class_image", "results", "iteration_image"}
    assert about >= {"clusters", "cluster_counts", "anomalies", "image"}
    assert about >= {"correlation", "mini_set_surprise", "mini_set_filters"}


@pytest.mark.parametrize("own", SETS)
@pytest.mark.parametrize("route", [route.path[1:] for route in PER_SET])
def test_each_is_answered_about_as_if_it_were_alone(opened: Tab, route: str, own: str) -> None:
    for query in questions(route):
        alone = answer(opened, route, {"run": f"only {own}", **query})
        assert answer(opened, route, {"run": "both", "image_set": own, **query}) == alone
        if own == VALIDATION:
            assert answer(opened, route, {"run": "both", **query}) == alone


# Of so few images and validations, there is no story but that of the weights.
@pytest.mark.parametrize("route", [route.path[1:] for route in PER_SET if route.path != "/story"])
def test_the_two_differ(opened: Tab, route: str) -> None:
    """So that the test above says something."""
    different = [
        answer(opened, route, {"run": "both", "image_set": VALIDATION, **query})
        != answer(opened, route, {"run": "both", "image_set": "train", **query})
        for query in questions(route)
    ]
    assert any(different)


@pytest.mark.parametrize("route", [route.path[1:] for route in PER_SET])
def test_a_set_that_is_not_there(opened: Tab, route: str) -> None:
    query: dict[str, Any] = {"run": "both", **questions(route)[0], "image_set": "trian"}
    message = opened.json(route, 404, **query)["error"]
    assert message.startswith("unknown image set 'trian': of the 2 image sets of the run, try")
    assert "'train'" in message


def test_what_is_told_of_a_run_is_about_the_usual_set(opened: Tab) -> None:
    both, alone = (opened.json("run", run=name) for name in ("both", f"only {VALIDATION}"))
    assert {**both, "run": ""} == {**alone, "run": ""}
    counts = {one["run"]: one for one in opened.json("runs")["runs"]}
    assert {**counts["both"], "run": ""} == {**counts[f"only {VALIDATION}"], "run": ""}


def test_a_run_may_have_only_another_set(tmp_path: Path) -> None:
    write(tmp_path, {"train": "train"})
    with tab(tmp_path) as opened:
        assert opened.json("error_rates", run=".", image_set="train")["steps"] == [0, 2, 4, 6]
        message = opened.json("error_rates", 404, run=".")["error"]
        assert "has no validation set yet" in message
        (counts,) = opened.json("runs")["runs"]
        assert (counts["classes"], counts["validations"], counts["last_step"]) == (0, 0, 7)


def test_sessions_are_joined_set_by_set(tmp_path: Path) -> None:
    """A session whose second set is another one replaces nothing of the first."""
    for number, train in enumerate((SETS["train"], small_validation_set(1, 1))):
        with SessionLog(tmp_path, f"session {number}", 1.0 + number) as log:
            for name, images in ((VALIDATION, SETS[VALIDATION]), ("train", train)):
                log.validation_set(images, name)
                log.images([0], [png(number)], name)
                rows = len(images.labels)
                log.validation(10 * number, [0] * rows, len(images.class_names), name)
    snapshot = open_run(tmp_path).snapshot
    assert [problem.hidden for problem in snapshot.problems] == [1]
    assert snapshot.keys(IMAGE_SETS) == [VALIDATION, "train", "train (1)"]
    assert snapshot.steps(VALIDATIONS).tolist() == [0, 10]
    assert snapshot.steps(VALIDATIONS, "train").tolist() == [10]
    assert snapshot.steps(VALIDATIONS, "train (1)").tolist() == [0]
    assert len(snapshot.of(THUMBNAILS)) == 2
    assert len(snapshot.of(THUMBNAILS, "train")) == 1
    assert len(snapshot.of(THUMBNAILS, "train (1)")) == 1


def test_what_a_log_may_not_say_of_sets_is_told(tmp_path: Path) -> None:
    one = small_validation_set(1)
    prediction = encode.array(np.zeros(1, np.int8))
    with SessionLog(tmp_path) as log:
        log.validation(0, [0], 1, "unknown")
        log.validation_set(one)
        log.validation_set(one, "train")
        log.validation_set(small_validation_set(2), "train")
        mixed = {f"{PREDICTED_TAG}/train": prediction, "deeptracker/more/other": prediction}
        log.append(encode.event(mixed))
        log.validation_set(one, "n" * limits.KEY)
        log.validation_set(one, "n" * (limits.KEY + 1))
        for number in range(limits.KEYS):
            log.validation_set(one, f"set {number}")
    snapshot = open_run(tmp_path).snapshot
    assert [problem.reason for problem in snapshot.problems] == [
        "a validation before any image set",
        "a second, other image set in one session",
        "a record about 'train' has a tensor 'deeptracker/more/other'",
        f"a tag with a key of {limits.KEY + 1} characters",
        *["more than 100 records of the kind 'image set'"] * 3,
    ]
    assert len(snapshot.keys(IMAGE_SETS)) == limits.KEYS
    longest = snapshot.of(IMAGE_SETS, "n" * limits.KEY)
    assert longest is not None
    assert longest.class_names == one.class_names
