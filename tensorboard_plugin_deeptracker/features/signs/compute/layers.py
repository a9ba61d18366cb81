"""What is kept of the dumps: a few numbers for each layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...findings.compute import MIN_DUMPS
from ...layers.records import Model
from .judge import Course, Floats

# Measures of filters that are copies of each other agree to so many bits of their mantissas.
_BITS = 20
# Odd numbers of 64 bits that what tells filters is multiplied by: sums are the same by chance once
# in 2^64 pairs.
_FACTORS = tuple(map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)))
_PLACES = 22  # Bits of a place in a table of them, at most.
_SALT = np.uint64(0xD6E8FEB86659FD93)


class LayersCourse:
    """What the layers did, dump by dump.

    Attributes:
        model: The model.
        steps: Of the dumps.
        ratio: Update ratio against the dump before: [dumps, layers]; NaN where there is none.
        gradient: Root mean square of the gradients of each layer.
        weight: Root mean square of its weights.
        silent: Share of its filters that had no gradient at each of the last `MIN_DUMPS` dumps that
            say so, while other filters of the model had one; or did not change, while others of the
            layer did.
        alike: Share of its filters that have the same weights as another one, as far as their
            mean, deviation and norm tell. NaN where the layer has no gradients, but others have:
            filters that are computed from parameters may be turned copies by design.
    """

    def __init__(self, model: Model) -> None:
        layers = len(model.layers)
        self.model = model
        self.steps: list[int] = []
        self.ratio, self.gradient, self.weight = Course(layers), Course(layers), Course(layers)
        self.silent, self.alike = Course(layers), Course(layers)
        self._nodes = model.leaves
        self._sizes = np.array([max(1, np.prod(each.weight_shape)) for each in model.layers])
        self._counts = np.diff(model.first_filters)
        self._of = np.repeat(np.arange(layers), self._counts)
        self._salts = self._of.astype(np.uint64) * _SALT
        # Dumps in a row, up to the last one, at which a filter had none.
        self._changeless = np.zeros(model.filters, np.int32)
        self._gradientless = np.zeros(model.filters, np.int32)

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        courses = (each for each in vars(self).values() if isinstance(each, Course))
        return sum(each.nbytes for each in courses) + 3 * self._changeless.nbytes

    def add(self, step: int, filters: NDArray[np.float32], statistics: NDArray[np.float32]) -> None:
        """Takes in a dump.

        Args:
            step: Its iteration.
            filters: float32[measures, filters].
            statistics: float32[statistics, nodes].
        """
        self.steps.append(step)
        self.ratio.add(self._statistic(statistics, "update_ratio"))
        per_weight = np.sqrt(self._sizes)
        gradient = self._statistic(statistics, "gradient_l2")
        self.gradient.add(gradient / per_weight)
        self.weight.add(self._statistic(statistics, "weight_l2") / per_weight)
        self.silent.add(self._silence(filters))
        computed = np.isnan(gradient) & ~np.isnan(gradient).all()
        self.alike.add(np.where(computed, np.nan, self._twins(filters)))

    def _statistic(self, statistics: NDArray[np.float32], name: str) -> Floats:
        if name not in self.model.statistics or not len(self._nodes):
            return np.full(len(self._nodes), np.nan)
        row = statistics[self.model.statistics.index(name)].astype(np.float64)
        return np.where(self._nodes >= 0, row[self._nodes], np.nan)

    def _measure(self, filters: NDArray[np.float32], name: str) -> NDArray[np.float32] | None:
        measures = self.model.measures
        return filters[measures.index(name)] if name in measures else None

    def _silence(self, filters: NDArray[np.float32]) -> Floats:
        for counts, name in (
            (self._changeless, "change"),
            (self._gradientless, "gradient_norm"),
        ):
            values = self._measure(filters, name)
            # Where all are 0, gradients were cleared before they were logged.
            if values is not None and (values > 0).any():
                counts[values == 0] += 1
                counts[~np.isnan(values) & (values != 0)] = 0
        return self._mean(self._is_silent())

    def _is_silent(self) -> NDArray[np.bool_]:
        still = self._changeless >= MIN_DUMPS
        # Where all filters of a layer stand still, it is frozen.
        moving = np.bincount(self._of, ~still, len(self._counts)) > 0
        silent: NDArray[np.bool_] = (still & moving[self._of]) | (self._gradientless >= MIN_DUMPS)
        return silent

    def _twins(self, filters: NDArray[np.float32]) -> Floats:
        parts = [self._measure(filters, f"weight_{name}") for name in ("mean", "sd", "norm")]
        told = [each for each in parts if each is not None]
        if len(told) < len(parts):
            return np.full(len(self._nodes), np.nan)
        # Rounded to `_BITS` of the mantissa's 23.
        keys = [
            (np.ascontiguousarray(each).view(np.int32) + (1 << (22 - _BITS))) >> (23 - _BITS)
            for each in told
        ]
        # Copies have the same hash; whoever shares one is looked at.
        hashes = self._salts.copy()
        for key, factor in zip(keys, _FACTORS, strict=True):
            hashes += key.astype(np.uint64) * factor
        twin = np.zeros(len(hashes), np.bool_)
        rows = _not_alone(hashes)
        if len(rows):
            twin[rows] = _twins_of([*(key[rows] for key in keys), self._of[rows]], told[2][rows])
        return self._mean(twin)

    def _mean(self, of_filters: NDArray[np.bool_]) -> Floats:
        sums = np.bincount(self._of, of_filters, len(self._counts))
        return np.where(self._counts > 0, sums / np.maximum(self._counts, 1), np.nan)


def _not_alone(hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Positions of those that there are several of."""
    # Most are alone in a table of places, of which the last one that has a place is left there:
    # faster than sorting all.
    bits = min(_PLACES, 2 + len(hashes).bit_length())
    places = (hashes >> np.uint64(64 - bits)).astype(np.int32)
    last = np.empty(1 << bits, np.int32)
    last[places] = np.arange(len(hashes), dtype=np.int32)
    others = last[places]
    shares = others != np.arange(len(hashes), dtype=np.int32)
    shares[others[shares]] = True
    rows = np.flatnonzero(shares)
    ordered = np.sort(hashes[rows])
    several = ordered[1:][ordered[1:] == ordered[:-1]]
    return rows[np.isin(hashes[rows], several)] if len(several) else rows[:0]


def _twins_of(keys: list[NDArray[Any]], norms: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which filters have all keys in common with another one.

    Args:
        keys: Each [filters].
        norms: Of their weights: those that are all 0 are a filter's own matter.
    """
    order = np.lexsort(keys)
    same = norms[order][1:] > 0
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    twin = np.zeros(len(order), np.bool_)
    twin[order[1:]] |= same
    twin[order[:-1]] |= same
    return twin
