"""Pictures that stand in a line or a cell: a small curve, and dots of a map."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .lines import clean

_MAX_POINTS = 200
_MAX_DOTS = 3000
# Okabe and Ito's, which also those tell apart who see fewer colours; grey is every further class.
COLORS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#5b4ea2",
    "#00a0a0", "#b22255",
)  # fmt: skip
OTHER = "#999999"


def spark(
    title: str,
    values: ArrayLike,
    *,
    high: float | None = None,
    marked: int | None = None,
    width: int = 120,
    height: int = 26,
) -> str:
    """A curve without axes, from 0 to its largest value.

    Args:
        title: What is read out.
        values: float[points], NaN where there is none.
        high: The value at the top; the largest one, if None.
        marked: A position that is marked.
        width: In pixels.
        height: In pixels.
    """
    own = np.asarray(values, np.float64)
    finite = own[np.isfinite(own)]
    top = high if high is not None else (float(finite.max()) if finite.size else 1.0)
    top = top if top > 0 else 1.0

    def x(position: int) -> float:
        return 2 + (width - 4) * position / max(1, len(own) - 1)

    every = max(1, -(-len(own) // _MAX_POINTS))
    path, joined = [], False
    for i in range(0, len(own), every):
        value = float(own[i])
        if not math.isfinite(value):
            joined = False
            continue
        y = height - 2 - (height - 4) * min(1.0, max(0.0, value / top))
        path.append(f"{'L' if joined else 'M'}{x(i):.1f} {y:.1f}")
        joined = True
    if len(path) == 1:
        path.append("h.01")
    mark = ""
    if marked is not None and 0 <= marked < len(own):
        mark = f'<path d="M{x(marked):.1f} 1V{height - 1}" stroke="#888" stroke-dasharray="2 2"/>'
    name = clean(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{name}"><path d="M2 {height - 2}H{width - 2}"'
        f' stroke="#888" stroke-width=".5"/>{mark}<path d="{"".join(path)}" fill="none"'
        ' stroke="#a63603" stroke-width="1.5" stroke-linejoin="round"'
        ' stroke-linecap="round"/></svg>'
    )


def dots(
    title: str, x: ArrayLike, y: ArrayLike, groups: ArrayLike, names: Sequence[str], size: int = 420
) -> str:
    """Dots by group, the largest groups with a colour and a name.

    Args:
        title: What is read out.
        x: float[dots], NaN without a place.
        y: float[dots].
        groups: int[dots]: of each dot, a position in the names.
        names: Of the groups.
        size: Of the square with the dots, in pixels.
    """
    own = np.stack([np.asarray(x, np.float64), np.asarray(y, np.float64)])
    of = np.asarray(groups, np.int64)
    placed = np.flatnonzero(np.isfinite(own).all(axis=0))
    if len(placed) > _MAX_DOTS:
        placed = placed[np.linspace(0, len(placed) - 1, _MAX_DOTS).astype(int)]
    own, of = own[:, placed], of[placed]
    low = own.min(axis=1, keepdims=True) if own.size else np.zeros((2, 1))
    span = float((own - low).max()) if own.size else 1.0
    at = 6 + (own - low) / (span or 1.0) * (size - 12)
    sizes = np.bincount(of[of >= 0], minlength=len(names))
    shown = sorted(np.argsort(-sizes, kind="stable")[: len(COLORS)].tolist())
    color = {group: COLORS[i] for i, group in enumerate(shown)}
    marks = [
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.2" fill="{color.get(int(group), OTHER)}"/>'
        for a, b, group in zip(*at.tolist(), of, strict=True)
    ]
    legend = [(names[group], color[group]) for group in shown if sizes[group]]
    if len(names) > len(COLORS):
        legend.append((f"{len(names) - len(COLORS):,} other classes", OTHER))
    texts = [
        f'<circle cx="{size + 16}" cy="{16 + 18 * i}" r="4" fill="{own_color}"/><text'
        f' x="{size + 26}" y="{20 + 18 * i}" fill="#555">{clean(name[:24])}</text>'
        for i, (name, own_color) in enumerate(legend)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size + 190} {size}" role="img"'
        f' width="{size + 190}" height="{size}" font-family="system-ui, sans-serif" font-size="11"'
        f' aria-label="{clean(title)}">{"".join(marks)}{"".join(texts)}</svg>'
    )
