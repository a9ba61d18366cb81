from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.correlation.compute.false_discovery import (
    false_discovery_rates,
)


@given(st.lists(st.integers(1, 40).map(lambda i: i / 40), max_size=12))
def test_by_definition(p: list[float]) -> None:
    """The least share of false discoveries among all that a threshold at or above it would call."""
    q = [
        min(
            1.0,
            *(len(p) * limit / sum(other <= limit for other in p) for limit in p if limit >= one),
        )
        for one in p
    ]
    assert false_discovery_rates(np.array(p)).tolist() == pytest.approx(q)


def test_the_example_of_the_paper() -> None:
    """Benjamini and Hochberg (1995), section 4: of 15 hypotheses, the first four are rejected."""
    # fmt: off
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
         0.5719, 0.6528, 0.7590, 1.0000]
    # fmt: on
    q = false_discovery_rates(np.array(p).reshape(3, 5))
    assert q.shape == (3, 5)
    assert (q.reshape(-1) <= 0.05).tolist() == [True] * 4 + [False] * 11
    assert q[0, :4].tolist() == pytest.approx([0.0015, 0.003, 0.0095, 0.035625])
