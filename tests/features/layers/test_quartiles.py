"""Quartiles: of lists exactly, of layers from samples that no layout fools."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from torch import Tensor

from tensorboard_plugin_deeptracker.features.layers.log.quartiles import quartiles
from tensorboard_plugin_deeptracker.features.layers.log.sampling import SAMPLE, Sampler
from tests.summary import reference

pytestmark = pytest.mark.usefixtures("way")

N = 4 * SAMPLE + 12_345


@pytest.mark.parametrize(
    "values",
    [
        np.arange(N),
        np.arange(N)[::-1],
        np.arange(N) % 4,
        np.arange(N) % 7,
        np.arange(N) % 2 == 0,
        np.sin(np.arange(N) * 2 * np.pi * SAMPLE / N),
        np.sin(np.arange(N) * np.pi * SAMPLE / N),
        np.repeat(np.arange(N // 10 + 1), 10)[:N] % 3,
        np.random.default_rng(0).standard_cauchy(N),
        np.where(np.arange(N) < N // 4 + 10, 0, 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("parts", [1, 3])
def test_no_layout_fools_the_quartiles(values: NDArray[np.floating], parts: int) -> None:
    values = values.astype(np.float32)
    matrices = [torch.from_numpy(part.copy())[None] for part in np.array_split(values, parts)]
    (sample,) = samples(matrices, [list(range(parts))])
    assert len(sample) == SAMPLE
    for quantile in (0.25, 0.5, 0.75):
        value = float(np.quantile(sample, quantile, method="inverted_cdf"))
        assert reference.rank_error(values, quantile, value) <= 0.01


def samples(
    matrices: Sequence[Tensor | None], nodes: Sequence[Sequence[int]]
) -> list[NDArray[np.floating]]:
    """The samples of nodes of the given layers."""
    sampler = Sampler.plan([0 if m is None else m.numel() for m in matrices], nodes)
    of_layers = [
        np.empty(0) if matrix is None else sampler.of_layer(layer, matrix).values().numpy()
        for layer, matrix in enumerate(matrices)
    ]
    return [sampler.of_node(node, of_layers) for node in range(len(nodes))]


def test_a_module_is_sampled_like_its_elements_whatever_the_sizes_of_its_layers() -> None:
    sizes = [10, SAMPLE - 100, 3 * SAMPLE, 1, 700, 20 * SAMPLE]
    matrices = [torch.full((1, size), float(i)) for i, size in enumerate(sizes)]
    (sample,) = samples(matrices, [list(range(len(sizes)))])
    shares = np.bincount(sample.astype(int), minlength=len(sizes)) / len(sample)
    np.testing.assert_allclose(shares, np.array(sizes) / sum(sizes), atol=1.5 / SAMPLE)


def test_small_layers_are_sampled_whole_and_layers_without_gradient_not_at_all() -> None:
    matrices = [torch.arange(6.0).reshape(2, 3), None, torch.arange(6.0, 10).reshape(2, 2)]
    found = samples(matrices, [[0, 1, 2], [1], [2]])
    assert [sample.tolist() for sample in found] == [list(range(10)), [], [6, 7, 8, 9]]


def test_layers_that_are_a_small_part_of_a_module_keep_their_quartiles() -> None:
    # Only a head of a frozen model has gradients: the sample is of those alone.
    (sample,) = samples([None, torch.arange(200.0).reshape(2, 100)], [[0, 1]])
    assert len(sample) == 200


def test_a_sample_is_a_copy() -> None:
    """What is looked at later is what the weights were."""
    matrices = [torch.ones(2, 3), torch.ones(2, SAMPLE)]
    sampler = Sampler.plan([6, 2 * SAMPLE], [[0], [1]])
    for layer, matrix in enumerate(matrices):
        sample = sampler.of_layer(layer, matrix).values()
        matrix.zero_()
        assert (sample == 1).all()


def test_a_sample_is_taken_piece_by_piece() -> None:
    matrix = torch.arange(200_000.0).reshape(100, -1)
    sampler = Sampler.plan([matrix.numel()], [[0]])
    sample, positions = sampler.of_layer(0, matrix), sampler.layers[0]
    assert positions is not None
    for end in 10, 50_000, 50_001:
        sample.take(end)
    assert torch.equal(sample.values(), positions.float())


@given(
    arrays.arrays(
        np.float32,
        st.integers(1, 40),
        elements=st.floats(width=32, allow_nan=False, allow_infinity=True),
    ),
    st.sampled_from([1, 7, 500]),
    st.integers(0, 100),
)
def test_quartiles_are_those_of_a_sorted_list(
    values: NDArray[np.float32], repeats: int, seed: int
) -> None:
    values = np.random.default_rng(seed).permutation(np.repeat(values, repeats))
    ordered = np.sort(values).astype(float).tolist()
    for found, quartile in zip(quartiles(values), (0.25, 0.5, 0.75), strict=True):
        below, share = divmod(quartile * (len(ordered) - 1), 1)
        low, high = ordered[int(below)], ordered[min(int(below) + 1, len(ordered) - 1)]
        between = low if low == high or not share else low + share * (high - low)
        assert found == pytest.approx(between, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("seed", range(5))
def test_quartiles_of_long_lists(seed: int) -> None:
    random = np.random.default_rng(seed)
    for values in (
        random.standard_normal(50_000),
        random.standard_cauchy(50_001),
        1 + 1e-6 * random.standard_normal(9_999),
        np.where(random.random(20_000) < 0.6, 0.0, random.standard_normal(20_000)),
        np.sort(random.random(30_000)),
    ):
        single = values.astype(np.float32)
        expected = np.quantile(single.astype(float), [0.25, 0.5, 0.75])
        np.testing.assert_allclose(quartiles(single), expected, rtol=1e-12)
