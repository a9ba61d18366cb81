"""Squared distances by products of matrices: fast, and with an error that has a bound."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

# Errors of a sum of n products are below so many times sqrt(n) u, but for one in 1e13 (Higham and
# Mary, 2019).
_ERRORS = 8.0


class Proposed(NamedTuple):
    """Targets that may be the nearest of some points.

    Attributes:
        targets: Their positions among the targets: int64[rows, count].
        squares: How far they are: float64[rows, count].
        cutoff: The least distance that all others have: float64[rows].
        errors: The largest error of all of these: float64[rows].
    """

    targets: Ints
    squares: Doubles
    cutoff: Doubles
    errors: Doubles


class Products(Protocol):
    """Squared distances from some points to others, in units of their own.

    Attributes:
        unit: What one of them is in the units of the features, squared.
    """

    unit: float

    def propose(self, rows: slice, count: int) -> Proposed:
        """Targets that may be the nearest of some points."""
        ...

    def within(self, row: int, limit: float) -> Ints:
        """Positions of all targets up to a distance from a point."""
        ...


class InSinglePrecision:
    """What is known of points for products in float32.

    Args:
        features: float32[points, dimensions], all finite.
        targets: Points to which distances are wanted.
    """

    def __init__(self, features: Floats, targets: Ints) -> None:
        scaled, size = _scaled(features)
        self.unit = size**2
        self._scaled = scaled
        self._lengths = np.einsum("ij,ij->i", scaled, scaled)
        self._target_lengths = self._lengths[targets]
        self._longest = float(self._target_lengths.max(initial=0))
        self._error = _ERRORS * (np.sqrt(features.shape[1]) + 4) * 2.0**-24

    def _errors(self, rows: slice) -> Doubles:
        # Of a distance: those of its three parts, of which the product counts twice.
        lengths: Doubles = self._lengths[rows].astype(np.float64)
        errors: Doubles = 2 * self._error * (lengths + self._longest)
        return errors


class OnProcessor(InSinglePrecision):
    """Products in float32, by numpy; see `InSinglePrecision`."""

    def __init__(self, features: Floats, targets: Ints) -> None:
        super().__init__(features, targets)
        # Times a power of 2, which costs no accuracy.
        self._targets = np.ascontiguousarray(-2 * self._scaled[targets].T)

    def _squares(self, rows: slice) -> Floats:
        """What remains of the distances without the lengths of the points themselves."""
        product: Floats = self._scaled[rows] @ self._targets
        product += self._target_lengths
        return product

    def propose(self, rows: slice, count: int) -> Proposed:
        """See `Products`."""
        squares = self._squares(rows)
        lengths = self._lengths[rows, None].astype(np.float64)
        if count >= squares.shape[1]:
            every = np.broadcast_to(np.arange(squares.shape[1]), squares.shape)
            cutoff = np.full(len(squares), np.inf)
            return Proposed(every, squares + lengths, cutoff, self._errors(rows))
        # The next one is not proposed: it says how near the others may be.
        order = _least(squares, count + 1)
        least = np.take_along_axis(squares, order, axis=1) + lengths
        return Proposed(order[:, :count], least[:, :count], least[:, count], self._errors(rows))

    def within(self, row: int, limit: float) -> Ints:
        """See `Products`."""
        some = slice(row, row + 1)
        most = limit + self._errors(some)[0] - self._lengths[row]
        return np.flatnonzero(self._squares(some)[0] <= most)


def _least(values: Floats, count: int) -> Ints:
    """Positions of the least values of each row, the last of them last: int64[rows, count]."""
    # To part values is much faster than to part their positions.
    last = np.partition(values, count - 1, axis=1)[:, count - 1 : count]
    near = np.flatnonzero(values <= last)
    row, position = np.divmod(near, values.shape[1])
    clear = np.bincount(row, minlength=len(values)) == count
    own = clear[row]
    positions, least = (each[own].reshape(-1, count) for each in (position, values.ravel()[near]))
    every, at = np.arange(len(least)), least.argmax(axis=1)
    positions[every, at], positions[:, -1] = positions[:, -1].copy(), positions[every, at]
    found = np.empty((len(values), count), np.int64)
    found[clear] = positions
    # Others are as large as the last.
    found[~clear] = np.argpartition(values[~clear], count - 1, axis=1)[:, :count]
    return found


class OnAccelerator:
    """Products in float64, by an accelerator.

    Args:
        features: float32[points, dimensions], all finite.
        targets: Points to which distances are wanted.
        device: The accelerator.
    """

    def __init__(self, features: Floats, targets: Ints, device: torch.device) -> None:
        # Around their mean, so that little is lost where it is far from 0.
        moved = torch.from_numpy(features).to(device).double()
        moved -= moved.mean(dim=0)
        size = max(float(moved.abs().max()), float(np.finfo(np.float32).tiny))
        self.unit = size**2
        self._scaled = moved / size
        self._lengths = self._scaled.square().sum(1)
        self._targets = self._scaled[torch.from_numpy(targets).to(device)]
        self._target_lengths = self._targets.square().sum(1)
        self._longest = self._target_lengths.max()
        self._error = _ERRORS * (np.sqrt(features.shape[1]) + 4) * 2.0**-53

    def _errors(self, rows: slice) -> Tensor:
        errors: Tensor = 2 * self._error * (self._lengths[rows] + self._longest)
        return errors

    def _squares(self, rows: slice) -> Tensor:
        return torch.addmm(
            self._lengths[rows, None] + self._target_lengths,
            self._scaled[rows],
            self._targets.T,
            alpha=-2,
        )

    def propose(self, rows: slice, count: int) -> Proposed:
        """See `Products`."""
        squares = self._squares(rows)
        found = squares.topk(min(count + 1, squares.shape[1]), dim=1, largest=False, sorted=True)
        order, least = found.indices.cpu().numpy(), found.values.cpu().numpy()
        errors = self._errors(rows).cpu().numpy()
        if count >= squares.shape[1]:
            return Proposed(order, least, np.full(len(order), np.inf), errors)
        return Proposed(order[:, :count], least[:, :count], least[:, count], errors)

    def within(self, row: int, limit: float) -> Ints:
        """See `Products`."""
        some = slice(row, row + 1)
        near = self._squares(some)[0] <= limit + self._errors(some)[0]
        found: Ints = near.nonzero()[:, 0].cpu().numpy()
        return found


def _scaled(features: Floats) -> tuple[Floats, float]:
    """Features around their mean, none above 1, and what they were divided by."""
    center = features.mean(axis=0, dtype=np.float64)
    moved = features - center
    size = max(float(np.abs(moved).max(initial=0)), float(np.finfo(np.float32).tiny))
    moved /= size
    return moved.astype(np.float32), size
