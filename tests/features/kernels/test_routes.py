"""The first layer's filters over HTTP, against what was logged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.http.client import Tab, limited, tab
from tests.logs import SessionLog, random_dump, small_model, write_small_run

DUMPS = 21
MODEL = replace(small_model(5, 3), kernels=0)
SHAPE = MODEL.layers[0].weight_shape
VALUES = np.random.default_rng(0).normal(size=(DUMPS, *SHAPE)).astype(np.float32)
STEPS = [10 * i for i in range(DUMPS)]
WITHOUT = 4


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("kernels")
    with SessionLog(directory) as log:
        log.model(MODEL)
        for i, step in enumerate(STEPS):
            log.dump(step, *random_dump(MODEL, i), None if i == WITHOUT else VALUES[i])
    return directory


@pytest.fixture(scope="module")
def opened(logdir: Path) -> Iterator[Tab]:
    with tab(logdir) as found:
        yield found


def logged() -> Any:
    values = VALUES.astype(object)
    values[WITHOUT] = None
    return values.tolist()


def test_all_of_them(opened: Tab) -> None:
    answer = opened.json("kernels", run=".")
    assert answer["layer"] == "stem"
    assert answer["steps"] == STEPS
    assert answer["rows"] == [0, SHAPE[0]]
    np.testing.assert_array_equal(
        np.array(answer["values"], np.float32), np.array(logged(), np.float32)
    )
    assert opened.json("run", run=".")["kernels"] == 0


@given(
    st.tuples(st.integers(0, 30), st.integers(1, 30)),
    st.tuples(st.integers(0, 7), st.integers(1, 7)),
    st.integers(1, 30),
)
def test_a_part_in_even_steps(
    opened: Tab, columns: tuple[int, int], rows: tuple[int, int], most: int
) -> None:
    first, end = columns[0], columns[0] + columns[1]
    top, bottom = rows[0], rows[0] + rows[1]
    query = {"rows": f"{top}:{bottom}", "columns": f"{first}:{end}", "max_columns": str(most)}
    _, answer = opened.arrays("kernels", run=".", **query)
    chosen = [STEPS.index(step) for step in answer["steps"].tolist()]
    gaps = np.diff(chosen)
    assert len(chosen) <= most
    assert (gaps == gaps[:1]).all()
    last = min(end, DUMPS) - 1
    if len(gaps):
        # From the first on, or little before, and no fewer than there may be.
        gap = int(gaps[0])
        assert chosen[0] <= first < chosen[0] + gap
        assert chosen[-1] <= last < chosen[-1] + gap
        assert gap == 1 or last // (gap // 2) - first // (gap // 2) + 1 > most
    elif first < DUMPS:
        assert most == 1 or first == last
    wanted = VALUES[chosen][:, top:bottom].copy()
    wanted[np.array(chosen, int) == WITHOUT] = np.nan
    np.testing.assert_array_equal(answer["values"], wanted)


def test_more_than_may_be_sent_comes_in_larger_steps(logdir: Path) -> None:
    with tab(logdir, questions=limited(max_bytes=6 * VALUES[0].nbytes)) as one:
        assert one.json("kernels", run=".")["steps"] == STEPS[::4]


def test_what_is_wrong_is_said(opened: Tab, tmp_path: Path) -> None:
    assert "first:end" in opened.json("kernels", 400, run=".", columns="3")["error"]
    write_small_run(tmp_path)
    with tab(tmp_path) as without:
        assert "has no kernels" in without.json("kernels", 404, run=".")["error"]
