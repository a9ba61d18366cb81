"""Every route against a plain reading of what was logged."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tensorboard_plugin_deeptracker.features.layers.records import Model
from tests import reference
from tests.http.client import Tab, tab
from tests.logs import SessionLog, small_model, small_validation_set
from tests.reference import Logged, LoggedSession

# Few different values, so that ties are common; what is not finite, and tiny changes.
VALUES = [0.0, 0.1, 0.25, 0.25, 3.0, 1e-12, -0.5, np.nan, np.inf]


@st.composite
def logs(draw: st.DrawFn) -> Logged:
    model = small_model(*draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    images = small_validation_set(*draw(st.lists(st.integers(0, 4), min_size=1, max_size=3)))
    if draw(st.booleans()):
        names = tuple(f"image {i}" for i in range(len(images.labels)))
        images = ImageSet(images.class_names, images.labels, names)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sessions = [draw(session(model, images, rng)) for _ in range(draw(st.integers(1, 3)))]
    return Logged(model, images, sessions)


@st.composite
def session(
    draw: st.DrawFn, model: Model, images: ImageSet, rng: np.random.Generator
) -> LoggedSession:
    nodes = sum(1 for _ in model.root.walk())

    def values(rows: int, columns: int) -> NDArray[np.float32]:
        return rng.choice(VALUES, (rows, columns)).astype(np.float32)

    steps = st.lists(st.integers(0, 30), unique=True, max_size=14).map(sorted)
    return LoggedSession(
        purge_step=draw(st.none() | st.integers(0, 30)),
        dumps={
            step: (values(len(model.measures), model.filters), values(len(model.statistics), nodes))
            for step in draw(steps)
        },
        validations={
            step: rng.integers(-1, len(images.class_names), len(images.labels)).tolist()
            for step in draw(steps)
        },
    )


def write(run: Path, logged: Logged) -> None:
    for i, session in enumerate(logged.sessions):
        # Names in no order: it is the start that counts.
        with SessionLog(run, f"{9 - i}", float(i), session.purge_step) as log:
            log.model(logged.model)
            log.validation_set(logged.images)
            for step, dump in session.dumps.items():
                log.dump(step, *dump)
            for step, predicted in session.validations.items():
                log.validation(step, predicted, len(logged.images.class_names))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(logged=logs(), data=st.data())
def test_all_routes(logged: Logged, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as logdir:
        write(Path(logdir) / "some" / "run", logged)
        with tab(logdir) as opened:
            check_structure(opened, logged)
            check_weights(opened, logged, data)
            check_predictions(opened, logged, data)
            check_images(opened, logged)
            check_findings(opened, logged, data)


RUN = "some/run"


def check_structure(opened: Tab, logged: Logged) -> None:
    model, images = logged.model, logged.images
    steps = [*logged.dumps, *logged.validations]
    assert opened.json("runs") == {
        "runs": [
            {
                "run": RUN,
                "dumps": len(logged.dumps),
                "validations": len(logged.validations),
                "layers": len(model.layers),
                "filters": model.filters,
                "classes": len(images.class_names),
                "images": len(images.labels),
                "last_step": max(steps) if steps else None,
            }
        ]
    }
    run = opened.json("run", run=RUN)
    assert run["steps"] == {
        "dumps": list(logged.dumps),
        "validations": list(logged.validations),
    }
    assert run["layers"] == model.to_json()["layers"]
    assert run["modules"] == model.to_json()["modules"]
    assert run["edges"] == [list(edge) for edge in model.edges]
    assert run["classes"] == [
        {"name": name, "images": len(logged.rows(label))}
        for label, name in enumerate(images.class_names)
    ]
    assert run["thumbnails"] == 0
    assert sum(problem["hidden"] for problem in run["problems"]) == logged.hidden


def check_weights(opened: Tab, logged: Logged, data: st.DataObject) -> None:
    model = logged.model
    stat = data.draw(st.sampled_from(model.statistics))
    expected = []
    for node in model.root.walk():
        expected.append(reference.layer_stat(logged, node.name, stat))
        same(opened.json("layer_stat", run=RUN, layer=node.name, stat=stat), expected[-1])
    rest, arrays = opened.arrays("layer_stats", run=RUN, stat=stat)
    assert rest == {"stat": stat, "nodes": [node.name for node in model.root.walk()]}
    same_array(arrays["values"], [one["values"] for one in expected])
    assert arrays["steps"].tolist() == list(logged.dumps)
    of = data.draw(st.sampled_from(["weight", "gradient"]))
    rest, arrays = opened.arrays("layer_distributions", run=RUN, of=of)
    assert rest == {"of": of, "nodes": [node.name for node in model.root.walk()]}
    for name in ("min", "q1", "median", "q3", "max"):
        same_array(
            arrays[name],
            [
                reference.layer_stat(logged, node.name, f"{of}_{name}")["values"]
                for node in model.root.walk()
            ],
        )

    measure = data.draw(st.sampled_from(model.measures))
    query: dict[str, Any]
    for layer, own in enumerate(model.layers):
        for normalize in ("none", "filter", "iteration"):
            query = {"run": RUN, "layer": own.name, "measure": measure, "normalize": normalize}
            values = reference.layer_filter(logged, layer, measure, normalize)
            same(opened.json("layer_filter", **query), values)
            same_array(opened.arrays("layer_filter", **query)[1]["values"], values["values"])

    top_k = data.draw(st.integers(1, 12))
    for step in logged.dumps:
        filters = reference.iteration_filter(logged, step, measure, top_k)
        query = {"run": RUN, "step": step, "measure": measure, "top_k": top_k}
        same(opened.json("iteration_filter", **query), filters)
        _, arrays = opened.arrays("iteration_filter", **query)
        names = [model.layers[i].name for i in arrays["layer"]]
        assert names == [one["layer"] for one in filters["filters"]]
        assert arrays["filter"].tolist() == [one["filter"] for one in filters["filters"]]


def check_predictions(opened: Tab, logged: Logged, data: st.DataObject) -> None:
    same(opened.json("error_rates", run=RUN), reference.error_rates(logged))
    window = data.draw(st.integers(1, 5))
    for label, name in enumerate(logged.images.class_names):
        stat = opened.json("class_stat", run=RUN, class_=name, window=window)
        same(stat, reference.class_stat(logged, label, window))
        pixels = reference.class_image(logged, label)
        assert opened.json("class_image", run=RUN, class_=name) == pixels
        _, arrays = opened.arrays("class_image", run=RUN, class_=name)
        shape = (len(pixels["images"]), len(pixels["steps"]))
        codes = [[2 if one is None else one for one in row] for row in pixels["correct"]]
        assert arrays["correct"].shape == arrays["predicted"].shape == shape
        assert arrays["correct"].tolist() == codes
        assert arrays["predicted"].tolist() == [
            [-1 if one is None else one for one in row] for row in pixels["predicted"]
        ]


def check_images(opened: Tab, logged: Logged) -> None:
    expected = reference.results(logged)
    assert opened.json("results", run=RUN) == expected
    rest, arrays = opened.arrays("results", run=RUN)
    assert rest == {"ids": expected["ids"]}
    assert arrays["steps"].tolist() == expected["steps"]
    for name, one in (("correct", lambda it: it == 1), ("evaluated", lambda it: it is not None)):
        bits = "".join(f"{byte:08b}" for byte in arrays[name].reshape(-1))
        rows = len(expected["ids"])
        stride = 8 * -(-len(expected["steps"]) // 8)
        assert arrays[name].shape == (rows, stride // 8)
        for row, results in enumerate(expected["correct"]):
            known = bits[row * stride : (row + 1) * stride]
            wanted = "".join("01"[one(result)] for result in results)
            assert known == wanted.ljust(stride, "0")

    for step in logged.validations:
        images = reference.iteration_image(logged, step)
        assert opened.json("iteration_image", run=RUN, step=step) == images
        rest, arrays = opened.arrays("iteration_image", run=RUN, step=step)
        assert rest == {"step": step, "previous": images["previous"]}
        for name in ("predicted", "before"):
            assert arrays[name].tolist() == [-1 if c is None else c for c in images[name]]


def check_findings(opened: Tab, logged: Logged, data: st.DataObject) -> None:
    window = data.draw(st.integers(1, 4))
    min_score = data.draw(st.sampled_from([0, 1 / 3, 0.5, 1]))
    options: dict[str, Any] = {"window": window, "min_score": min_score}
    expected = reference.anomalies(logged, **options)
    assert opened.json("anomalies", run=RUN, **options) == {**options, "anomalies": expected}
    rest, arrays = opened.arrays("anomalies", run=RUN, **options)
    assert rest == options
    names = [logged.images.class_names[c] for c in arrays["class"]]
    assert names == [one["class"] for one in expected]
    assert arrays["step"].tolist() == [one["step"] for one in expected]
    assert arrays["rule"].tolist() == [one["rule"] == "right" for one in expected]
    assert arrays["count"].tolist() == [one["count"] for one in expected]

    measures = ["change", "change", "weight_mean", "gradient_norm"]
    options["measure"] = data.draw(st.sampled_from(measures))
    options["top_k"] = data.draw(st.integers(1, 8))
    options["min_appearances"] = data.draw(st.integers(1, 3))
    related = reference.correlation(logged, **options)
    assert opened.json("correlation", run=RUN, **options) == related
    _, arrays = opened.arrays("correlation", run=RUN, **options)
    assert from_arrays(arrays, logged) == related


def from_arrays(arrays: dict[str, NDArray[Any]], logged: Logged) -> Any:
    """The JSON form of a correlation, from its arrays as docs/http_api.md explains them."""
    layers = [layer.name for layer in logged.model.layers]
    names = logged.images.class_names

    def ragged(name: str) -> list[list[int]]:
        starts = arrays[f"{name}_start"].tolist()
        flat = arrays[name].tolist()
        return [flat[a:b] for a, b in pairwise(starts)]

    filters, steps = ragged("mini_set_filters"), ragged("mini_set_steps")
    class_steps = ragged("class_steps")
    of_layer = arrays["mini_set_layer"].tolist()
    answer: Any = {"layers": [], "cells": []}
    for row, layer in enumerate(arrays["layer"].tolist()):
        own = [i for i, place in enumerate(of_layer) if place == layer]
        sets = [
            {"filters": filters[i], "appearances": int(arrays["mini_set_appearances"][i])}
            for i in own
        ]
        answer["layers"].append({"layer": layers[layer], "mini_sets": sets})
        for column, label in enumerate(arrays["class"].tolist()):
            count = int(arrays["filters"][row, column])
            marks = [
                {"mini_set": position, "step": step}
                for step in class_steps[column]
                for position, i in enumerate(own)
                if step in steps[i]
            ]
            if count:
                answer["cells"].append(
                    {
                        "layer": layers[layer],
                        "class": names[label],
                        "filters": count,
                        "marks": marks,
                    }
                )
    answer["classes"] = [
        {"class": names[label], "steps": steps}
        for label, steps in zip(arrays["class"].tolist(), class_steps, strict=True)
    ]
    return answer


def same(answer: Any, expected: Any) -> None:
    """Equal, with numbers equal in float32's precision."""
    if isinstance(expected, dict):
        assert answer.keys() == expected.keys()
        for name, value in expected.items():
            same(answer[name], value)
    elif isinstance(expected, list):
        assert len(answer) == len(expected)
        for one, other in zip(answer, expected, strict=True):
            same(one, other)
    elif isinstance(expected, float):
        assert answer == pytest.approx(expected, rel=2e-7, abs=0)
    else:
        assert answer == expected


def same_array(array: NDArray[Any], expected: list[list[float | None]]) -> None:
    values = np.array(expected, np.float64).reshape(len(expected), -1)
    finite = np.where(np.isfinite(array), array, np.nan)
    np.testing.assert_allclose(finite, values, rtol=2e-7)
