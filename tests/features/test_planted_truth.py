"""What is planted in the standing log is found through the routes, as the paper found it."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks import imagenet_log
from benchmarks.planted import FLIPPING, STEP_INTERVAL, Truth
from tests.http.client import Tab, tab

DUMPS, CLASSES = 200, 60
FINDING: dict[str, Any] = {"run": ".", "window": 3, "min_score": 0.3}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tab, Truth, list[str]]]:
    """A smaller standing log, its truth, and the names of its classes."""
    logdir = tmp_path_factory.mktemp("standing")
    truth = imagenet_log.write(logdir, dumps=DUMPS, classes=CLASSES)
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


def test_images_that_flip_together_look_alike(planted: tuple[Tab, Truth, list[str]]) -> None:
    opened, truth, names = planted
    for episode in truth.episodes:
        # In a log as short as this, a class's next flip hides the one before.
        for c, at in {c: at for at, classes in episode.flips for c in classes}.items():
            pixels = opened.json("class_image", run=".", class_=names[c])
            correct = np.array(pixels["correct"], dtype=bool)
            flips = ~correct[:, at - 3 : at].any(1) & correct[:, at : at + 3].all(1)
            assert np.flatnonzero(flips).tolist() == list(FLIPPING)
            edges = np.array([edge(opened, one["id"]) for one in pixels["images"]])
            distance = np.linalg.norm(edges - edges[flips].mean(0), axis=1)
            assert np.median(distance[flips]) < np.median(distance[~flips]) / 1.5


def test_images_that_are_never_learned_look_different(
    planted: tuple[Tab, Truth, list[str]],
) -> None:
    opened, truth, names = planted
    pixels = opened.json("class_image", run=".", class_=names[truth.flipping_class])
    white = [middle(opened, pixels["images"][i]["id"]).min() for i in truth.always_wrong]
    red = [
        middle(opened, one["id"]).min()
        for i, one in enumerate(pixels["images"])
        if i not in truth.always_wrong
    ]
    assert min(white) > max(red)


def edge(opened: Tab, identifier: int) -> Any:
    """The mean colour of an image's edge, which shows what is behind the thing."""
    image = picture(opened, identifier)
    return np.concatenate([image[:3], image[-3:]]).reshape(-1, 3).mean(0)


def middle(opened: Tab, identifier: int) -> Any:
    """The colour of most of an image's upper middle: the mushroom's cap."""
    return np.median(picture(opened, identifier)[11:15, 13:19].reshape(-1, 3), axis=0)


def picture(opened: Tab, identifier: int) -> Any:
    blob = opened.get("image", run=".", id=identifier).data
    return np.asarray(Image.open(io.BytesIO(blob)).convert("RGB"), dtype=np.float64)


def test_filters_of_shallow_layers_are_shared_and_those_of_deep_layers_private(
    planted: tuple[Tab, Truth, list[str]],
) -> None:
    opened, _, _ = planted
    rules = opened.json("suggested", run=".")
    options = {name: rules[name] for name in ("window", "min_score")}
    found = opened.json(
        "correlation", run=".", top_k=100, measure="change", min_appearances=1, **options
    )
    classes: dict[tuple[str, int], set[str]] = defaultdict(set)
    mini_sets = {layer["layer"]: layer["mini_sets"] for layer in found["layers"]}
    for cell in found["cells"]:
        for mark in cell["marks"]:
            for filter_ in mini_sets[cell["layer"]][mark["mini_set"]]["filters"]:
                classes[cell["layer"], filter_].add(cell["class"])
    shared = {
        module: np.mean(
            [len(own) for (layer, _), own in classes.items() if layer.startswith(module)]
        )
        for module in ("conv1", "layer1", "layer3", "layer4")
    }
    assert min(shared["conv1"], shared["layer1"]) > 3 * max(shared["layer3"], shared["layer4"])


def test_the_spread_of_weights(planted: tuple[Tab, Truth, list[str]]) -> None:
    """Half in each module of what it is in the one before, and half after each drop."""
    opened, truth, _ = planted
    modules = ["conv1", "layer1", "layer2", "layer3", "layer4", "fc"]
    spread = np.array(
        [opened.json("layer_stat", run=".", layer=m, stat="weight_sd")["values"] for m in modules]
    )
    np.testing.assert_allclose(spread[1:] / spread[:-1], 0.5, rtol=1e-5)
    assert (np.diff(spread) < 0).all()
    assert len(truth.drops) == 3
    for drop, end in zip(truth.drops, [*truth.drops[1:], DUMPS], strict=True):
        assert 0.4 < spread[0, end - 1] / spread[0, drop - 1] < 0.55
        # Between the drops nearly nothing happens.
        assert spread[0, drop - 10] / spread[0, drop - 1] < 1.2


def test_the_means_of_weights(planted: tuple[Tab, Truth, list[str]]) -> None:
    opened, _, _ = planted
    layers = [layer["name"] for layer in opened.json("run", run=".")["layers"]]
    means = {
        layer: opened.json("layer_stat", run=".", layer=layer, stat="weight_mean")["values"]
        for layer in layers
    }
    assert min(means.pop("fc")) > 0
    for values in means.values():
        assert values[0] > 0
        assert max(values[DUMPS // 20 :]) < 0
    query: dict[str, Any] = {"measure": "weight_mean", "normalize": "none"}
    filters = opened.json("layer_filter", run=".", layer="layer2.0.conv1", **query)["values"]
    assert np.max(np.array(filters)[:, DUMPS // 20 :]) < 0
