"""What is said about mini-sets, against a plain reading of a log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tensorboard_plugin_deeptracker.features.layers.compute import some_filters
from tensorboard_plugin_deeptracker.features.layers.records import Model
from tests.http.client import Tab, limited, tab
from tests.logs import SessionLog, open_run, random_dump, small_model, small_validation_set

DUMPS = 13
OPTIONS: dict[str, Any] = {
    "run": ".",
    "window": 1,
    "min_score": 0.3,
    "top_k": 3,
    "measure": "change",
    "min_appearances": 2,
}
Dumps = dict[int, Any]


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def logged(logdir: Path) -> Iterator[tuple[Tab, Model, Dumps]]:
    model, images = small_model(4, 6), small_validation_set(3, 5, 2)
    rng = np.random.default_rng(5)
    dumps: Dumps = {}
    with SessionLog(logdir) as log:
        log.model(model)
        log.validation_set(images)
        for step in range(DUMPS):
            values, statistics = random_dump(model, step)
            # Both signs, so that the largest magnitude is not just the largest value.
            mean = model.measures.index("weight_mean")
            values[mean] = rng.normal(size=model.filters)
            dumps[step] = values
            log.dump(step, values, statistics)
            log.validation(step, rng.integers(0, 3, len(images.labels)).tolist(), 3)
    with tab(logdir) as opened:
        yield opened, model, dumps


def filters_of(opened: Tab, options: dict[str, Any]) -> list[tuple[str, int]]:
    """Layer and position of the filters of all mini-sets, in their order."""
    related = opened.json("correlation", **options)
    return [
        (layer["layer"], position)
        for layer in related["layers"]
        for mini_set in layer["mini_sets"]
        for position in mini_set["filters"]
    ]


@pytest.mark.parametrize("measure", ["change", "weight_mean"])
@pytest.mark.parametrize("most", [DUMPS + 3, DUMPS, 5, 1])
def test_values_of_the_filters(logged: tuple[Tab, Model, Dumps], measure: str, most: int) -> None:
    opened, model, dumps = logged
    options = {**OPTIONS, "measure": measure}
    row = model.measures.index(measure)
    each = 1
    while len(range(0, DUMPS, each)) > most:
        each += 1
    groups = [list(range(first, min(first + each, DUMPS))) for first in range(0, DUMPS, each)]
    expected = []
    for layer, position in filters_of(opened, options):
        start = 0
        for own in model.layers:
            if own.name == layer:
                break
            start += own.filters
        series = [float(dumps[step][row][start + position]) for step in range(DUMPS)]
        known = [[series[t] for t in group if not np.isnan(series[t])] for group in groups]
        expected.append([max(own, key=abs) if own else np.nan for own in known])
    assert expected

    rest, arrays = opened.arrays("mini_set_filters", columns=most, **options)
    assert rest == {"measure": measure}
    assert arrays["steps"].tolist() == [group[-1] for group in groups]
    np.testing.assert_array_equal(arrays["values"], np.array(expected, np.float32))
    answer = opened.json("mini_set_filters", columns=most, **options)
    assert [(one["layer"], one["filter"]) for one in answer["filters"]] == filters_of(
        opened, options
    )
    assert answer["steps"] == arrays["steps"].tolist()


@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize("most", [DUMPS + 3, DUMPS, 5, 1])
def test_parts_of_the_dumps_make_the_same_values(
    logdir: Path, logged: tuple[Tab, Model, Dumps], most: int, at_once: int
) -> None:
    _, model, _ = logged
    snapshot = open_run(logdir).snapshot
    question = snapshot, model, np.arange(model.filters), model.measures.index("weight_mean"), most
    steps, values = some_filters(*question, at_once=at_once)
    together = some_filters(*question)
    np.testing.assert_array_equal(steps, together[0])
    np.testing.assert_array_equal(values, together[1])


def test_too_many_values_are_taken_together(logdir: Path, logged: tuple[Tab, Model, Dumps]) -> None:
    opened, *_ = logged
    _, arrays = opened.arrays("mini_set_filters", columns=DUMPS, **OPTIONS)
    rows = len(arrays["values"])
    with tab(logdir, questions=limited(max_bytes=4 * rows * DUMPS - 1)) as one:
        for columns, width in ((DUMPS, -(-DUMPS // 2)), (2, 2)):
            _, arrays = one.arrays("mini_set_filters", columns=columns, **OPTIONS)
            assert arrays["values"].shape == (rows, width)


def test_surprise_of_each_mini_set(logged: tuple[Tab, Model, Dumps]) -> None:
    opened, *_ = logged
    related = opened.json("correlation", **OPTIONS)
    answer = opened.json("mini_set_surprise", shuffles=99, **OPTIONS)
    steps = {step for one in related["classes"] for step in one["steps"]}
    assert (answer["shuffles"], answer["iterations"]) == (99, len(steps))
    rows = iter(answer["mini_sets"])
    for layer in related["layers"]:
        for i, mini_set in enumerate(layer["mini_sets"]):
            row = next(rows)
            cells = {
                cell["class"]: sum(mark["mini_set"] == i for mark in cell["marks"])
                for cell in related["cells"]
                if cell["layer"] == layer["layer"]
            }
            assert (row["layer"], row["filter"]) == (layer["layer"], mini_set["filters"][0])
            assert row["classes"] == sum(times > 0 for times in cells.values())
            assert row["times"] == cells[row["best"]] == max(cells.values())
            assert sum(cells.values()) == mini_set["appearances"]
            for name in ("classes_p", "times_p", "times_any_p"):
                assert 0.01 - 1e-9 <= row[name] <= 1
    assert next(rows, None) is None

    counts, arrays = opened.arrays("mini_set_surprise", shuffles=99, **OPTIONS)
    assert counts == {"shuffles": 99, "iterations": len(steps)}
    names = [one["name"] for one in opened.json("run", run=".")["classes"]]
    assert [names[c] for c in arrays["best"]] == [row["best"] for row in answer["mini_sets"]]
    for name in ("classes", "times"):
        assert arrays[name].tolist() == [row[name] for row in answer["mini_sets"]]
    p = [row["times_p"] for row in answer["mini_sets"]]
    np.testing.assert_allclose(arrays["times_p"], p, rtol=1e-6)
