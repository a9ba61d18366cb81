"""Features and scores of images -> what the log holds of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..records import NEIGHBOURS, Representations, low_margins
from . import index
from .components import first_components
from .given import Copied
from .neighbours import Points, nearest, points_of
from .products import OnAccelerator, OnProcessor
from .scores import compact
from .spread import spread_of

# Where numbers have 64 bits; other accelerators leave it to the processor.
_ACCELERATORS = ("cuda",)


def represent(
    features: Copied,
    scores: Copied | None,
    places: NDArray[np.int64],
    labels: NDArray[np.int32],
    rows: NDArray[np.int32] | None,
    classes: int,
) -> Representations:
    """What is logged.

    Args:
        features: Of the images that were evaluated: [evaluated, dimensions].
        scores: Likewise: [evaluated, classes].
        places: Their places on the map: int64[evaluated].
        labels: Of the map's images: int32[images].
        rows: Their rows in the image set; None: it is all of it.
        classes: How many the image set has.
    """
    given = features.array()
    finite = np.isfinite(given).all(axis=1)
    # What float32 does not hold is not finite either.
    with np.errstate(over="ignore"):
        given = given.astype(np.float32, copy=False)
    finite &= np.isfinite(given).all(axis=1)
    on_map = places[finite]
    points = points_of(given[finite])
    device = features.values.device
    images = len(labels)

    def of_map(found: NDArray[Any], missing: float) -> NDArray[Any]:
        answer = np.full((images, *found.shape[1:]), missing, found.dtype)
        answer[on_map] = found
        return answer

    def places_of(found: NDArray[np.int64]) -> NDArray[np.int32]:
        named = np.append(on_map, -1)[found]
        return of_map(named.astype(np.int32), -1)

    sizes = np.diff(points.groups.begins)
    counts = len(on_map), len(given) - len(on_map), int(sizes[sizes > 1].sum())
    found = _nearest(points, None, device)
    recall = None
    if _by_index(points, device) and len(points.features) == len(on_map):
        recall = index.recall_of(points.features, found)
    neighbours = places_of(found)
    components = of_map(first_components(given[finite]).astype(np.float16), np.nan)
    spread = spread_of(given[finite], labels[on_map], classes)
    if scores is None:
        return Representations(neighbours, components, *counts, rows, spread=spread, recall=recall)
    values = scores.array()
    everyones = np.full((images, values.shape[1]), np.nan, values.dtype)
    everyones[places] = values
    logged = compact(everyones, labels)
    valid = np.zeros(images, np.bool_)
    valid[on_map] = True
    low = low_margins(logged, valid)[on_map]
    border = places_of(_nearest(points, low, device))
    return Representations(neighbours, components, *counts, rows, logged, border, spread, recall)


def lacks_index(images: int, device: torch.device) -> bool:
    """Whether neighbours would be found much faster if an index were installed.

    Args:
        images: How many the map is of.
        device: Where their features are.
    """
    return device.type not in _ACCELERATORS and index.is_lacking(images)


def _by_index(points: Points, device: torch.device) -> bool:
    return device.type not in _ACCELERATORS and index.is_used(len(points.features))


def _nearest(
    points: Points, among: NDArray[np.bool_] | None, device: torch.device
) -> NDArray[np.int64]:
    if device.type in _ACCELERATORS:
        try:
            return nearest(points, NEIGHBOURS, among, partial(OnAccelerator, device=device))
        except RuntimeError:  # It has no memory left: the training has it.
            pass
    products = index.ByIndex if _by_index(points, device) else OnProcessor
    return nearest(points, NEIGHBOURS, among, products)
