"""Up to where two trainings have the same weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tensorboard_plugin_deeptracker.features.layers.records import Model
from tests.http.client import tab
from tests.logs import SessionLog, random_dump, small_model, small_validation_set

NONE = {"dumps": 0, "alike": 0, "until": None}


def write(run: Path, model: Model, seeds: dict[int, int], gradients: int = 0) -> None:
    """A run whose weights at each step are those of a seed."""
    row = model.statistics.index("gradient_l2")
    with SessionLog(run) as log:
        log.model(model)
        log.validation_set(small_validation_set(2, 2))
        log.validation(0, [0, 0, 1, 1], 2)
        for step, seed in seeds.items():
            filters, statistics = random_dump(model, seed)
            statistics[row] = gradients
            log.dump(step, filters, statistics)


def compared(logdir: Path, *runs: str) -> Any:
    with tab(logdir) as opened:
        return opened.json("compare", runs=list(runs or ("a", "b")))["weights"]


@pytest.mark.parametrize("parted", [0, 1, 4, 8, 9])
def test_they_are_the_same_until_they_part(tmp_path: Path, parted: int) -> None:
    model = small_model(3, 2)
    write(tmp_path / "a", model, {10 * i: i for i in range(9)})
    # Of other gradients, and logged at other iterations too.
    other = {10 * i: i if i < parted else 100 + i for i in range(9)}
    write(tmp_path / "b", model, {**other, 5: 50, 95: 95}, gradients=1)
    until = 10 * (parted - 1) if parted else None
    assert compared(tmp_path) == {"dumps": 9, "alike": parted, "until": until}


def test_only_layers_count_that_both_have_in_the_same_shape(tmp_path: Path) -> None:
    model = small_model(3, 2)
    write(tmp_path / "a", model, {0: 0, 1: 1})
    wider = replace(
        model.layers[1], weight_shape=(2, *[9] * (len(model.layers[1].weight_shape) - 1))
    )
    write(tmp_path / "b", replace(model, layers=(model.layers[0], wider)), {0: 0, 1: 1})
    with SessionLog(tmp_path / "c") as log:
        changed = small_model(3, 2)
        log.model(changed)
        log.validation_set(small_validation_set(2, 2))
        log.validation(0, [0, 0, 1, 1], 2)
        for step in range(2):
            filters, statistics = random_dump(changed, step)
            place = next(i for i, node in enumerate(changed.nodes) if node.layer == 1)
            statistics[:, place] += 1
            log.dump(step, filters, statistics)
    assert compared(tmp_path) == {"dumps": 2, "alike": 2, "until": 1}
    assert compared(tmp_path, "a", "c") == {"dumps": 2, "alike": 0, "until": None}
    # There, the layer that differs is of another shape.
    assert compared(tmp_path, "b", "c") == {"dumps": 2, "alike": 2, "until": 1}


def test_a_layer_that_the_hierarchy_lacks_is_left_out(tmp_path: Path) -> None:
    model = small_model(3, 2)
    (leaf, *_) = (node for node in model.nodes if node.layer == 0)
    lacking = replace(model, root=replace(model.root, children=(leaf,)))
    assert lacking.leaves.tolist() == [1, -1]
    for name in ("a", "b"):
        write(tmp_path / name, lacking, {0: 0, 1: 1})
    assert compared(tmp_path) == {"dumps": 2, "alike": 2, "until": 1}


def test_runs_without_weights_or_of_one_name_have_none(tmp_path: Path) -> None:
    write(tmp_path / "a", small_model(3, 2), {0: 0})
    with SessionLog(tmp_path / "b") as log:
        log.validation_set(small_validation_set(2, 2))
        log.validation(0, [0, 0, 1, 1], 2)
    assert compared(tmp_path) == NONE
    with tab(tmp_path) as opened:
        itself = opened.json("compare", runs=["a", "a"], steps=[0, 0])
    assert itself["weights"] == NONE
