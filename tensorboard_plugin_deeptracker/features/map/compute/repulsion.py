"""The repulsion of t-SNE between all dots of a map, on a grid by Fourier transforms.

As Linderman et al. (Nature Methods, 2019) do it: the charges of the dots are spread over the nodes
of a grid and convolved there. They are spread by B-splines, whose smoothing is undone among the
frequencies, as Essmann et al. (Journal of Chemical Physics, 1995) do. So what comes out is smooth,
and the forces are the slopes of one field.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Between nodes; the forces change over a length of 1.
SPACING = 0.7
# Nodes along each axis at most: a wider map has a wider grid.
MAX_NODES = 480
# Nodes around a dot along each axis, by cubic splines.
_NODES = 4


class Repulsion:
    """Computes forces. Memory for all nodes around dots is kept: having it anew takes longer.

    Args:
        dots: How many there are.
    """

    def __init__(self, dots: int) -> None:
        shape = _NODES, _NODES, dots
        self._nodes, self._shares = np.empty(shape, np.int64), np.empty(shape)
        self._around, self._parts = np.empty((2, *shape), np.float32)

    def forces(self, at: Floats) -> tuple[Floats, float]:
        """The forces on all dots.

        Args:
            at: float64[2, dots].

        Returns:
            float64[2, dots]: of each dot i the sum of w_ij^2 (y_i - y_j) over all j, where w_ij is
            1 / (1 + |y_i - y_j|^2); and the sum of all w_ij.
        """
        low = at.min(axis=1)[:, None]
        width = float((at.max(axis=1)[:, None] - low).max())
        spacing = max(SPACING, width / (MAX_NODES - _NODES - 1))
        scaled = (at - low) / spacing + 1
        cell = scaled.astype(np.int64)
        rows, columns = (int(most) + _NODES for most in cell.max(axis=1))
        shares, slopes = _spline((scaled - cell).astype(np.float32))
        (x, y), (slope_x, slope_y) = shares.swapaxes(0, 1), slopes.swapaxes(0, 1)
        offsets = np.arange(-1, _NODES - 1)
        first = cell[0] * columns + cell[1]
        np.add((offsets[:, None] * columns + offsets)[:, :, None], first, out=self._nodes)
        np.multiply(x[:, None], y, out=self._shares)
        charges = np.bincount(self._nodes.ravel(), self._shares.ravel(), rows * columns)
        field = _convolved(charges.reshape(rows, columns).astype(np.float32), spacing).ravel()
        # "clip": or numpy would copy what it takes, once more. All are there.
        field.take(self._nodes, out=self._around, mode="clip")
        along_x = (self._summed(y) * slope_x).sum(axis=0)
        along_y = (self._summed(slope_y) * x).sum(axis=0)
        # The slope of w is -2 w^2 times the distance.
        forces = np.stack([along_x, along_y]).astype(np.float64) / (-2 * spacing)
        return forces, float((field * charges).sum()) - at.shape[1]

    def _summed(self, shares: NDArray[np.float32]) -> NDArray[np.float32]:
        """The field around dots, along the second axis: float32[4, dots]."""
        found: NDArray[np.float32] = np.multiply(self._around, shares, out=self._parts).sum(axis=1)
        return found


def _convolved(charges: NDArray[np.float32], spacing: float) -> NDArray[np.float32]:
    """The sum of w times charges at the nodes of a grid; both are those of splines."""
    rows, columns = charges.shape
    size = _good_size(2 * rows), _good_size(2 * columns)
    spectrum = np.fft.fft(np.fft.rfft(charges, size[1]), size[0], axis=0)
    spectrum *= _kernel(*size, spacing)
    # What lies beyond the dots is not wanted.
    found = np.fft.irfft(np.fft.ifft(spectrum, axis=0)[:rows], size[1])[:, :columns]
    return np.ascontiguousarray(found, np.float32)


@lru_cache(maxsize=8)
def _kernel(rows: int, columns: int, spacing: float) -> NDArray[np.float32]:
    """The transform of w, without the smoothing of two splines: it is even, so it is real."""
    x, y = (np.fft.fftfreq(each, 1 / each) for each in (rows, columns))
    near = 1 / (1 + spacing**2 * (x[:, None] ** 2 + y**2))
    smooth_x, smooth_y = ((2 + np.cos(2 * np.pi * each / len(each))) / 3 for each in (x, y))
    smooth = smooth_x[:, None] * smooth_y[: columns // 2 + 1]
    found: NDArray[np.float32] = (np.fft.rfft2(near).real / smooth**2).astype(np.float32)
    return found


def _spline(t: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Shares of the nodes at -1, 0, 1 and 2 of what is at t in [0, 1), and their slopes in t.

    Returns:
        float32[4, ...] each.
    """
    shares, slopes = np.empty((2, _NODES, *t.shape), np.float32)
    back, square = 1 - t, t * t
    shares[0], shares[3] = back * back * back / 6, square * t / 6
    shares[1] = 2 / 3 - square + 3 * shares[3]
    shares[2] = 1 - shares[0] - shares[1] - shares[3]
    slopes[0], slopes[3] = back * back / -2, square / 2
    slopes[1] = 3 * slopes[3] - 2 * t
    slopes[2] = -slopes[0] - slopes[1] - slopes[3]
    return shares, slopes


def _good_size(least: int) -> int:
    """The least size from which transforms are fast: of factors 2, 3 and 5."""
    size = -(-least // 8) * 8
    while True:
        rest = size
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return size
        size += 8
