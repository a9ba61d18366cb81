"""How features are spread, against float64 by the book."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.map.log.spread import spread_of


def by_the_book(
    features: NDArray[np.float32], labels: NDArray[np.int64], classes: int
) -> tuple[list[float], NDArray[np.float64]]:
    exact = features.astype(np.float64)
    mean = exact.mean(axis=0)
    of_class = {c: exact[labels == c] for c in range(classes) if (labels == c).any()}
    centers = {c: own.mean(axis=0) for c, own in of_class.items()}
    eigenvalues = np.linalg.eigvalsh(np.cov(exact.T, bias=True).reshape(2 * (exact.shape[1],)))
    rank = eigenvalues.sum() ** 2 / (eigenvalues**2).sum() if np.ptp(exact, axis=0).any() else 0
    between = sum(len(own) * ((centers[c] - mean) ** 2).sum() for c, own in of_class.items())
    numbers = [
        ((exact - mean) ** 2).sum() / len(exact),
        between / len(exact),
        rank,
        (np.ptp(features, axis=0) == 0).sum(),
        exact.shape[1],
    ]
    by_class = np.full((2, classes), np.nan)
    for c, own in of_class.items():
        by_class[0, c] = ((own - centers[c]) ** 2).sum() / len(own)
        others = [((centers[c] - other) ** 2).sum() for d, other in centers.items() if d != c]
        by_class[1, c] = min(others, default=np.nan)
    return numbers, by_class


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    images=st.integers(1, 40),
    dimensions=st.integers(1, 50),
    classes=st.integers(1, 5),
    dead=st.integers(0, 3),
    scale=st.sampled_from([1e-6, 1.0, 1e6]),
)
def test_against_the_book(
    seed: int, images: int, dimensions: int, classes: int, dead: int, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    features = (scale * (rng.standard_normal((images, dimensions)) + 3)).astype(np.float32)
    features[:, :dead] = 7 * scale
    labels = rng.integers(0, classes, images)
    found = spread_of(features, labels, classes)
    assert found is not None
    numbers, by_class = by_the_book(features, labels, classes)
    unit = scale**2 * dimensions
    assert found.numbers[:2] == pytest.approx(numbers[:2], rel=1e-6, abs=1e-9 * unit)
    assert found.numbers[2:] == pytest.approx(numbers[2:], rel=1e-4, abs=1e-9)
    np.testing.assert_allclose([found.within, found.apart], by_class, 1e-5, 1e-9 * unit)


def test_many_images_have_the_rank_of_some_of_them() -> None:
    features = np.random.default_rng(0).standard_normal((2500, 6)).astype(np.float32)
    found = spread_of(features, np.zeros(2500, np.int64), 1)
    assert found is not None
    assert found.rank == pytest.approx(by_the_book(features[::3], np.zeros(834, np.int64), 1)[0][2])


def test_of_no_features_nothing_is_known() -> None:
    assert spread_of(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), 3) is None
