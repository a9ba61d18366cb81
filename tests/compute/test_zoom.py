"""Parts and aggregates of the pixel charts, against slices of what was logged."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.index.memo import Store
from tensorboard_plugin_deeptracker.index.pace import Pace
from tests.http.client import Tab, limited, tab
from tests.logs import SessionLog, random_dump, small_model, small_validation_set

ROWS, COLUMNS = 11, 29
MODEL = small_model(2, ROWS)
LAYER: dict[str, Any] = {"run": ".", "layer": "block.conv1", "measure": "change"}
CLASS: dict[str, Any] = {"run": ".", "class_": "class 1"}
SMALL_TILES = limited(tile=(2, 4))
PACE = Pace(interval=0.001)


class Logged:
    """A log of which the filters and the images of one layer and class are known."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self._rng = np.random.default_rng(0)
        self._log = SessionLog(run)
        self._log.model(MODEL)
        self._log.validation_set(small_validation_set(1, ROWS, 1))
        self.filters = np.empty((ROWS, 0), np.float32)
        self.predicted = np.empty((ROWS, 0), np.int32)

    def step(self) -> None:
        step = self.filters.shape[1]
        values = self._rng.normal(size=(len(MODEL.measures), MODEL.filters)).astype(np.float32)
        values[self._rng.random(values.shape) < 0.15] = self._rng.choice([np.nan, np.inf, 0])
        nodes = sum(1 for _ in MODEL.root.walk())
        self._log.dump(10 * step, values, np.zeros((len(MODEL.statistics), nodes), np.float32))
        predicted = self._rng.integers(-1, 3, ROWS + 2)
        self._log.validation(10 * step, predicted.tolist(), 3)
        self.filters = np.column_stack([self.filters, values[0, 2:]])
        self.predicted = np.column_stack([self.predicted, predicted[1:-1]])

    def correct(self) -> NDArray[np.float32]:
        return np.where(self.predicted < 0, np.nan, self.predicted == 1).astype(np.float32)


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[Tab, Logged]]:
    with tempfile.TemporaryDirectory() as directory:
        logged = Logged(Path(directory))
        for _ in range(COLUMNS):
            logged.step()
        with tab(directory, questions=SMALL_TILES, store=Store(3000)) as one:
            yield one, logged


def normalized(values: NDArray[np.float32], normalize: str) -> NDArray[np.float32]:
    if normalize == "none":
        return values
    finite = np.where(np.isfinite(values), np.abs(values), 0)
    largest = finite.max(1 if normalize == "filter" else 0, keepdims=True)
    scale: NDArray[np.float32] = np.where(largest == 0, 1, largest).astype(np.float32)
    return np.divide(values, scale)


