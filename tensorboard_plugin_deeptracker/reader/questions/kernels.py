"""Questions of the feature kernels; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Kernels(Answer):
    """The weights of the layer that can be looked at, at some dumps.

    Attributes:
        steps: int64[dumps].
        values: float32[dumps, filters, channels, height, width].
    """

    layer: str
    rows: list[int]
    steps: NDArray[np.int64]
    values: NDArray[np.float32]


class KernelsQuestions(Asking):
    """Questions of the feature `kernels`."""

    def kernels(
        self,
        *,
        rows: tuple[int, int] | None = None,
        columns: tuple[int, int] | None = None,
        max_columns: int | None = None,
    ) -> Kernels:
        """The weights of the layer that can be looked at, at some dumps.

        Args:
            rows: Rows, first:end, the end not included.
            columns: Columns, likewise.
            max_columns: The most columns to be drawn.

        Example:
            >>> run.kernels()
            Kernels(layer='stem', rows=[0, 3], steps=int64[6], values=float32[6, 3, 2, 3,
            3])
        """
        return Kernels(
            **self._fields(
                "kernels", {"rows": rows, "columns": columns, "max_columns": max_columns}
            )
        )
