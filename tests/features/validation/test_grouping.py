"""How many clusters are suggested: those that are planted, and none where nothing separates."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.validation.compute.grouping import (
    sample,
    suggest_clusters,
)
from tests.features.validation.test_clusters import courses


def rates(levels: list[float], seed: int, images: int = 30, n: int = 40) -> NDArray[np.float32]:
    """Classes whose images are wrong with some probability, at every validation anew."""
    rng = np.random.default_rng(seed)
    counts = rng.binomial(images, np.array(levels)[:, np.newaxis], (len(levels), n))
    return (counts / images).astype(np.float32)


def suggested(error_rates: NDArray[np.float32]) -> int | None:
    """What is suggested for classes, NaN where they were not evaluated."""
    chosen, rng = sample(np.any(np.isfinite(error_rates), axis=1))
    return suggest_clusters(error_rates[chosen], rng)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("levels", [[0.1, 0.6], [0.1, 0.4, 0.8], [0.05, 0.3, 0.6, 0.9]])
def test_planted_clusters(levels: list[float], seed: int) -> None:
    assert suggested(rates(4 * levels, seed)) == len(levels)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("classes", [1, 2, 3, 4, 10, 60, 500])
def test_classes_that_are_alike(classes: int, seed: int) -> None:
    assert suggested(rates([0.3] * classes, seed)) is None


def test_classes_that_differ_by_degrees() -> None:
    """Seldom are they taken for clusters, though silhouettes are far above those of noise."""
    found = [
        suggested(courses(np.random.default_rng(seed).uniform(0.1, 0.9, classes).tolist()))
        for seed in range(10)
        for classes in (6, 12, 80)
    ]
    assert sum(k is not None for k in found) <= 3


def test_the_same_for_the_same_and_without_what_was_not_evaluated() -> None:
    found = rates([0.1, 0.5, 0.9] * 4, 7)
    found[2, 5:9] = np.nan
    more = np.concatenate([found, np.full((2, found.shape[1]), np.nan, np.float32)])
    assert suggested(more) == suggested(found) == 3


@pytest.mark.parametrize("shape", [(0, 0), (10, 0), (10, 1), (4, 1)])
def test_little_to_go_by(shape: tuple[int, int]) -> None:
    assert suggested(np.full(shape, 0.5, np.float32)) is None
