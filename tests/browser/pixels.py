"""Pictures of the tab as arrays of pixels."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# The palette's two ends; along its ramp blue falls from one to the other.
_BLUE_CORRECT, _BLUE_WRONG = 242, 3


# A layer of its own is rasterised as a whole. Where Chromium rasterises only the part of a page
# that changed, rounded corners at that part's edge are smoothed a shade otherwise.
_DRAWN_WHOLE = "main { will-change: transform }"


def picture(target: Any) -> NDArray[np.int64]:
    """What is on screen of a locator or a page: int64[height, width, 3], red, green, blue."""
    shot = target.screenshot(animations="disabled", style=_DRAWN_WHOLE)
    with Image.open(io.BytesIO(shot)) as image:
        return np.asarray(image.convert("RGB"), np.int64)


def wrongness(pixels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of wrong images that the colour of each pixel stands for, 0 to 1."""
    return (_BLUE_CORRECT - pixels[..., 2]) / (_BLUE_CORRECT - _BLUE_WRONG)


def darkness(pixels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where marks are drawn in the light theme: triangles, bars, lines of markers."""
    dark: NDArray[np.bool_] = pixels.max(axis=-1) < 90
    return dark
