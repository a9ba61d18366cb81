"""Curves over iterations as an SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

_WIDTH, _HEIGHT = 720, 240
# Around the curves: for the numbers, the title, and the names.
_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 34, 150, 34
_COLORS = "#a63603", "#2166ac", "#5aae61", "#762a83", "#b8860b", "#4d4d4d"
_TICKS = 5
_DASHED = 'stroke-dasharray="3 3"'
# Width, in pixels, about.
_LETTER = 6.5
# Of curves.
MOST = len(_COLORS)
# What one sees of more points than there are pixels is drawn, and no more.
_MAX_POINTS = 1200


@dataclass(frozen=True)
class Curve:
    """Values at iterations; NaN where there is none.

    Attributes:
        name: What it is called in the legend.
        steps: int[points], ascending.
        values: float[points].
    """

    name: str
    steps: ArrayLike
    values: ArrayLike


def lines(
    title: str, curves: Sequence[Curve], unit: str = "", *, marks: Sequence[tuple[int, str]] = ()
) -> str:
    """Some curves with their axes and names, as one SVG element.

    Args:
        title: Stands above them, and is what is read out.
        curves: `MOST` at most.
        unit: "%": values are fractions, shown as per cent; else nothing is known of them.
        marks: Iterations to be marked, each with a text.
    """
    drawn = [
        (curve.name, np.asarray(curve.steps, np.float64), np.asarray(curve.values, np.float64))
        for curve in curves[:MOST]
    ]
    finite = [values[np.isfinite(values)] for _, _, values in drawn]
    every = np.concatenate(finite) if finite else np.zeros(0)
    low, high = (float(every.min()), float(every.max())) if every.size else (0.0, 1.0)
    low = min(0.0, low) if unit == "%" or low >= 0 else low
    steps = np.concatenate([own for _, own, _ in drawn]) if drawn else np.zeros(0)
    first, last = (float(steps.min()), float(steps.max())) if steps.size else (0.0, 1.0)
    x = _Scale(first, last if last > first else first + 1, _LEFT, _WIDTH - _RIGHT)
    y = _Scale(low, high if high > low else low + max(1.0, abs(low)), _HEIGHT - _BOTTOM, _TOP)
    parts = [
        *_axes(x, y, unit),
        *(_curve(i, x, y, *each[1:]) for i, each in enumerate(drawn)),
        *_marks(x, marks),
        *_legend([name for name, _, _ in drawn]),
    ]
    if not every.size:
        parts.append(_text(_WIDTH / 2, _HEIGHT / 2, "nothing was logged yet", "middle"))
    name = clean(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' width="{_WIDTH}" height="{_HEIGHT}" font-family="system-ui, sans-serif" font-size="11"'
        f' aria-label="{name}"><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="{_LEFT}" y="18" font-size="13" font-weight="600" fill="#222">{name}</text>'
        f"{''.join(parts)}</svg>"
    )


@dataclass(frozen=True)
class _Scale:
    """From values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, whole: bool = False) -> list[float]:
        """Round values within it."""
        rough = (self.high - self.low) / _TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        pace = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
        if whole:
            pace = max(1.0, round(pace))
        first = math.ceil(self.low / pace - 1e-9)
        return [i * pace for i in range(first, math.floor(self.high / pace + 1e-9) + 1)]


def _axes(x: _Scale, y: _Scale, unit: str) -> Iterator[str]:
    for value in y.ticks():
        at = y(value)
        yield f'<path d="M{_LEFT} {at:.1f}H{_WIDTH - _RIGHT}" stroke="#e5e5e5"/>'
        yield _text(_LEFT - 6, at + 4, _number(value, unit), "end")
    for value in x.ticks(whole=True):
        at = x(value)
        yield f'<path d="M{at:.1f} {_HEIGHT - _BOTTOM}v4" stroke="#777"/>'
        yield _text(at, _HEIGHT - _BOTTOM + 16, f"{value:,.0f}", "middle")
    yield f'<path d="M{_LEFT} {_HEIGHT - _BOTTOM}H{_WIDTH - _RIGHT}" stroke="#777"/>'
    yield _text(_WIDTH - _RIGHT, _HEIGHT - 4, "iteration", "end")


def _curve(
    index: int, x: _Scale, y: _Scale, steps: NDArray[np.float64], values: NDArray[np.float64]
) -> str:
    """One path; where a value is missing it is interrupted."""
    every = max(1, -(-len(steps) // _MAX_POINTS))
    path, joined = [], False
    for step, value in zip(steps[::every], values[::every], strict=True):
        if not math.isfinite(value):
            joined = False
            continue
        path.append(f"{'L' if joined else 'M'}{x(float(step)):.1f} {y(float(value)):.1f}")
        joined = True
    if len(path) == 1:
        path.append("h.01")  # A point of its own is a dot.
    return (
        f'<path d="{"".join(path)}" fill="none" stroke="{_COLORS[index]}" stroke-width="1.5"'
        ' stroke-linejoin="round" stroke-linecap="round"/>'
    )


def _marks(x: _Scale, marks: Sequence[tuple[int, str]]) -> Iterator[str]:
    texts: list[tuple[float, str]] = []
    for step, text in sorted(marks, key=lambda each: each[0]):
        if not x.low <= step <= x.high:
            continue
        at = x(step)
        yield f'<path d="M{at:.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#444" {_DASHED}/>'
        # Texts that would lie on each other are one.
        while texts and at - texts[-1][0] < _LETTER * (len(texts[-1][1]) + len(text) + 2) / 2:
            at, before = texts.pop()
            text = f"{before}, {text}"
        texts.append((at, text))
    for at, text in texts:
        yield _text(at, _TOP - 3, text, "middle")


def _legend(names: Sequence[str]) -> Iterator[str]:
    left = _WIDTH - _RIGHT + 12
    for i, name in enumerate(names):
        at = _TOP + 10 + 17 * i
        yield f'<path d="M{left} {at - 4}h14" stroke="{_COLORS[i]}" stroke-width="2"/>'
        shown = name if len(name) <= 20 else f"{name[:19]}…"
        yield _text(left + 19, at, shown, "start")


def _number(value: float, unit: str) -> str:
    return f"{value * 100:.3g} %" if unit == "%" else f"{value:.3g}"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#555">{clean(text)}</text>'


def clean(text: str) -> str:
    """Text as XML may hold it: names may be anything."""
    return escape("".join(each if each.isprintable() else "\ufffd" for each in text))
