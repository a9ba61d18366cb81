"""Scores that are not finite are found, at the validations where there are some."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.events import encode
from tensorboard_plugin_deeptracker.features.validation.records import NOT_FINITE_TAG, PREDICTED_TAG
from tensorboard_plugin_deeptracker.summary.scores import predicted_of_scores
from tests.http.client import tab
from tests.logs import SessionLog, open_run, random_dump, small_model, small_validation_set

MODEL, IMAGES = small_model(2), small_validation_set(2, 1)


def found(logdir: Path) -> Any:
    with tab(logdir) as opened:
        (rule,) = opened.json("findings", run=".")["validation_findings"]
    assert rule["rule"] == "non_finite_scores"
    # Of three images at most.
    most = max((place["images"] for place in rule["places"]), default=0)
    assert rule["share"] == pytest.approx(most / 3)
    return rule["places"]


def test_stretches_of_validations_with_such_images(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.model(MODEL)
        log.dump(0, *random_dump(MODEL, 0))
        log.validation_set(IMAGES)
        log.validation_set(IMAGES, "train")
        for step, count in enumerate([2, 0, 0, 1, 3, 1, 0, 2]):
            log.validation(10 * step, [0, 0, 1], 2, not_finite=count)
        log.validation(5, [0, 0, 1], 2, "train", not_finite=1)
    assert found(tmp_path) == [
        {"image_set": "validation", "step": 0, "until": 0, "images": 2},
        {"image_set": "validation", "step": 30, "until": 50, "images": 3},
        {"image_set": "validation", "step": 70, "until": 70, "images": 2},
        {"image_set": "train", "step": 5, "until": 5, "images": 1},
    ]


def test_nothing_is_found_where_nothing_was_said(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.model(MODEL)
        assert found(tmp_path) == []
        log.validation_set(IMAGES)
        log.validation(0, [0, -1, 1], 2)
        assert found(tmp_path) == []


def test_from_a_model_that_diverges_to_the_finding(tmp_path: Path) -> None:
    """An image without a score has no result: in class 0, it would be right by accident."""
    scores = torch.tensor([[2.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    with SummaryWriter(tmp_path) as writer:
        writer.add_model(torch.nn.Linear(2, 2))
        writer.add_weights(torch.nn.Linear(2, 2), 0)
        writer.add_validation_set([0, 1, 0], ["a", "b"])
        for step in range(4):
            if step == 2:
                scores[0, 1] = float("nan")
                scores[2] = float("inf")
            predicted = predicted_of_scores(scores)
            arguments: Any = (predicted.classes, step)
            if step == 2:
                with pytest.warns(RuntimeWarning, match="At iteration 2, 2 of 3 images have"):
                    writer.add_predictions(*arguments, not_finite=predicted.not_finite)
            else:
                writer.add_predictions(*arguments, not_finite=predicted.not_finite)
    with tab(tmp_path) as opened:
        about: dict[str, Any] = {"run": ".", "class": "a"}
        assert opened.json("class_image", **about)["correct"] == [
            [1, 1, None, None],
            [1, 1, None, None],
        ]
        assert opened.json("error_rates", run=".")["overall"] == [0, 0, 0, 0]
    assert found(tmp_path) == [{"image_set": "validation", "step": 2, "until": 3, "images": 2}]


def test_a_count_of_another_shape_is_no_record(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.validation_set(IMAGES)
        for counts in (np.zeros(2, np.int32), np.zeros(1, np.float32)):
            tensors = {
                PREDICTED_TAG: encode.array(np.zeros(3, np.int8)),
                NOT_FINITE_TAG: encode.array(counts),
            }
            log.append(encode.event(tensors, 1))
    problems = [problem.reason for problem in open_run(tmp_path).snapshot.problems]
    assert len(problems) == 2
    assert all(problem.startswith("'deeptracker/not_finite' is (dtype") for problem in problems)
