"""The standing log's images: drawn things before pieces of photographs.

A class is a shape in a colour; behind it is sky, water, bush, leaves, petals or a temple, from
the two photographs that come with scikit-learn. Images of a class that flip together have the
same behind them, as the paper's experts found (section 8.3).
"""

from __future__ import annotations

import colorsys
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_sample_image

from benchmarks.planted import FLIPPING, IMAGES_PER_CLASS, Truth

SIDE = 32
_RED, _WHITE, _GOLD, _STALK = (
    (0.75, 0.1, 0.08),
    (0.95, 0.93, 0.88),
    (0.85, 0.62, 0.15),
    (0.9, 0.85, 0.7),
)
# Where each lies in its photograph: left, top, right, bottom.
_PIECES = {
    "sky": ("china.jpg", (0, 0, 180, 96)),
    "water": ("china.jpg", (345, 234, 545, 290)),
    "bush": ("china.jpg", (340, 330, 570, 427)),
    "temple": ("china.jpg", (100, 150, 300, 330)),
    "leaves": ("flower.jpg", (0, 0, 170, 427)),
    "petals": ("flower.jpg", (230, 130, 400, 310)),
}
# The photograph's sky is nearly white.
_TINT = {"sky": (0.62, 0.82, 1.0)}


class Looks:
    """Draws the images of a class, as files."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._look = {c: e.look for e in truth.episodes for _, own in e.flips for c in own}
        self._gong = truth.episodes[-1].flips[0][1][0]
        self._photographs = {}
        for look, (photograph, (left, top, right, bottom)) in _PIECES.items():
            piece = load_sample_image(photograph)[top:bottom, left:right] / 255.0
            self._photographs[look] = piece * np.array(_TINT.get(look, (1.0, 1.0, 1.0)))

    def behind(self, c: int) -> list[str]:
        """What is behind each image of a class."""
        rng = np.random.default_rng((6, c))
        own = self._look.get(c)
        others = [look for look in _PIECES if look != own]
        drawn = [others[i] for i in rng.integers(len(others), size=IMAGES_PER_CLASS)]
        return [own if own and i in FLIPPING else look for i, look in enumerate(drawn)]

    def of(self, c: int) -> list[bytes]:
        """The images of class c, JPEG files."""
        rng = np.random.default_rng((7, c))
        pixels = np.stack([self._piece(look, rng) for look in self.behind(c)])
        for mask, color in self._things(c, rng):
            pixels += mask[..., None] * (color - pixels)
        answer = []
        for one in np.clip(pixels * 255, 0, 255).astype(np.uint8):
            out = io.BytesIO()
            Image.fromarray(one).save(out, "jpeg", quality=80)
            answer.append(out.getvalue())
        return answer

    def _piece(self, look: str, rng: np.random.Generator) -> NDArray[np.float64]:
        photograph = self._photographs[look]
        top, left = (int(rng.integers(side - SIDE + 1)) for side in photograph.shape[:2])
        piece: NDArray[np.float64] = photograph[top : top + SIDE, left : left + SIDE]
        return piece

    def _things(
        self, c: int, rng: np.random.Generator
    ) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Masks, float64[images, SIDE, SIDE] of 0 to 1, and colours, [images, 1, 1, 3]."""
        y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
        moved = rng.uniform(-0.2, 0.2, (2, IMAGES_PER_CLASS, 1, 1))
        size = rng.uniform(0.8, 1.1, (IMAGES_PER_CLASS, 1, 1))
        x, y = (x - moved[0]) / size, (y - moved[1]) / size
        light = rng.uniform(0.8, 1.05, (IMAGES_PER_CLASS, 1, 1, 1))

        def inside(distance: NDArray[np.float64]) -> NDArray[np.float64]:
            # Edges as wide as a pixel.
            return np.clip(0.5 - distance * SIDE / 2, 0, 1)

        if c == self._truth.flipping_class:
            white = np.isin(np.arange(IMAGES_PER_CLASS), self._truth.always_wrong)
            cap = np.where(white[:, None], _WHITE, _RED)[:, None, None] * light
            stalk = np.maximum(np.abs(x) - 0.16, np.abs(y - 0.3) - 0.45)
            top = np.maximum(np.hypot(x, (y + 0.05) * 1.3) - 0.65, y - 0.05)
            dots = np.hypot((x + 0.18) % 0.36 - 0.18, (y + 0.3) % 0.3 - 0.15) - 0.06
            return [
                (inside(stalk), np.array(_STALK) * light),
                (inside(top), cap),
                (inside(np.maximum(dots, top + 0.08)), np.array(_WHITE) * light),
            ]
        if c == self._gong:
            radius = np.hypot(x, y)
            ring = np.abs(radius - 0.4) - 0.05
            return [
                (inside(radius - 0.65), np.array(_GOLD) * light),
                (inside(ring), np.array(_GOLD) * light * 0.6),
            ]
        # Any other class is a flower-like outline of its own.
        of_class = np.random.default_rng((8, c))
        angle = np.arctan2(y, x) + rng.uniform(-0.4, 0.4, (IMAGES_PER_CLASS, 1, 1))
        waves = of_class.integers(2, 8, 2)
        deep, phase = of_class.uniform(0.05, 0.18, 2), of_class.uniform(0, 2 * np.pi, 2)
        outline = 0.5 + (deep * np.cos(waves * angle[..., None] + phase)).sum(-1)
        color = np.array(colorsys.hsv_to_rgb(c * 0.618 % 1, 0.75, 0.85))
        return [(inside(np.hypot(x, y) - outline), color * light)]
