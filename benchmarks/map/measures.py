"""How true a map is, exactly: the same for every way to draw one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import trustworthiness

from tensorboard_plugin_deeptracker.features.map.compute.back import scores_at
from tensorboard_plugin_deeptracker.features.map.compute.dots import nearest_among, nearest_dots
from tensorboard_plugin_deeptracker.features.map.compute.quality import kept_share
from tensorboard_plugin_deeptracker.features.map.log.neighbours import nearest, points_of
from tensorboard_plugin_deeptracker.features.map.log.scores import compact
from tensorboard_plugin_deeptracker.features.map.records import NEIGHBOURS, Scores, low_margins

Floats = NDArray[np.float32]
Places = NDArray[np.float64]
Ints = NDArray[np.int64]
# The class that is predicted at places: [places, 2] -> int[places].
Back = Callable[[Places], NDArray[np.integer]]

# Of a larger map, ranks are not looked at: they take memory of its size squared.
_RANKED = 4000


@dataclass(frozen=True)
class Images:
    """What a map is of.

    Attributes:
        features: float32[images, dimensions].
        scores: Theirs, as they are logged.
        near: int64[images, 15]: the nearest of each.
        low: bool[images]: those of the border.
        border: int64[images, 15]: the nearest of these.
    """

    features: Floats
    scores: Scores
    near: Ints
    low: NDArray[np.bool_]
    border: Ints

    @classmethod
    def of(cls, features: Floats, logits: Floats) -> Images:
        """Finds their neighbours."""
        points = points_of(features)
        scores = compact(logits, np.zeros(len(logits), np.int32))
        low = low_margins(scores, np.ones(len(features), np.bool_))
        near, border = (nearest(points, NEIGHBOURS, among) for among in (None, low))
        return cls(features, scores, near, low, border)


@dataclass(frozen=True)
class Figures:
    """How true a frame is; NaN where a way cannot be asked.

    Attributes:
        neighbours: Of the 15 nearest images, how many are among the 15 nearest dots: mean.
        boundary: The same of the 15 nearest images with low margins.
        predictions: Share of the images that are predicted at their places as they are.
        left_out: The same by the dots around, without the image's own.
        held_out: The same of images that the map does not know.
        trustworthiness: Of Venna and Kaski, k = 15.
        continuity: Likewise.
    """

    neighbours: float
    boundary: float
    predictions: float
    left_out: float
    held_out: float
    trustworthiness: float
    continuity: float


def figures_of(
    images: Images,
    places: Places,
    back: Back | None = None,
    new: tuple[Places, NDArray[np.integer]] | None = None,
) -> Figures:
    """Measures a frame.

    Args:
        images: What it is of.
        places: float64[images, 2].
        back: What it predicts at places; None: what the dots around do, as the tab draws it.
        new: Places of images that it does not know, and as what they are predicted.
    """

    def around(at: Places) -> NDArray[np.integer]:
        return scores_at(at, places, images.scores)[0]

    predicted, predict = images.scores.predicted, back or around
    ranked = len(places) <= _RANKED
    nan = float("nan")
    return Figures(
        neighbours=_kept(images.near, nearest_dots(places, NEIGHBOURS)[0]),
        boundary=_kept(images.border, nearest_among(places, NEIGHBOURS, images.low)),
        predictions=float((predict(places) == predicted).mean()),
        left_out=float((scores_at(None, places, images.scores)[0] == predicted).mean()),
        held_out=nan if new is None else float((predict(new[0]) == new[1]).mean()),
        trustworthiness=_ranks(images.features, places) if ranked else nan,
        continuity=_ranks(places, images.features) if ranked else nan,
    )


def moved(now: Places, last: Places, still: NDArray[np.bool_]) -> float:
    """How far some dots moved, over the spread of the map: mean.

    Args:
        now: float64[dots, 2].
        last: float64[dots, 2]: where they were.
        still: bool[dots]: those with identical features.
    """
    spread = np.sqrt(((last - last.mean(axis=0)) ** 2).sum(axis=1).mean())
    return float(np.hypot(*(now - last)[still].T).mean() / spread)


def _kept(near: Ints, on_map: Ints) -> float:
    return float(NEIGHBOURS * kept_share(near, on_map).mean())


def _ranks(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    return float(trustworthiness(one, other, n_neighbors=NEIGHBOURS))
