"""How true a frame of a map is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """How true a frame is; NaN where it cannot be said.

    Attributes:
        neighbours: Of the 15 nearest images, how many are among the 15 nearest dots: mean.
        boundary: The same of the 15 nearest images with low margins.
        predictions: Share of the images whose prediction is that of the dots around, itself too.
        predictions_left_out: The same without itself.
        trustworthiness: Of Venna and Kaski, k = 15, by ranks that are estimated.
        continuity: Likewise.
        stillness: 1 less how far dots moved since the last frame, over the spread of the map; each
            counts by the share of its neighbours that stayed, squared.
    """

    neighbours: float
    boundary: float
    predictions: float
    predictions_left_out: float
    trustworthiness: float
    continuity: float
    stillness: float


def kept_share(near: Ints, on_map: Ints) -> NDArray[np.float32]:
    """Share of each image's nearest that are among the nearest on the map.

    Args:
        near: int64[images, k]: the nearest, negative where there are no more.
        on_map: int64[images, k or less]: the nearest on the map.

    Returns:
        float32[images]; NaN of none.
    """
    found = np.zeros(len(near), np.int64)
    for column in on_map.T:
        found += ((near == column[:, None]) & (near >= 0)).any(axis=1)
    with np.errstate(invalid="ignore"):
        share: Floats = found / (near >= 0).sum(axis=1)
    return share.astype(np.float32)


def continuity(near: Ints, dots: Floats, sample: Ints) -> float:
    """Continuity of Venna and Kaski: how near the nearest images stay on the map.

    Args:
        near: int64[dots, k]: the nearest of each, negative where there are no more.
        dots: float64[dots, 2].
        sample: The dots that it is the mean over.
    """
    return _penalty(near, dots, sample)


def ranks(near: Ints, dots: Floats, sample: Ints) -> Ints:
    """How many dots are nearer to each of some dots than given ones, and 1.

    Args:
        near: int64[dots, k]; negative: none.
        dots: float64[dots, 2].
        sample: int64[some].

    Returns:
        int64[some, k]; 0 where there is none. Of equally near dots the first is nearer.
    """
    found = np.zeros((len(sample), near.shape[1]), np.int64)
    x, y = np.ascontiguousarray(dots.T)
    for at, dot in enumerate(sample.tolist()):
        along_x, along_y = x - x[dot], y - y[dot]
        square = along_x * along_x + along_y * along_y
        square[dot] = -1
        ordered, own = np.sort(square), square[near[dot]]
        place = ordered.searchsorted(own)
        for k in np.flatnonzero(ordered.searchsorted(own, "right") - place > 1):
            place[k] += (square[: near[dot, k]] == own[k]).sum()
        found[at] = place
    found[near[sample] < 0] = 0
    return found


def _penalty(near: Ints, dots: Floats, sample: Ints) -> float:
    k, n = near.shape[1], len(dots)
    if n < 2 * k or not len(sample):
        return float("nan")
    beyond = np.maximum(ranks(near, dots, sample) - k, 0).sum()
    return float(1 - 2 / (len(sample) * k * (2 * n - 3 * k - 1)) * beyond)


def trustworthiness(near: Ints, on_map: Ints, sample: Ints) -> float:
    """Trustworthiness of Venna and Kaski: how near in the features what is near on the map is.

    The log has no ranks beyond the nearest; they are estimated by how many steps along neighbours
    images are apart, which takes off some thousandths.

    Args:
        near: int64[dots, k]: the nearest of each in the features, negative where there are no more.
        on_map: int64[dots, k]: the nearest on the map.
        sample: The dots that it is the mean over.
    """
    k, n = near.shape[1], len(near)
    if n < 2 * k or not len(sample):
        return float("nan")
    others = on_map[sample]
    known = (others[:, :, None] == near[sample][:, None, :]).any(axis=2)
    beyond = np.where(known, 0, np.maximum(step_ranks(near, others, sample), k + 1) - k).sum()
    return float(1 - 2 / (len(sample) * k * (2 * n - 3 * k - 1)) * beyond)


def step_ranks(near: Ints, others: Ints, sample: Ints) -> Floats:
    """Ranks by steps along neighbours, either way; those as far have the mean of their ranks.

    Args:
        near: int64[dots, k]: the nearest of each, negative where there are no more.
        others: int64[some, any number]: the dots whose ranks are asked.
        sample: int64[some]: from which dots.

    Returns:
        float64[some, any number].
    """
    dots, ends = len(near), np.nonzero(near >= 0)
    from_ = np.concatenate([ends[0], near[ends], np.arange(dots)])
    to = np.concatenate([near[ends], ends[0], np.arange(dots)])
    order = np.argsort(to, kind="stable")
    from_, begins = from_[order], np.searchsorted(to[order], np.arange(dots))
    # A bit for each of the sample: whether the dot has been reached from it.
    reached = np.zeros((dots, len(sample)), np.bool_)
    reached[sample, np.arange(len(sample))] = True
    packed = np.packbits(reached, axis=1)
    bits = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8))).view(np.uint64)
    ranks_of = np.full(others.shape, -1.0)
    # Memory for all ends is kept: having it anew for each step takes longer.
    of_ends = np.empty((len(from_), bits.shape[1]), np.uint64)
    before = np.zeros(len(sample))
    while True:
        reached = np.unpackbits(bits.view(np.uint8), axis=1, count=len(sample)).view(np.bool_)
        now = reached.sum(axis=0)
        new = reached[others, np.arange(len(sample))[:, None]] & (ranks_of < 0)
        ranks_of = np.where(new, ((before + now - 1) / 2)[:, None], ranks_of)
        if (now == before).all() or (ranks_of >= 0).all():
            break
        before = now
        # "clip": or numpy would copy what it takes, once more.
        bits.take(from_, axis=0, out=of_ends, mode="clip")
        bits = np.bitwise_or.reduceat(of_ends, begins, axis=0)
    return np.where(ranks_of < 0, ((before + dots - 1) / 2)[:, None], ranks_of)


def stillness(places: Floats, were: Floats | None, stayed: Floats | None) -> float:
    """1 less how far dots moved, over the spread of the map.

    Args:
        places: float64[dots, 2].
        were: float64[dots, 2]: where they were; NaN: they are new. None: all are.
        stayed: float64[dots]: the share of each one's neighbours that stayed.
    """
    if were is None or stayed is None or not (stayed > 0).any():
        return float("nan")
    spread = np.sqrt(((places - places.mean(axis=0)) ** 2).sum(axis=1).mean())
    weights = stayed**2
    moved = np.hypot(*(places - np.where(weights[:, None] > 0, were, places)).T)
    mean = (weights * moved).sum() / weights.sum()
    return float(1 - mean / spread) if spread > 0 else float("nan")
