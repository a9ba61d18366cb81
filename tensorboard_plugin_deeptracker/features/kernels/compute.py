"""The weights of a first layer's filters, which can be looked at as small images."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from ...index.reading import columns
from ...index.record import Record
from ..layers.records import KERNELS_TAG


def kernels(
    dumps: Sequence[Record], shape: Sequence[int], first: int, last: int
) -> NDArray[np.float32]:
    """The weights themselves of some filters of the layer `Model.kernels` at some dumps.

    Args:
        dumps: Which ones.
        shape: Of the layer's weight.
        first: The first filter.
        last: One past the last.

    Returns:
        float32[dumps, last - first, *shape[1:]]; NaN at dumps without them.
    """
    size = prod(shape[1:])
    values = np.full((len(dumps), (last - first) * size), np.nan, np.float32)
    there = [i for i, record in enumerate(dumps) if KERNELS_TAG in record.tensors]
    logged = [dumps[i] for i in there]
    values[there] = columns(logged, KERNELS_TAG, first * size, last * size)
    return values.reshape(len(dumps), last - first, *shape[1:])
