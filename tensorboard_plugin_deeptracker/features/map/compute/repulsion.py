"""The repulsion of t-SNE between all dots of a map, on a grid by Fourier transforms.

As Linderman et al. (Nature Methods, 2019) do it: the charges of the dots are spread over the nodes
of a grid, convolved there, and what comes out is interpolated back to the dots.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Between nodes; the forces change over a length of 1.
SPACING = 0.5
# Nodes along each axis at most: a wider map has a wider grid.
MAX_NODES = 480
# Nodes around a dot along each axis, by a cubic polynomial.
_NODES = 4
_KEPT = 8


class Repulsion:
    """Computes forces; keeps what depends only on the size of the grid."""

    def __init__(self) -> None:
        self._kernels: OrderedDict[tuple[int, int, float], NDArray[np.complex64]] = OrderedDict()

    def forces(self, places: Floats) -> tuple[Floats, float]:
        """The forces on all dots.

        Args:
            places: float64[dots, 2].

        Returns:
            float64[dots, 2]: of each dot i the sum of w_ij^2 (y_i - y_j) over all j, where w_ij is
            1 / (1 + |y_i - y_j|^2); and the sum of all w_ij.
        """
        low = places.min(axis=0)
        width = places.max(axis=0) - low
        spacing = max(SPACING, float(width.max()) / (MAX_NODES - _NODES - 1))
        scaled = (places - low) / spacing + 1
        cell = scaled.astype(np.int64)
        shape = tuple(int(most) + _NODES for most in cell.max(axis=0))
        weights = [_cubic(scaled[:, axis] - cell[:, axis]) for axis in (0, 1)]
        offsets = np.arange(-1, _NODES - 1)
        nodes = (cell[:, 0, None] + offsets)[:, :, None] * shape[1] + (cell[:, 1, None] + offsets)[
            :, None, :
        ]
        share = weights[0][:, :, None] * weights[1][:, None, :]
        charges = np.bincount(nodes.ravel(), share.ravel(), shape[0] * shape[1])
        fields = self._convolve(charges.astype(np.float32).reshape(shape), spacing).reshape(3, -1)
        found = np.einsum(
            "kij,ij->ki", fields[:, nodes.reshape(len(places), -1)], share.reshape(len(places), -1)
        )
        return found[1:].T, float(found[0].sum()) - len(places)

    def _convolve(self, charges: NDArray[np.float32], spacing: float) -> NDArray[np.float32]:
        size = tuple(_good_size(2 * nodes) for nodes in charges.shape)
        kernels = self._kernel(size[0], size[1], spacing)
        spectrum = np.fft.rfft2(charges, size)
        fields = np.fft.irfft2(spectrum * kernels, size)
        found = fields[:, : charges.shape[0], : charges.shape[1]]
        return np.ascontiguousarray(found, np.float32)

    def _kernel(self, rows: int, columns: int, spacing: float) -> NDArray[np.complex64]:
        """The transforms of w, and of w^2 times the distance along each axis."""
        key = rows, columns, spacing
        if key not in self._kernels:
            x = np.fft.fftfreq(rows, 1 / rows)[:, None] * spacing
            y = np.fft.fftfreq(columns, 1 / columns)[None, :] * spacing
            near = 1 / (1 + x * x + y * y)
            kernels = np.stack([near, near * near * x, near * near * y]).astype(np.float32)
            self._kernels[key] = np.fft.rfft2(kernels).astype(np.complex64)
            if len(self._kernels) > _KEPT:
                self._kernels.popitem(last=False)
        self._kernels.move_to_end(key)
        return self._kernels[key]


def _cubic(t: Floats) -> Floats:
    """Shares of the nodes at -1, 0, 1 and 2 of what is at t in [0, 1): float64[dots, 4]."""
    a, b, c = t + 1, t - 1, t - 2
    return np.stack([-t * b * c / 6, a * b * c / 2, -a * t * c / 2, a * t * b / 6], axis=1)


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
