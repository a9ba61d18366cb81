"""Confusion matrices, against scikit-learn's and plain counting."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from tensorboard_plugin_deeptracker.features.confusion.compute import count_cells
from tests.http.client import tab
from tests.logs import SessionLog, small_validation_set

pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 7)), max_size=60)


@given(pairs)
def test_against_scikit_learn(images: list[tuple[int, int]]) -> None:
    """Also of outputs beyond the five classes that have names, and of what was not evaluated."""
    labels = np.array([label for label, _ in images], np.int32)
    predicted = np.array([each for _, each in images], np.int16)
    found = count_cells(labels, predicted, 5)
    matrix = np.zeros((8, 8), np.int64)
    matrix[found.label, found.predicted] = found.count
    known = predicted >= 0
    if not known.any():
        assert len(found.count) == 0
        assert found.images.tolist() == [0] * 5
        return
    expected = confusion_matrix(labels[known], predicted[known], labels=range(8))
    np.testing.assert_array_equal(matrix, expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        precision, recall, _, support = precision_recall_fscore_support(
            labels[known], predicted[known], labels=range(5), zero_division=np.nan
        )
    np.testing.assert_allclose(found.precision, precision, rtol=1e-6)
    np.testing.assert_allclose(found.recall, recall, rtol=1e-6)
    assert found.images.tolist() == support.tolist()
    assert found.predicted_as.tolist() == expected.sum(axis=0)[:5].tolist()
    assert (found.count > 0).all()
    order = found.label.astype(np.int64) * 8 + found.predicted
    assert (np.diff(order) > 0).all()


def test_the_route(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "run") as log:
        log.validation_set(small_validation_set(2, 3, 0))
        log.validation(4, [0, 1, 1, 9, -1], 10)
        log.validation(8, [0, 0, 1, 1, 1], 3)
    with tab(str(tmp_path)) as opened:
        answer = opened.json("confusion", run="run", step=4)
        assert answer == {
            "step": 4,
            "classes": [
                {
                    "class": "class 0",
                    "images": 2,
                    "correct": 1,
                    "predicted_as": 1,
                    "precision": 1.0,
                    "recall": 0.5,
                },
                {
                    "class": "class 1",
                    "images": 2,
                    "correct": 1,
                    "predicted_as": 2,
                    "precision": 0.5,
                    "recall": 0.5,
                },
                {
                    "class": "class 2",
                    "images": 0,
                    "correct": 0,
                    "predicted_as": 0,
                    "precision": None,
                    "recall": None,
                },
            ],
            "cells": [
                {"label": 0, "predicted": 0, "count": 1},
                {"label": 0, "predicted": 1, "count": 1},
                {"label": 1, "predicted": 1, "count": 1},
                {"label": 1, "predicted": 9, "count": 1},
            ],
        }
        rest, arrays = opened.arrays("confusion", run="run", step=8)
        assert rest == {"step": 8}
        assert arrays["recall"][:2].tolist() == [1.0, 1.0]
        assert arrays["count"].tolist() == [2, 3]
        opened.json("confusion", 404, run="run", step=5)
