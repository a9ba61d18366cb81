"""How many anomalies chance makes, against plain loops and against every way to move flips."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.validation.compute.anomalies import (
    NOT_EVALUATED,
    least_counts,
)
from tensorboard_plugin_deeptracker.features.validation.compute.chance import (
    expected_anomalies,
    reach,
)
from tests.features.validation.test_anomalies import Found, histories
from tests.reference import left, right


def tail(n: int, least: int, p: float) -> float:
    return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(least, n + 1))


def by_loops(
    history: NDArray[np.uint8], labels: list[int], classes: int, window: int, min_score: float
) -> float:
    """By the definition: a class, a rule, a validation after the other."""
    n = len(history)
    near = max(1, n // 10)
    total = 0.0
    for label in range(classes):
        own = [history[:, i] for i, each in enumerate(labels) if each == label]
        runs = [[None if v == NOT_EVALUATED else int(v) for v in image] for image in own]
        known = [sum(run[j] is not None for run in runs) for j in range(n)]
        least = next((m for m in range(1, len(own) + 1) if m / len(own) >= min_score), 1)
        for rule, first, last in ((left, window, n), (right, 1, n - window + 1)):
            could = [min(known[j - 1], known[j]) if first <= j < last else 0 for j in range(n)]
            for j in range(n):
                around = range(max(0, j - near), min(n, j + near + 1))
                chances = sum(could[at] for at in around)
                marks = sum(rule(run, at, window) for run in runs for at in around)
                if could[j] >= least and marks:
                    total += tail(could[j], least, marks / chances)
    return total


@given(
    histories, st.integers(1, 5), st.sampled_from([0.0, 0.05, 0.34, 0.5, 1.0]), st.integers(1, 9)
)
def test_against_plain_loops(
    history: NDArray[np.uint8], window: int, min_score: float, cells: int
) -> None:
    n, images = history.shape
    labels = [image // 2 for image in range(images)]
    finder = Found(labels, 4)
    finder.add(history)
    sizes = np.bincount(labels, minlength=4)
    evaluated = np.stack(
        [(history[:, np.array(labels, int) == c] != NOT_EVALUATED).sum(axis=1) for c in range(4)], 1
    )
    found = expected_anomalies(finder.first(n), sizes, evaluated, window, min_score, cells)
    assert found == pytest.approx(by_loops(history, labels, 4, window, min_score), abs=1e-9)


def test_against_every_way_to_move_the_flips() -> None:
    """Images that flip once each, in the middle: all of their moves are as probable."""
    n, images, window, least = 30, 4, 2, 3
    history = np.zeros((n, images), np.uint8)
    history[15:] = 1
    finder = Found([0] * images, 1)
    finder.add(history)
    evaluated = np.full((n, 1), images)
    found = expected_anomalies(
        finder.first(n), np.array([images]), evaluated, window, least / images
    )
    moves = range(-reach(n), reach(n) + 1)
    counts = [
        sum(count >= least for count in np.unique(moved, return_counts=True)[1])
        for moved in itertools.product(moves, repeat=images)
    ]
    # Both rules mark each flip.
    assert found == pytest.approx(2 * np.mean(counts), rel=1e-6)


@given(st.integers(1, 300), st.integers(0, 20))
def test_the_fewest_images_are_counted_as_anomalies_are(size: int, twentieth: int) -> None:
    score = twentieth / 20
    (least,) = least_counts(np.array([size]), score).tolist()
    assert least / size >= score
    assert least == 1 or (least - 1) / size < score
