"""DeepVisualInsight (Yang et al., AAAI 2022) again, by its published losses and settings.

An autoencoder for each frame, from the one before. Its loss has three parts: UMAP's cross-entropy
of pairs of neighbours and of pairs at random; the error of reconstruction, which counts more where
the two largest scores react to it; and how far the weights are from those of the frame before.
Points of the border are here the images with the least margins of prediction, where the original
mixes images of two classes for it. TensorFlow there, PyTorch here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tensorboard_plugin_deeptracker.features.map.log.neighbours import nearest, points_of
from tensorboard_plugin_deeptracker.features.map.records import NEIGHBOURS

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# UMAP's curve for a least distance of 0.1.
_A, _B = 1.577, 0.895
_NEGATIVES = 5
_BATCH = 1000
# Of each edge, in one pass; an epoch is a tenth of that.
_REPEATS = 10
_EPOCHS = 200
# Ends when the loss has not fallen by so much in so many epochs.
_PATIENCE, _LEAST = 8, 1e-2
_RATES = (8, 1e-3, 1e-4)
_TEMPERATURE = 0.3
_STILL = 0.3
_LOWEST = 1e-4


@dataclass(frozen=True)
class Head:
    """The network's last layer: float32[classes, dimensions], float32[classes]."""

    weight: Floats
    bias: Floats

    def scores(self, features: Floats) -> Floats:
        """float32[images, classes]."""
        found: Floats = features @ self.weight.T + self.bias
        return found


