"""What is said about mini-sets, against a plain reading of a log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
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
            assert 0.01 - 1e-9 <= row["classes_p"] <= row["classes_q"] <= 1
            assert 0 < row["times_p"] <= row["times_any_p"] <= row["times_q"] <= 1
    assert next(rows, None) is None

    counts, arrays = opened.arrays("mini_set_surprise", shuffles=99, **OPTIONS)
    assert counts == {"shuffles": 99, "iterations": len(steps)}
    names = [one["name"] for one in opened.json("run", run=".")["classes"]]
    assert [names[c] for c in arrays["best"]] == [row["best"] for row in answer["mini_sets"]]
    for name in ("classes", "times"):
        assert arrays[name].tolist() == [row[name] for row in answer["mini_sets"]]
    p = [row["times_p"] for row in answer["mini_sets"]]
    np.testing.assert_allclose(arrays["times_p"], p, rtol=1e-6)


def test_what_is_expected_of_each_cell(logged: tuple[Tab, Model, Dumps]) -> None:
    """Against all choices of as many iterations; mini-sets that are left out count too."""
    opened, *_ = logged
    options = {**OPTIONS, "min_appearances": 3}
    related = opened.json("correlation", **{**options, "min_appearances": 1})
    steps = sorted({step for one in related["classes"] for step in one["steps"]})
    own: dict[str, dict[int, set[int]]] = {}
    for cell in related["cells"]:
        sets = next(each for each in related["layers"] if each["layer"] == cell["layer"])
        for mark in cell["marks"]:
            at = own.setdefault(cell["layer"], {}).setdefault(mark["step"], set())
            at |= set(sets["mini_sets"][mark["mini_set"]]["filters"])
    answer = opened.json("expected_filters", **options)
    assert answer["iterations"] == len(steps)
    shown = [(one["layer"], one["class"]) for one in answer["cells"]]
    assert shown == [
        (layer["layer"], each["class"])
        for layer in related["layers"]
        for each in related["classes"]
    ]
    of_class = {one["class"]: one["steps"] for one in related["classes"]}
    assert {len(at) for at in of_class.values()} != {len(steps)}
    for cell in answer["cells"]:
        sets = own[cell["layer"]]
        counts = [
            len(set().union(*(sets.get(step, set()) for step in some)))
            for some in combinations(steps, len(of_class[cell["class"]]))
        ]
        found = set().union(*(sets.get(step, set()) for step in of_class[cell["class"]]))
        assert cell["filters"] == len(found)
        assert cell["expected"] == pytest.approx(np.mean(counts))
        assert min(counts) <= cell["low"] <= cell["high"] <= max(counts)
        tails = (
            np.mean(np.less_equal(counts, len(found))),
            np.mean(np.greater_equal(counts, len(found))),
        )
        assert cell["p"] == pytest.approx(min(1, 2 * min(tails)))
        assert cell["p"] <= cell["q"] <= 1

    rest, arrays = opened.arrays("expected_filters", **options)
    assert rest == {"iterations": len(steps)}
    for name in ("filters", "expected", "low", "high", "p", "q"):
        assert arrays[name].shape == (len(related["layers"]), len(related["classes"]))
        values = [one[name] for one in answer["cells"]]
        np.testing.assert_allclose(arrays[name].reshape(-1), values, rtol=1e-6)
    names = [one["name"] for one in opened.json("run", run=".")["classes"]]
    assert [names[c] for c in arrays["class"]] == list(of_class)
