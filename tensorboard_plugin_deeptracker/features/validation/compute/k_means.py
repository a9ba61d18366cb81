"""K-means with several starts (Lloyd, 1982; seeds as in Arthur and Vassilvitskii, 2007).

Written out because importing scikit-learn takes seconds, in which the other answers of the
first screen wait: many times what opening a log and clustering it take. The tests compare the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SEED = 0
_STARTS = 10
_MAX_ITERATIONS = 300


def k_means(points: NDArray[np.float32], k: int, starts: int = _STARTS) -> NDArray[np.int64]:
    """Divides points into clusters; the same for the same points.

    Args:
        points: float32[points, dimensions], of which at least k differ.
        k: Number of clusters, at least 1.
        starts: How often it begins anew; the tightest clusters count.

    Returns:
        Cluster of each point, from 0 to k - 1, none of them empty: int64[points]. Every
        point is in the cluster whose mean is nearest to it.
    """
    rng = np.random.default_rng(_SEED)
    # Distances are differences of squares, whose rounding is least around zero.
    cloud = Cloud(points - points.mean(axis=0))
    runs = [refine(cloud, _seeds(cloud, k, rng)) for _ in range(starts)]
    return min(runs, key=lambda run: run[1])[0]


class Cloud:
    """Points, and how far others are from them."""

    def __init__(self, points: NDArray[np.float32]) -> None:
        self.points = points
        self._squares: NDArray[np.float32] = np.einsum("ij,ij->i", points, points)[:, np.newaxis]

    def distances(self, centers: NDArray[np.float32]) -> NDArray[np.float32]:
        """Squared distances: float32[points, centers]."""
        # Not a matrix product: its threads wait for each other where cores are busy.
        products: NDArray[np.float32] = np.einsum("ij,kj->ik", self.points, centers)
        distances = self._squares - 2 * products + np.einsum("kj,kj->k", centers, centers)
        answer: NDArray[np.float32] = np.maximum(distances, np.float32(0))
        return answer


def _seeds(cloud: Cloud, k: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Points far from each other: each drawn by its squared distance to those before it."""
    seeds = cloud.points[[rng.integers(len(cloud.points))]]
    nearest = cloud.distances(seeds)[:, 0].astype(np.float64)
    while len(seeds) < k:
        total = nearest.sum()
        # Points may differ by less than their distances can tell: then any will do.
        chances = nearest / total if total else None
        drawn = cloud.points[[rng.choice(len(nearest), p=chances)]]
        seeds = np.concatenate([seeds, drawn])
        nearest = np.minimum(nearest, cloud.distances(drawn)[:, 0])
    return seeds


def refine(
    cloud: Cloud, centers: NDArray[np.float32], moves: int = _MAX_ITERATIONS
) -> tuple[NDArray[np.int64], float]:
    """Moves centers to the means of their clusters until nothing changes, or so many times.

    Returns:
        The clusters, and the sum of the squared distances to their means.
    """
    assigned = np.full(len(cloud.points), -1)
    for _ in range(moves):
        distances = cloud.distances(centers)
        before, assigned = assigned, distances.argmin(axis=1)
        nearest = distances[np.arange(len(assigned)), assigned]
        sizes = np.bincount(assigned, minlength=len(centers))
        for empty in np.flatnonzero(sizes == 0):
            farthest = int(np.where(sizes[assigned] > 1, nearest, -1).argmax())
            sizes[assigned[farthest]] -= 1
            assigned[farthest], nearest[farthest], sizes[empty] = empty, 0, 1
        if np.array_equal(before, assigned):
            break
        centers = np.stack([cloud.points[assigned == i].mean(0) for i in range(len(centers))])
    return assigned, float(nearest.sum())
