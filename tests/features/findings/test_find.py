"""The planted truth of the standing log is found, and nothing where nothing is planted."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import imagenet_log
from benchmarks.planted import STEP_INTERVAL
from tests.http.client import tab
from tests.logs import SessionLog, random_dump, small_model


def places(answer: Any, run: Any) -> dict[str, list[tuple[str, int | None]]]:
    return {
        finding["rule"]: [
            (run["layers"][place["layer"]]["name"], place["filter"]) for place in finding["places"]
        ]
        for finding in answer["findings"]
    }


def test_the_planted_truth_is_found(tmp_path: Path) -> None:
    truth = imagenet_log.write(tmp_path / "run", dumps=100, classes=40, thumbnails=False)
    with tab(tmp_path) as opened:
        run = opened.json("run", run="run")
        answer = opened.json("findings", run="run")
        found = places(answer, run)
        assert found["dead_filters"] == [("conv1", i) for i in truth.dead]
        assert found["restless_filters"] == [(truth.restless_layer, i) for i in truth.restless]
        layers = [layer["name"] for layer in run["layers"]]
        assert found["update_ratio_low"] == [(name, None) for name in layers]
        # It falls with the learning rate, at the beginning of the second stage.
        step = STEP_INTERVAL * (int(np.argmax(truth.stage == 1)) + 1)
        low = next(one for one in answer["findings"] if one["rule"] == "update_ratio_low")
        assert {(one["step"], one["until"]) for one in low["places"]} == {(step, 160_000)}
        by_rule = {one["rule"]: one for one in answer["findings"]}
        filters = sum(layer["filters"] for layer in run["layers"])
        assert by_rule["dead_filters"]["share"] == pytest.approx(len(truth.dead) / filters)
        assert by_rule["update_ratio_low"]["share"] == 1
        for one in by_rule.values():
            assert one["weight"] == pytest.approx(one["severity"] * (1 + one["share"]) / 2)
        # All layers that learn slowly are more than two filters that are dead.
        assert by_rule["update_ratio_low"]["weight"] > by_rule["dead_filters"]["weight"]
        for rule in ("non_finite_weights", "non_finite_gradients", "frozen_layers"):
            assert found[rule] == []
        assert found["update_ratio_high"] == []


def test_nothing_is_found_where_nothing_is_planted(tmp_path: Path) -> None:
    model = small_model(8, 8)
    rng = np.random.default_rng(0)
    nodes = sum(1 for _ in model.root.walk())
    with SessionLog(tmp_path / "run") as log:
        log.model(model)
        for step in range(40):
            filters = rng.uniform(1e-3, 2e-3, (len(model.measures), model.filters))
            statistics = rng.uniform(1e-3, 2e-3, (len(model.statistics), nodes))
            log.dump(step, filters.astype(np.float32), statistics.astype(np.float32))
    with tab(tmp_path) as opened:
        run = opened.json("run", run="run")
        found = places(opened.json("findings", run="run"), run)
        assert len(found) == 7
        assert not any(found.values())


def test_findings_follow_the_run_while_it_grows(tmp_path: Path) -> None:
    model = small_model(3)
    with SessionLog(tmp_path / "run") as log, tab(tmp_path) as opened:
        log.model(model)
        run = opened.json("run", run="run")
        assert not any(places(opened.json("findings", run="run"), run).values())
        filters = np.ones((len(model.measures), 3), np.float32)
        filters[model.measures.index("change"), 1] = 0
        statistics = np.full((len(model.statistics), 2), 1e-3, np.float32)
        for step in range(6):
            log.dump(step, filters, statistics)
        while opened.json("runs")["runs"][0]["dumps"] < 6:
            time.sleep(0.02)
        found = places(opened.json("findings", run="run"), run)
        assert found["dead_filters"] == [("stem", 1)]


def test_a_log_without_the_measures_of_a_rule(tmp_path: Path) -> None:
    model = replace(small_model(3), measures=("weight_mean",), statistics=("weight_mean",))
    with SessionLog(tmp_path / "run") as log:
        log.model(model)
        for step in range(6):
            log.dump(step, *random_dump(model, step))
    with tab(tmp_path) as opened:
        run, answer = (opened.json(route, run="run") for route in ("run", "findings"))
        assert not any(places(answer, run).values())
        assert opened.json("findings", run="run") == answer