def check(rest: Any, arrays: dict[str, NDArray[Any]], values: NDArray[np.float32]) -> None:
    """The aggregates are those of the values; `values` is the whole matrix."""
    (top, bottom), (left, right) = rest["rows"], rest["columns"]
    height, width = rest["block"]
    assert top % height == left % width == 0
    assert arrays["steps"].tolist() == [10 * step for step in range(left, right, width)]
    shape = -(-(bottom - top) // height), -(-(right - left) // width)
    for name in ("mean", "lowest", "highest"):
        assert arrays[name].shape == shape
    for i in range(shape[0]):
        for j in range(shape[1]):
            y, x = top + i * height, left + j * width
            block = values[y : min(y + height, bottom), x : min(x + width, right)]
            known = block[np.isfinite(block)].astype(np.float64)
            expected = (known.mean(), known.min(), known.max()) if known.size else (np.nan,) * 3
            found = [arrays[name][i, j] for name in ("mean", "lowest", "highest")]
            np.testing.assert_allclose(found, np.array(expected, np.float32), rtol=1e-5, atol=1e-7)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    query: dict[str, Any] = {}
    for name, size in (("rows", ROWS), ("columns", COLUMNS)):
        if draw(st.booleans()):
            first = draw(st.integers(0, size - 1))
            query[name] = f"{first}:{draw(st.integers(first + 1, size + 5))}"
        if draw(st.booleans()) or not query:
            query[f"max_{name}"] = draw(st.integers(1, size + 1))
    return query


def covers(rest: Any, query: dict[str, Any], name: str, size: int) -> None:
    """What is answered holds what was asked for, and no whole block more."""
    axis = ["rows", "columns"].index(name)
    block = rest["block"][axis]
    first, last = map(int, query.get(name, f"0:{size}").split(":"))
    last = min(last, size)
    assert rest[name] == [first // block * block, min(-(-last // block) * block, size)]
    blocks = -(-(rest[name][1] - rest[name][0]) // block)
    most = query.get(f"max_{name}", size)
    assert blocks <= most
    # No coarser than it has to be.
    finer = block // 2
    assert block == 1 or -(-last // finer) - first // finer > most


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(query=questions(), normalize=st.sampled_from(["none", "filter", "iteration"]))
def test_filters(opened: tuple[Tab, Logged], query: dict[str, Any], normalize: str) -> None:
    one, logged = opened
    rest, arrays = one.arrays("layer_filter", **LAYER, normalize=normalize, **query)
    values = normalized(logged.filters, normalize)
    covers(rest, query, "rows", ROWS)
    covers(rest, query, "columns", COLUMNS)
    if rest["block"] == [1, 1]:
        part = values[slice(*rest["rows"]), slice(*rest["columns"])]
        np.testing.assert_array_equal(arrays["values"], part)
    else:
        check(rest, arrays, values)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(query=questions())
def test_images(opened: tuple[Tab, Logged], query: dict[str, Any]) -> None:
    one, logged = opened
    rest, arrays = one.arrays("class_image", **CLASS, **query)
    covers(rest, query, "rows", ROWS)
    covers(rest, query, "columns", COLUMNS)
    rows = slice(*rest["rows"])
    ids = [100 - 1 - row for row in range(ROWS)][rows]
    if rest["block"][0] == 1:
        assert [image["id"] for image in rest["images"]] == ids
    else:
        assert "images" not in rest
    if rest["block"] == [1, 1]:
        part = logged.predicted[rows, slice(*rest["columns"])]
        np.testing.assert_array_equal(arrays["predicted"], part)
        np.testing.assert_array_equal(arrays["correct"], np.where(part < 0, 2, part == 1))
    else:
        check(rest, arrays, logged.correct())


def test_json_says_the_same(opened: tuple[Tab, Logged]) -> None:
    one, _ = opened
    query = {**LAYER, "normalize": "none", "columns": "4:20", "max_columns": 3}
    rest, arrays = one.arrays("layer_filter", **query)
    text = one.json("layer_filter", **query)
    assert {name: text[name] for name in rest} == rest
    for name, values in arrays.items():
        found = np.array(text[name], np.float64)
        np.testing.assert_allclose(found, values, rtol=1e-6)


def test_what_is_beyond_the_end_is_empty(opened: tuple[Tab, Logged]) -> None:
    one, _ = opened
    answer = one.json("layer_filter", **LAYER, normalize="filter", columns="40:50", max_rows=2)
    assert (answer["columns"], answer["steps"]) == ([COLUMNS, COLUMNS], [])
    answer = one.json("class_image", **CLASS, rows="11:12")
    assert (answer["images"], answer["correct"]) == ([], [])


@pytest.mark.parametrize(
    "query",
    [{"rows": text} for text in ("", "3", "3:3", "5:2", "-1:4", "a:b", "1:2:3", "1:", "٣:٤")]
    + [{"max_rows": 0}, {"max_columns": "x"}],
)
def test_wrong_parts(opened: tuple[Tab, Logged], query: dict[str, Any]) -> None:
    one, _ = opened
    for route, of in (("layer_filter", {**LAYER, "normalize": "none"}), ("class_image", CLASS)):
        assert next(iter(query)) in one.json(route, 400, **of, **query)["error"]


def test_aggregates_grow_with_the_log(tmp_path: Path) -> None:
    logged = Logged(tmp_path)
    with tab(tmp_path, questions=SMALL_TILES, pace=PACE, store=Store(3000)) as one:
        for n in range(1, COLUMNS + 1):
            logged.step()
            while len(one.json("run", run=".")["steps"]["validations"]) < n:
                time.sleep(0.001)
            rest, arrays = one.arrays("class_image", **CLASS, max_columns=3)
            check(rest, arrays, logged.correct()) if n > 3 else None
            query = {**LAYER, "max_rows": 3, "max_columns": 5}
            rest, arrays = one.arrays("layer_filter", **query, normalize="filter")
            check(rest, arrays, normalized(logged.filters, "filter"))


def test_a_log_that_grows_leaves_no_tiles_behind(tmp_path: Path) -> None:
    logged = Logged(tmp_path)
    query = {**LAYER, "normalize": "none", "max_rows": 3}
    growing, whole = Store(), Store()
    with tab(tmp_path, questions=SMALL_TILES, pace=PACE, store=growing) as watched:
        for n in range(1, 17):
            logged.step()
            while len(watched.json("run", run=".")["steps"]["dumps"]) < n:
                time.sleep(0.001)
            watched.arrays("layer_filter", **query)
        with tab(tmp_path, questions=SMALL_TILES, store=whole) as late:
            late.arrays("layer_filter", **query)
            assert growing.size == whole.size > 0


def test_never_more_than_the_limit(tmp_path: Path) -> None:
    """What is sent has a bound, and what is computed to be sent."""
    model = replace(small_model(2000), measures=("change",), statistics=("weight_mean",))
    with SessionLog(tmp_path) as log:
        log.model(model)
        log.validation_set(small_validation_set(2, 2))
        for step in range(500):
            log.dump(step, *random_dump(model, step))
            log.validation(step, [0, 0, 1, 1], 2)
    layer: dict[str, Any] = {"layer": "stem", "measure": "change", "normalize": "none"}
    with tab(tmp_path) as one:
        message = one.json("layer_filter", 400, run=".", **layer)["error"]
        assert "more than the 8 MB that are sent at once" in message
        assert "max_columns" in message
        _, arrays = one.arrays("layer_filter", run=".", **layer)
        assert arrays["values"].shape == (2000, 500)
    for max_bytes, status in ((4 * 2000 * 500, 200), (4 * 2000 * 500 - 1, 400)):
        with tab(tmp_path, questions=limited(max_bytes=max_bytes)) as one:
            response = one.get("layer_filter", run=".", **layer, format="safetensors")
            assert response.status_code == status
            assert (b"max_columns" in response.get_data()) == (status == 400)
    for max_bytes, status in ((5 * 2 * 500, 200), (5 * 2 * 500 - 1, 400)):
        with tab(tmp_path, questions=limited(max_bytes=max_bytes)) as one:
            answer = one.json("class_image", status, run=".", class_="class 0")
            assert ("max_columns" in answer.get("error", "")) == (status == 400)


def test_a_part_is_made_coarser_until_it_can_be_sent(opened: tuple[Tab, Logged]) -> None:
    _, logged = opened
    with tab(logged.run, questions=limited(max_values=40)) as one:
        rest, arrays = one.arrays("layer_filter", **LAYER, normalize="none", rows=f"0:{ROWS}")
        assert arrays["mean"].size <= 20
        check(rest, arrays, logged.filters)
        query = {"rows": "3:7", "columns": "5:15"}
        rest, arrays = one.arrays("layer_filter", **LAYER, normalize="none", **query)
        assert arrays["values"].shape == (4, 10)
