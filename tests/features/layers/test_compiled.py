"""What numba compiles: its totals on any numbers, and how a training goes on where it fails."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.layers.log.compiled import kernels
from tensorboard_plugin_deeptracker.features.layers.log.measures import Reducer
from tensorboard_plugin_deeptracker.features.layers.log.quartiles import quartiles

REDUCED = """
import torch
from tensorboard_plugin_deeptracker.features.layers.log.compiled import kernels
from tensorboard_plugin_deeptracker.features.layers.log.measures import Reducer
x = torch.linspace(-1, 1, 3000).reshape(3, 1000)
print(kernels() is not None, Reducer().reduce(x)[0].sum().item())
"""


@pytest.fixture
def anew() -> Iterator[pytest.MonkeyPatch]:
    """Numba is looked for once more, in the test and after it."""
    with pytest.MonkeyPatch.context() as patch:
        kernels.cache_clear()
        yield patch
    kernels.cache_clear()


@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 5), st.integers(1, 70)),
        elements=st.floats(width=32, allow_nan=True, allow_infinity=True),
    )
)
def test_totals_are_numpys_whatever_the_numbers(matrix: NDArray[np.float32]) -> None:
    with np.errstate(all="ignore"):
        _, (magnitudes, low, high) = Reducer().reduce(torch.from_numpy(matrix))
        expected = np.abs(matrix.astype(float)).sum(), matrix.min(), matrix.max()
    np.testing.assert_allclose([magnitudes, low, high], expected, rtol=1e-14)


def test_two_trainings_in_threads_do_not_disturb_each_other() -> None:
    matrices = torch.randn(8, 200, 1000)
    alone = [Reducer().reduce(matrix)[0] for matrix in matrices]
    with ThreadPoolExecutor(4) as threads:
        together = threads.map(lambda matrix: Reducer().reduce(matrix)[0], [*matrices] * 4)
    for found, expected in zip(together, alone * 4, strict=True):
        assert torch.equal(found, expected)


def test_values_that_stopped_being_numbers_stay_within_the_buckets() -> None:
    """Another process may write to shared weights while they are sampled."""
    values = np.random.default_rng(0).standard_normal(5000).astype(np.float32)
    values[::7], values[1::7], values[2::7] = np.nan, np.inf, -np.inf
    counts, buckets = np.zeros((4, 16), np.int32), np.empty(5000, np.uint16)
    kernels().count_buckets(values, np.float32(-1), np.float32(8), buckets, counts)
    assert counts.sum() == 5000
    assert buckets.max() == 15
    assert (buckets[1::7] == 15).all()
    assert (buckets[2::7] == 0).all()


@pytest.mark.parametrize("fault", ["not installed", "broken", "switched off"])
def test_a_training_goes_on_without(anew: pytest.MonkeyPatch, fault: str) -> None:
    numba: types.ModuleType | None = None
    if fault != "not installed":
        numba = types.ModuleType("numba")
    if fault == "switched off":
        numba = types.ModuleType("numba")
        numba.config = types.SimpleNamespace(DISABLE_JIT=True)  # type: ignore[attr-defined]
    anew.setitem(sys.modules, "numba", numba)
    assert kernels() is None
    matrix = torch.randn(40, 500)
    found, _ = Reducer().reduce(matrix, matrix + 1)
    expected, _ = Reducer().reduce(matrix.double(), matrix.double() + 1)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    assert quartiles(np.arange(9001, dtype=np.float32)) == [2250, 4500, 6750]


def test_what_was_compiled_is_kept_for_the_next_training(tmp_path: Path) -> None:
    answers = {reduced(NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2)}
    assert len(answers) == 1
    assert answers.pop().startswith("True ")
    assert list(tmp_path.rglob("*reduce_rows*.nbc"))


def test_it_compiles_where_nothing_can_be_kept(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.touch()
    code = "import numba.core.caching as c; c.CacheImpl._locator_classes = []\n"
    code += "c.CompileResultCacheImpl._locator_classes = []" + REDUCED
    assert reduced(code).startswith("True ")


def test_switched_off_as_numba_has_it() -> None:
    assert reduced(NUMBA_DISABLE_JIT="1").startswith("False ")


def reduced(code: str = REDUCED, **environment: str) -> str:
    """What a process of its own prints."""
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not answer.stderr
    return answer.stdout
