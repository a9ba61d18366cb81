"""Sums in float32 are those in float64 where they are used."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.layers.log.measures import Reducer
from tensorboard_plugin_deeptracker.features.layers.log.sampling import Sampler
from tensorboard_plugin_deeptracker.features.layers.log.single import BLOCK, piece

pytestmark = pytest.mark.usefixtures("way")

# A short row, one that is cut into pieces, one that cannot be, and rows of several blocks.
LENGTHS = 27, 147, 4608, 1009, BLOCK // 8
MOVES = "rest", "noise", "decay", "tiny noise", "anything", "one weight", "shrink", "not finite"


def moved(w: torch.Tensor, how: str, generator: torch.Generator) -> torch.Tensor:
    noise = torch.randn(w.shape, generator=generator)
    changes = {
        "rest": lambda: w.clone(),
        "noise": lambda: w + 1e-3 * w.abs().mean() * noise,
        "decay": lambda: w * (1 - 1e-4),
        "tiny noise": lambda: w * (1 + 3e-7 * noise),
        "anything": lambda: noise,
        "one weight": lambda: w.index_fill(0, torch.tensor([0]), 1e-3),
        "shrink": lambda: w * 1e-4 + 1e-6 * noise,
        "not finite": lambda: w.index_fill(0, torch.tensor([0]), torch.inf),
    }
    return changes[how]()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(LENGTHS),
    st.lists(st.sampled_from(MOVES), min_size=1, max_size=9),
    st.sampled_from([0.0, 0.3, 3.0, 1e4]),
    st.sampled_from([1e-30, 1e-19, 1e-3, 1.0, 1e15]),
    st.integers(0, 99),
)
def test_sums_are_those_of_float64(
    n: int, moves: list[str], mean: float, scale: float, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    before = (torch.randn(len(moves), n, generator=generator) + mean) * scale
    after = torch.stack(
        [moved(row, how, generator) for row, how in zip(before, moves, strict=True)]
    )
    with np.errstate(all="ignore"):
        found, totals = Reducer().reduce(after, before)
        wanted, wanted_totals = Reducer().reduce(after.double(), before.double())
    squares = wanted[1]
    for row, (a, b) in enumerate(zip(found.T, wanted.T, strict=True)):
        size = float(wanted[1, row].sqrt() * (wanted[1, row] + wanted[3, row]).sqrt())
        # Of sums that may cancel, what cancels is no error; orthogonal_squares is not one of them.
        atol = torch.tensor([n * 1e-14 * float(after[row].abs().max()), 0, 0, 0, 3e-7 * size, 0])
        close = (a - b).abs() <= 2e-6 * b.abs() + atol
        assert (close | (a == b) | (a.isnan() & b.isnan())).all(), (moves[row], a, b, squares[row])
        assert (a[3] == 0) == (b[3] == 0)
    torch.testing.assert_close(totals, wanted_totals, rtol=1e-6, atol=0, equal_nan=True)


def test_steps_whose_squares_are_too_small_for_float32_are_steps() -> None:
    before = torch.randn(4, 300, generator=torch.Generator().manual_seed(1))
    before[:, :3] = 1e-20
    after = before.clone()
    after[1, 0] += 1e-26
    found, _ = Reducer().reduce(after, before)
    wanted, _ = Reducer().reduce(after.double(), before.double())
    assert found[3].tolist() == wanted[3].tolist()
    assert (found[3] > 0).tolist() == [False, True, False, False]


def test_what_only_adds_up_is_as_exact_in_total() -> None:
    generator = torch.Generator().manual_seed(2)
    for mean in (0.0, 0.5, 5.0, 100.0):
        x = torch.randn(64, 1152, generator=generator) + mean
        found, _ = Reducer().reduce(x, means=False)
        wanted, _ = Reducer().reduce(x.double())
        natural = torch.tensor([float(wanted[1].sum().sqrt()), 0, 0])
        error = (found.sum(1) - wanted.sum(1)).abs()
        assert (error <= 5e-6 * wanted.sum(1).abs() + 1e-6 * natural).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_samples_are_taken_on_the_way(dtype: torch.dtype) -> None:
    for rows, n in ((5, BLOCK // 2), (700, 1000), (1, 200_000), (3, 70)):
        matrix = torch.arange(rows * n, dtype=dtype).reshape(rows, n)
        sampler = Sampler.plan([matrix.numel()], [[0]])
        for previous in None, matrix + 1:
            sample = sampler.of_layer(0, matrix)
            Reducer().reduce(matrix, previous, sample=sample)
            expected = matrix.flatten() if sample.positions is None else sample.positions.to(dtype)
            assert torch.equal(sample.values(), expected)


def test_the_matrix_is_what_it_was_from_now_on_only_where_that_is_wanted() -> None:
    for dtype in torch.float32, torch.float64, torch.bfloat16:
        before, after = torch.randn(2, 7, 300).to(dtype)
        kept = before.clone()
        found, _ = Reducer().reduce(after, kept)
        assert torch.equal(kept, before)
        again, _ = Reducer().reduce(after, kept, replace=True)
        assert torch.equal(kept, after)
        assert torch.equal(found, again)


def test_weights_may_lie_anywhere_in_a_file_in_memory() -> None:
    file = bytearray(1 + 4 * 600)
    weight = torch.frombuffer(file, dtype=torch.float32, offset=1).reshape(2, 300)
    weight.copy_(torch.randn(2, 300))
    before = torch.randn(2, 300)
    found, _ = Reducer().reduce(weight, before.clone(), replace=True)
    wanted, _ = Reducer().reduce(weight.double(), before.double())
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("n", "size"),
    [(1, None), (31, None), (32, 32), (256, 256), (4608, 256), (600, 200), (1009, None)],
)
def test_rows_are_cut_where_they_can_be(n: int, size: int | None) -> None:
    assert piece(n) == size
