"""What is planted in the standing log is found through the routes, as the paper found it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from benchmarks import imagenet_log
from benchmarks.planted import STEP_INTERVAL, Truth
from tests.http.client import Tab, tab

DUMPS, CLASSES = 200, 60
FINDING: dict[str, Any] = {"run": ".", "window": 3, "min_score": 0.3}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tab, Truth, list[str]]]:
    """A smaller standing log, its truth, and the names of its classes."""
    logdir = tmp_path_factory.mktemp("standing")
    truth = imagenet_log.write(logdir, dumps=DUMPS, classes=CLASSES, thumbnails=False)
    with tab(logdir) as opened:
        yield opened, truth, [one["name"] for one in opened.json("run", run=".")["classes"]]


def step(at: int) -> int:
    return (at + 1) * STEP_INTERVAL


def test_clusters_of_rising_difficulty(planted: tuple[Tab, Truth, list[str]]) -> None:
    opened, truth, names = planted
    found = opened.json("clusters", run=".", k=4)["clusters"]
    for difficulty, cluster in enumerate(found):
        own = {names[c] for c in np.flatnonzero(truth.cluster == difficulty)}
        # Classes that flip are harder than their cluster while they have not.
        assert len(own ^ set(cluster["classes"])) <= CLASSES // 8
    means = [np.mean(cluster["error_rate"]) for cluster in found]
    assert means == sorted(means)


def test_peaks_of_the_error(planted: tuple[Tab, Truth, list[str]]) -> None:
    opened, truth, _ = planted
    overall = np.array(opened.json("error_rates", run=".")["overall"])
    rise = overall[1:-1] - np.maximum(overall[:-2], overall[2:])
    assert {int(at) + 1 for at in np.argsort(rise)[-3:]} == set(truth.peaks)


def test_the_class_whose_images_flip(planted: tuple[Tab, Truth, list[str]]) -> None:
    opened, truth, names = planted
    name = names[truth.flipping_class]
    assert name == "mushroom"
    anomalies = opened.json("anomalies", **{**FINDING, "min_score": 0.9})["anomalies"]
    assert {(one["class"], one["step"]) for one in anomalies} == {(name, step(truth.flipping_at))}
    pixels = opened.json("class_image", run=".", class_=name)
    never = [i for i, row in enumerate(pixels["correct"]) if not any(row)]
    assert never == list(truth.always_wrong)
    # Zoomed out, they are still there.
    rows = opened.json("class_image", run=".", class_=name, max_columns=1)["highest"]
    assert [i for i, (highest,) in enumerate(rows) if highest == 0] == never


@pytest.mark.parametrize("max_columns", [None, 1, 10])
def test_dead_and_restless_filters(
    planted: tuple[Tab, Truth, list[str]], max_columns: int | None
) -> None:
    opened, truth, _ = planted
    zoom: dict[str, Any] = {} if max_columns is None else {"max_columns": max_columns}

    def changes(layer: str, name: str) -> Any:
        query = {"layer": layer, "measure": "change", "normalize": "none", **zoom}
        _, arrays = opened.arrays("layer_filter", run=".", **query)
        return arrays[name if zoom else "values"]

    largest = np.nanmax(changes("conv1", "highest"), axis=1)
    assert np.flatnonzero(largest == 0).tolist() == list(truth.dead)
    late = changes(truth.restless_layer, "mean")[:, -1]
    assert sorted(np.argsort(late)[-3:].tolist()) == list(truth.restless)


def test_filters_that_move_with_classes(planted: tuple[Tab, Truth, list[str]]) -> None:
    opened, truth, names = planted
    # Strict enough for the common peaks of the error, where all filters move, to be none.
    options: dict[str, Any] = {"window": 10, "min_score": 0.5, "top_k": 100, "measure": "change"}
    found = opened.json("correlation", run=".", min_appearances=1, **options)
    layers = {layer["layer"]: layer["mini_sets"] for layer in found["layers"]}
    for episode in truth.episodes:
        # In a log as short as this, a class's next flip hides the one before.
        flips = {names[c]: step(at) for at, classes in episode.flips for c in classes}
        (position,) = [
            i
            for i, mini_set in enumerate(layers[episode.layer])
            if set(episode.filters) <= set(mini_set["filters"])
        ]
        marked = {
            (cell["class"], mark["step"])
            for cell in found["cells"]
            if cell["layer"] == episode.layer
            for mark in cell["marks"]
            if mark["mini_set"] == position
        }
        assert flips.items() <= marked


def test_the_largest_changes_of_an_iteration(planted: tuple[Tab, Truth, list[str]]) -> None:
    opened, truth, _ = planted
    for episode in truth.episodes:
        for at, _ in episode.flips:
            query: dict[str, Any] = {"step": step(at), "measure": "change", "top_k": 100}
            top = opened.json("iteration_filter", run=".", **query)["filters"]
            own = {one["filter"] for one in top if one["layer"] == episode.layer}
            assert set(episode.filters) <= own
