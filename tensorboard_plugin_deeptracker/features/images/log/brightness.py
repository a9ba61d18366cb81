"""Numbers of all ranges -> brightness as a screen shows it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Whole numbers from 0 to at most this are classes or amounts, not brightness: masks, digits.
_FEW_LEVELS = 16
# What is as large was never measured: the largest number of a type stands for "no data".
_FILLING = 1e30
# A value is out of the others' range if the gap to them is so many times that.
_GAP = 1.0
# Share of the pixels at each end that may be faulty, and how much larger they make the range.
_FAULTY, _WIDER = 0.005, 8.0
# Pixels that tell the range.
_SAMPLE = 1 << 16


def to_bytes(array: NDArray[np.generic]) -> tuple[NDArray[np.uint8], bool]:
    """Brightness as 0 to 255.

    Bytes, and whole numbers from 0 to 255, are taken as they are, but a few levels from 0 on
    are spread; floats from 0 to 1 are scaled by 255. All others (normalised inputs, counts, 16
    bits) are stretched between the image's own minimum and maximum, where values that lie far
    off all others (no data, hot pixels) do not count. What is not a number is black.

    Args:
        array: Of any shape, with at least one element.

    Returns:
        uint8 of the same shape, and whether the image was stretched by its own values.
    """
    if array.dtype == np.uint8 and array.max(initial=0) > _FEW_LEVELS:
        return np.ascontiguousarray(array, np.uint8), False
    values = array.astype(np.float64)
    missing = ~(np.abs(values) < _FILLING)
    values[missing] = 0
    low, high = float(values.min()), float(values.max())
    whole = low >= 0 and high <= 255 and bool((values == np.rint(values)).all())
    stretched = False
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif whole and low < high <= _FEW_LEVELS:
        low = 0.0
    elif whole:
        low, high = 0.0, 255.0
    else:
        low, high = _range(values[~missing])
        stretched = True
    scaled = (np.clip(values, low, high) - low) / ((high - low) or 1.0) * 255
    scaled[missing] = 0
    return np.rint(scaled).astype(np.uint8), stretched


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """What is shown as black and as white: the least and the largest value that are no outliers."""
    if not values.size:
        return 0.0, 0.0
    pixels = np.sort(values[:: -(-values.size // _SAMPLE)])
    levels = np.unique(pixels)
    first, last = 0, len(levels) - 1
    changed = True
    while changed and last - first > 2:
        above = levels[last] - levels[last - 1] > _GAP * (levels[last - 1] - levels[first])
        last -= int(above)
        below = levels[first + 1] - levels[first] > _GAP * (levels[last] - levels[first + 1])
        first += int(below)
        changed = bool(above or below)
    low, high = float(levels[first]), float(levels[last])
    pixels = pixels[(pixels >= low) & (pixels <= high)]
    some = max(1, int(len(pixels) * _FAULTY))
    inner = pixels[some : len(pixels) - some]
    if len(inner) and 0 < _WIDER * (inner[-1] - inner[0]) < high - low:
        return float(inner[0]), float(inner[-1])
    return low, high
