"""Chances of drawing some of a number of iterations, without putting back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Hypergeometric:
    """Chances when some of a number of things are drawn, every choice alike.

    Args:
        total: Number of things.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, total + 1)))])

    def none_of(
        self, marked: NDArray[np.integer], drawn: NDArray[np.integer]
    ) -> NDArray[np.float64]:
        """The chance that none of `marked` things is among `drawn` ones."""
        log_choices = self._log_choices
        left = self._total - marked
        return np.exp(log_choices(left, drawn) - log_choices(np.asarray(self._total), drawn))

    def at_least(
        self, times: NDArray[np.integer], marked: NDArray[np.integer], drawn: NDArray[np.integer]
    ) -> NDArray[np.float64]:
        """The chance that `times` of `marked` things or more are among `drawn` ones."""
        times, marked, drawn = np.broadcast_arrays(times, marked, drawn)
        log_choices, total = self._log_choices, np.asarray(self._total)
        all_choices = log_choices(total, drawn)
        chance = np.zeros(times.shape)
        most = np.minimum(marked, drawn)
        for more in range(int((most - times).max(initial=-1)) + 1):
            k = np.minimum(times + more, most)
            term = log_choices(marked, k) + log_choices(total - marked, drawn - k) - all_choices
            chance += np.where(times + more <= most, np.exp(term), 0)
        answer: NDArray[np.float64] = np.minimum(chance, 1)
        return answer

    def _log_choices(self, n: NDArray[np.integer], k: NDArray[np.integer]) -> NDArray[np.float64]:
        """Of the number of ways to choose k of n; minus infinity where there are none."""
        n, k = np.broadcast_arrays(n, k)
        possible = (k >= 0) & (k <= n)
        n, k = np.where(possible, n, 0), np.where(possible, k, 0)
        log = self._log_factorial
        return np.where(possible, log[n] - log[k] - log[n - k], -np.inf)
