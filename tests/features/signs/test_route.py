"""The route `signs`, on small logs with one thing that goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.http.client import tab
from tests.logs import SessionLog, small_model, small_validation_set

ROWS = 30
IMAGES = 20


def write(run: Path, broken_from: int | None) -> None:
    """Three classes that are learned, of which one is lost from a validation on."""
    model, images = small_model(4, 4), small_validation_set(IMAGES, IMAGES, IMAGES)
    rng = np.random.default_rng(0)
    nodes = sum(1 for _ in model.root.walk())
    with SessionLog(run) as log:
        log.model(model)
        log.validation_set(images)
        for row in range(ROWS):
            filters = rng.uniform(1e-3, 2e-3, (len(model.measures), model.filters))
            statistics = rng.uniform(1e-3, 2e-3, (len(model.statistics), nodes))
            predicted = images.labels.copy()
            predicted[rng.random(len(predicted)) < 0.1] = 0
            if broken_from is not None and row >= broken_from:
                filters[:, 1] = np.nan
                statistics[model.statistics.index("weight_min")] = np.nan
                predicted[images.labels == 2] = 1
            log.dump(10 * row, filters.astype(np.float32), statistics.astype(np.float32))
            log.validation(10 * row, predicted.tolist(), 3)


def signs(run: Path) -> list[dict[str, Any]]:
    with tab(run.parent) as opened:
        found: list[dict[str, Any]] = opened.json("signs", run="run")["signs"]
        return found


def test_a_training_as_it_should_be_has_no_alarm(tmp_path: Path) -> None:
    write(tmp_path / "run", None)
    assert [each for each in signs(tmp_path / "run") if each["severity"] >= 0.5] == []


def test_what_has_one_cause_is_one_entry(tmp_path: Path) -> None:
    write(tmp_path / "run", 15)
    alarm, *rest = signs(tmp_path / "run")
    assert (alarm["kind"], alarm["first_step"], alarm["last_step"]) == ("not_finite", 150, 290)
    assert alarm["severity"] == 1
    assert alarm["advice"]["url"].startswith("https://")
    evidence = {(each["kind"], each["class"]) for each in alarm["evidence"]}
    assert ("class_lost", "class 2") in evidence
    assert all(each["severity"] < 0.5 for each in rest)


def test_a_run_without_a_model_or_images_has_no_signs(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "run"):
        pass
    assert signs(tmp_path / "run") == []


def test_every_rule_of_findings_is_a_kind_of_signs(tmp_path: Path) -> None:
    write(tmp_path / "run", None)
    with tab(tmp_path) as opened:
        kinds = opened.json("signs", run="run")["kinds"]
        found = opened.json("findings", run="run")
    taken = [name for kind in kinds for name in kind["findings"]]
    rules = [each["rule"] for each in (*found["findings"], *found["validation_findings"])]
    assert sorted(taken) == sorted(rules)
