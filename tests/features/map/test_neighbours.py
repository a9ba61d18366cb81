"""Neighbours in the features: those that all distances in float64 give, whatever the features."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.map.log import index
from tensorboard_plugin_deeptracker.features.map.log.neighbours import nearest, points_of
from tensorboard_plugin_deeptracker.features.map.log.products import OnAccelerator, OnProcessor
from tests.features.map import reference

COUNT = 15
# What an accelerator computes, on the processor.
PRODUCTS = [OnProcessor, partial(OnAccelerator, device=torch.device("cpu"))]


def cases() -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(0)
    blobs = rng.standard_normal((5, 24)) * 9
    return {
        "of a network": np.maximum(rng.standard_normal((300, 24)), 0),
        "in clusters": blobs[rng.integers(0, 5, 300)] + rng.standard_normal((300, 24)) * 1e-3,
        "binary, with many ties": rng.integers(0, 2, (250, 30)),
        "binary, few different": rng.integers(0, 2, (250, 4)),
        "all zero": np.zeros((40, 6)),
        "half of them zero": np.maximum(rng.standard_normal((200, 1)), 0) * np.ones(7),
        "each one several times": np.repeat(rng.standard_normal((30, 5)), 7, axis=0),
        "fewer than neighbours": rng.standard_normal((9, 3)),
        "one": np.ones((1, 4)),
        "none": np.ones((0, 4)),
        "tiny": rng.standard_normal((100, 8)) * 1e-30,
        "huge": rng.standard_normal((100, 8)) * 1e30,
        "many on a line": np.geomspace(1, 9, 1700)[:, None],
        "many with many ties": np.arange(2048)[:, None] >> np.arange(11) & 1,
        "far away": 1e4 + rng.integers(0, 9, (200, 6)) / 64,
    }


@pytest.mark.parametrize("products", PRODUCTS, ids=["processor", "accelerator"])
@pytest.mark.parametrize("case", cases())
def test_they_are_exact(case: str, products: Any) -> None:
    features = cases()[case].astype(np.float32)
    points = points_of(features)
    assert np.array_equal(
        nearest(points, COUNT, products=products), reference.nearest(features, COUNT)
    )
    among = np.random.default_rng(1).random(len(features)) < 0.2
    assert np.array_equal(
        nearest(points, COUNT, among, products), reference.nearest(features, COUNT, among)
    )


@given(
    features=hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 40), st.integers(1, 3)),
        elements=st.sampled_from([-2.0, -0.0, 0.0, 0.5, 1.0, 3.0]),
    ),
    among=st.integers(0, 2**40 - 1),
    count=st.integers(1, 5),
)
def test_ties_go_to_the_lower_number(features: NDArray[np.float32], among: int, count: int) -> None:
    chosen = np.array([among >> i & 1 for i in range(len(features))], np.bool_)
    found = nearest(points_of(features), count, chosen)
    assert np.array_equal(found, reference.nearest(features, count, chosen))


@pytest.mark.parametrize("products", PRODUCTS)
def test_all_that_are_not_proposed_are_at_least_as_far(products: Any) -> None:
    features = np.random.default_rng(1).integers(0, 4, (120, 3)).astype(np.float32)
    features[60:] += np.random.default_rng(2).standard_normal((60, 3)).astype(np.float32)
    found = products(features, np.arange(120)).propose(slice(0, 120), COUNT)
    assert (found.squares.max(axis=1) <= found.cutoff).all()
    every = reference.squares(features, features)
    np.put_along_axis(every, found.targets, np.inf, axis=1)
    unit = products(features, np.arange(120)).unit
    assert (every.min(axis=1) >= unit * (found.cutoff - found.errors)).all()


def test_an_index_finds_most_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss")
    assert index.is_used(15_000)
    assert not index.is_used(14_999)
    monkeypatch.setattr(index, "_PROBES", 3)
    rng = np.random.default_rng(0)
    # More dimensions than are searched, most of which say little.
    features = (rng.standard_normal((3000, 100)) * 0.9 ** np.arange(100)).astype(np.float32)
    features[7] = features[1500]
    points = points_of(features)
    found = nearest(points, COUNT, products=index.ByIndex)
    assert np.array_equal(found, nearest(points, COUNT, products=index.ByIndex))
    exact = nearest(points, COUNT)
    kept = (found[:, :, None] == exact[:, None, :]).any(axis=2).mean()
    assert 0.5 < kept < 1
    assert found[7, 0] == 1500
    for row in found[:50]:
        assert len(set(row.tolist())) == COUNT
    unique = np.delete(features, 7, axis=0)
    near = nearest(points_of(unique), COUNT, products=index.ByIndex)
    assert index.recall_of(unique, near) == pytest.approx(kept, abs=0.05)
