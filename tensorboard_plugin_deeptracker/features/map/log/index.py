"""The nearest of many points by an index of faiss: most of them, in a fraction of the time.

From `FROM` points on, where faiss is installed (the extra `neighbours`) and no accelerator has the
features. How many of the nearest it finds is measured of some points, and logged.
"""

from __future__ import annotations

import importlib.util
import math

import numpy as np
from numpy.typing import NDArray

from .products import Doubles, InSinglePrecision, Proposed

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Up to so many points all distances take no longer.
FROM = 15_000
# Dimensions that are searched: principal components. What is found is ranked by all.
_SEARCHED = 64
_MORE = 16
_TURNS = 3
# Points that components, and the middles of the index's lists, are learned from.
_LEARNED = 10_000
_EACH = 40
# Lists that are looked through for a point.
_PROBES = 24
# Numbers that are multiplied at once, so that they stay in the cache.
_VALUES = 1 << 18
# Points whose nearest are looked for among all, to say how many the index finds.
_CHECKED = 200


def is_used(points: int) -> bool:
    """Whether an index is used for so many points."""
    return points >= FROM and _is_there()


def is_lacking(points: int) -> bool:
    """Whether an index would be used for so many points, were it installed."""
    return points >= FROM and not _is_there()


def _is_there() -> bool:
    return importlib.util.find_spec("faiss") is not None


class ByIndex(InSinglePrecision):
    """Proposes the nearest by an index; see `Products` and `InSinglePrecision`."""

    def __init__(self, features: Floats, targets: Ints) -> None:
        import faiss

        super().__init__(features, targets)
        self._targets = targets
        faiss.omp_set_num_threads(1)  # Of this thread: the training has the others.
        self._searched = _reduced(features)
        own = np.ascontiguousarray(self._searched[targets])
        dimensions = own.shape[1]
        self._lists = max(1, min(round(4 * math.sqrt(len(own))), len(own) // _EACH))
        index = faiss.IndexIVFFlat(faiss.IndexFlatL2(dimensions), dimensions, self._lists)
        index.cp.seed = 0
        index.train(_some(own, _EACH * self._lists))
        index.add(own)
        self._index = index

    def propose(self, rows: slice, count: int) -> Proposed:
        """See `Products`; that there is none nearer is taken on trust."""
        queries = np.ascontiguousarray(self._searched[rows])
        count = min(count, self._index.ntotal)
        self._index.nprobe = min(_PROBES, self._lists)
        _, found = self._index.search(queries, count)
        few = np.flatnonzero((found < 0).any(axis=1))
        if len(few):
            self._index.nprobe = self._lists
            _, found[few] = self._index.search(queries[few], count)
        cutoff = np.full(len(found), np.inf)
        return Proposed(found, self._squares(rows, found), cutoff, self._errors(rows))

    def _squares(self, rows: slice, found: Ints) -> Doubles:
        """Squared distances from points to what was found for each: float64[rows, count]."""
        own = self._scaled[rows]
        products = np.empty(found.shape, np.float32)
        step = max(1, _VALUES // max(1, found.shape[1] * own.shape[1]))
        for first in range(0, len(own), step):
            some = slice(first, first + step)
            others = self._scaled[self._targets[found[some]]]
            np.matmul(others, own[some, :, None], out=products[some, :, None])
        lengths = self._lengths[rows, None] + self._target_lengths[found].astype(np.float64)
        squares: Doubles = lengths - 2 * products
        return squares

    def within(self, row: int, limit: float) -> Ints:
        """See `Products`; never asked, since nothing is left open."""
        raise NotImplementedError


def recall_of(features: Floats, near: Ints) -> float:
    """The share of the nearest points that was found, of some points.

    Args:
        features: float32[points, dimensions], all different.
        near: int64[points, k]: what was found.
    """
    some = np.random.default_rng(0).permutation(len(features))[:_CHECKED]
    squares = np.einsum("ij,ij->i", features, features) - 2 * features[some] @ features.T
    squares[np.arange(len(some)), some] = np.inf
    k = near.shape[1]
    exact = np.argpartition(squares, k - 1, axis=1)[:, :k]
    return float((near[some][:, :, None] == exact[:, None, :]).any(axis=2).mean())


def _reduced(features: Floats) -> Floats:
    """The first principal components, if there are many dimensions."""
    moved: Floats = features - features.mean(axis=0, dtype=np.float64).astype(np.float32)
    if features.shape[1] <= _SEARCHED:
        return moved
    some = _some(moved, _LEARNED)
    rng = np.random.default_rng(0)
    basis = rng.standard_normal((moved.shape[1], _SEARCHED + _MORE)).astype(np.float32)
    for _ in range(_TURNS):
        basis = np.linalg.qr(some.T @ (some @ basis))[0]
    within = some @ basis
    _, axes = np.linalg.eigh(within.T @ within)
    found: Floats = moved @ (basis @ axes[:, ::-1][:, :_SEARCHED])
    return found


def _some(points: Floats, count: int) -> Floats:
    chosen = np.random.default_rng(0).permutation(len(points))[:count]
    return np.ascontiguousarray(points[np.sort(chosen)])