class Autoencoder:
    """Of one frame after the other.

    Args:
        dimensions: Of the features.
        seed: Of weights and order.
    """

    def __init__(self, dimensions: int, seed: int) -> None:
        torch.manual_seed(seed)
        hidden = dimensions // 2
        self._encoder = _layers(dimensions, hidden, 2)
        self._decoder = _layers(2, hidden, dimensions)
        self._weights = [*self._encoder.parameters(), *self._decoder.parameters()]
        self._before: tuple[list[Tensor], Ints] | None = None
        self._generator = torch.Generator().manual_seed(seed)

    def fit(self, features: Floats, low: NDArray[np.bool_], head: Head) -> None:
        """Learns a frame.

        Args:
            features: float32[images, dimensions].
            low: bool[images]: those of the border.
            head: What is predicted from features.
        """
        points = points_of(features)
        near, border = (nearest(points, NEIGHBOURS, among) for among in (None, low))
        edges = [_fuzzy_edges(each, _distances(features, each)) for each in (near, border)]
        from_, to, weights = (np.concatenate(each) for each in zip(*edges, strict=True))
        counts = np.maximum(1, np.rint(_REPEATS * weights / weights.max())).astype(np.int64)
        pairs = torch.from_numpy(np.repeat(np.stack([from_, to]), counts, axis=1))
        given = torch.from_numpy(features)
        attention = 1 + torch.from_numpy(_attention(features, head))
        still, anchors = self._stillness(near)
        steps = max(1, pairs.shape[1] // _BATCH // _REPEATS)
        optimizer = torch.optim.Adam(self._weights)
        best, since = float("inf"), 0
        for epoch in range(_EPOCHS):
            for group in optimizer.param_groups:
                group["lr"] = _RATES[1] if epoch < _RATES[0] else _RATES[2]
            losses = 0.0
            for _ in range(steps):
                chosen = torch.randint(pairs.shape[1], (_BATCH,), generator=self._generator)
                a, b = pairs[:, chosen]
                loss = self._loss(given[a], given[b], attention[a], attention[b])
                for weight, anchor in zip(self._weights, anchors, strict=False):
                    loss = loss + still * (weight - anchor).square().sum()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses += float(loss.detach())
            if losses / steps < best - _LEAST:
                best, since = losses / steps, 0
            else:
                since += 1
            if since >= _PATIENCE:
                break
        self._before = [weight.detach().clone() for weight in self._weights], near

    def places(self, features: Floats) -> NDArray[np.float64]:
        """Where images lie: float64[images, 2]."""
        with torch.no_grad():
            found: NDArray[np.float64] = self._encoder(torch.from_numpy(features)).double().numpy()
        return found

    def features(self, places: NDArray[np.float64]) -> Floats:
        """What would lie at places: float32[places, dimensions]."""
        with torch.no_grad():
            found: Floats = self._decoder(torch.from_numpy(places.astype(np.float32))).numpy()
        return found

    def _stillness(self, near: Ints) -> tuple[float, list[Tensor]]:
        """How much the weights are held, and where: by the share of neighbours that stayed."""
        if self._before is None:
            return 0.0, []
        weights, were = self._before
        stayed = (near[:, :, None] == were[:, None, :]).any(axis=2).mean()
        return _STILL * float(stayed), weights

    def _loss(self, a: Tensor, b: Tensor, attention_a: Tensor, attention_b: Tensor) -> Tensor:
        at, to = self._encoder(a), self._encoder(b)
        others = torch.randperm(_NEGATIVES * _BATCH, generator=self._generator)
        apart = at.repeat_interleave(_NEGATIVES, 0) - to.repeat_interleave(_NEGATIVES, 0)[others]
        attracted = _likely(at - to).clamp(_LOWEST, 1).log()
        repelled = (1 - _likely(apart)).clamp(_LOWEST, 1).log()
        umap = -torch.cat([attracted, repelled]).mean()
        errors = [
            (attention * (self._decoder(place) - own).square()).mean()
            for place, own, attention in ((at, a, attention_a), (to, b, attention_b))
        ]
        loss: Tensor = umap + (errors[0] + errors[1]) / 2
        return loss


def _layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    sizes = [inputs, *[hidden] * 4]
    layers: list[nn.Module] = []
    for one, other in pairwise(sizes):
        layers += [nn.Linear(one, other), nn.ReLU()]
    layers.append(nn.Linear(hidden, outputs))
    for layer in layers:
        if isinstance(layer, nn.Linear):  # As Keras does.
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


def _likely(apart: Tensor) -> Tensor:
    found: Tensor = 1 / (1 + _A * (apart.square().sum(1) + 1e-12) ** _B)
    return found


def _attention(features: Floats, head: Head) -> Floats:
    """How much the two largest scores react to each feature: float32[images, dimensions].

    For a linear head, the derivatives are its weights.
    """
    top = np.argsort(-head.scores(features), axis=1)[:, :2]
    react = np.abs(head.weight[top]).sum(axis=1) / _TEMPERATURE
    shares = np.exp(react - react.max(axis=1, keepdims=True))
    found: Floats = shares / shares.sum(axis=1, keepdims=True)
    return found


def _distances(features: Floats, near: Ints) -> NDArray[np.float64]:
    return np.stack(
        [np.linalg.norm(features[near[:, k]] - features, axis=1) for k in range(near.shape[1])], 1
    ).astype(np.float64)


def _fuzzy_edges(near: Ints, distances: NDArray[np.float64]) -> tuple[Ints, Ints, Floats]:
    """UMAP's graph: pairs either way, and how much each is one of neighbours.

    Args:
        near: int64[images, k], -1 where there are no more.
        distances: float64[images, k].
    """
    images, k = near.shape
    there = near >= 0
    nearest = np.where(there & (distances > 0), distances, np.inf).min(axis=1)
    nearest = np.where(np.isfinite(nearest), nearest, 0)
    beyond = np.where(there, np.maximum(distances - nearest[:, None], 0), np.inf)
    low, high, scale = np.zeros(images), np.full(images, np.inf), np.ones(images)
    for _ in range(64):
        more = np.exp(-beyond / scale[:, None]).sum(axis=1) > np.log2(k)
        high, low = np.where(more, scale, high), np.where(more, low, scale)
        scale = np.where(np.isfinite(high), (low + high) / 2, scale * 2)
        scale = np.maximum(scale, 1e-12)
    weights = np.exp(-beyond / scale[:, None])
    from_ = np.broadcast_to(np.arange(images)[:, None], near.shape)[there]
    to, weights = near[there], weights[there]
    keys = np.concatenate([from_ * images + to, to * images + from_])
    pairs, at = np.unique(keys, return_inverse=True)
    ahead = np.bincount(at[: len(to)], weights, len(pairs))
    back = np.bincount(at[len(to) :], weights, len(pairs))
    either = ahead + back - ahead * back
    return pairs // images, pairs % images, either.astype(np.float32)
