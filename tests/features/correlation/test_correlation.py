from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.correlation.compute.correlation import correlate
from tests.reference import algorithm_1

STARTS = np.array([0, 3, 3, 7, 9])


# Validations are compared as bits, 64 at a time.
@given(
    st.integers(0, 2**32),
    st.integers(0, 4),
    st.sampled_from([1, 5, 64, 65, 200]),
    st.integers(1, 3),
)
def test_against_plain_sets(seed: int, classes: int, validations: int, least: int) -> None:
    rng = np.random.default_rng(seed)
    most = min(4, validations)
    own = [
        set(rng.choice(validations, rng.integers(0, most + 1), replace=False).tolist())
        for _ in range(classes)
    ]
    sets = {
        t: set(rng.choice(STARTS[-1], rng.integers(0, 6), replace=False).tolist())
        for t in sorted(set().union(*own))
    }
    found = correlate(
        [np.array(sorted(each), np.int32) for each in own],
        {t: rng.permutation(np.array(sorted(each), np.int64)) for t, each in sets.items()},
        STARTS,
        least,
    )
    active = [c for c in range(classes) if own[c]]
    assert {c: at.tolist() for c, at in found.classes.items()} == {
        c: sorted(own[c]) for c in active
    }
    layers, filters = [], []
    for layer, (first, last) in enumerate(
        zip(STARTS[:-1].tolist(), STARTS[1:].tolist(), strict=True)
    ):
        inside = {t: {i - first for i in each if first <= i < last} for t, each in sets.items()}
        if not any(inside.values()):
            continue
        parts = sorted((sorted(part) for part in algorithm_1(list(inside.values()))), key=min)
        at = [[t for t, each in inside.items() if set(part) <= each] for part in parts]
        counts = [sum(t in each for t in steps for each in own) for steps in at]
        kept = [one for one in zip(parts, at, counts, strict=True) if one[2] >= least]
        layers.append((layer, kept))
        filters.append([len(set().union(*(inside[t] for t in own[c]))) for c in active])
    assert [
        (
            one.layer,
            [
                (mini_set.filters.tolist(), mini_set.iterations.tolist(), count)
                for mini_set, count in zip(one.mini_sets, one.appearances, strict=True)
            ],
        )
        for one in found.layers
    ] == layers
    assert found.filters.shape == (len(layers), len(active))
    assert found.filters.tolist() == filters
