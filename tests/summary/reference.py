"""The measures again, as slowly and exactly as they can be computed."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _fractions(values: NDArray[np.floating]) -> list[Fraction]:
    return [Fraction(float(value)) for value in values]


def change(w: NDArray[np.floating], w0: NDArray[np.floating]) -> float:
    """1 - cos(w, w0) of two float vectors, to 17 digits whatever they are."""
    a, b = _fractions(w), _fractions(w0)
    dot = sum((x * y for x, y in zip(a, b, strict=True)), Fraction())
    norms = sum(x * x for x in a) * sum(x * x for x in b)
    if not norms:
        return float("nan")
    with localcontext() as context:
        context.prec = 120
        return float(1 - _decimal(Fraction(dot)) / _decimal(Fraction(norms)).sqrt())


def norm(values: NDArray[np.floating]) -> float:
    """Euclidean norm."""
    with localcontext() as context:
        context.prec = 60
        return float(_decimal(Fraction(sum(x * x for x in _fractions(values)))).sqrt())


def mean_and_sd(values: NDArray[np.floating]) -> tuple[float, float]:
    """Mean and standard deviation, divided by n."""
    exact = _fractions(values)
    mean = sum(exact, Fraction()) / len(exact)
    variance = sum(((x - mean) ** 2 for x in exact), Fraction()) / len(exact)
    with localcontext() as context:
        context.prec = 60
        return float(mean), float(_decimal(variance).sqrt())


def rank_error(values: NDArray[np.floating], quantile: float, value: float) -> float:
    """How far, as a share of all values, `value` is from being the quantile."""
    below = np.count_nonzero(values < value) / values.size
    not_above = np.count_nonzero(values <= value) / values.size
    return max(0.0, below - quantile, quantile - not_above)
