"""Which runs are seeds of one recipe."""

from __future__ import annotations

import pytest

from tensorboard_plugin_deeptracker.features.compare.compute import recipes, recipes_of_names


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["wide/seed 1", "wide/seed 2", "narrow/seed 1"], [[0, 1]]),
        (["a_seed=0", "a_seed=10", "b_seed=0", "b_seed=3"], [[0, 1], [2, 3]]),
        (["seed1-lr0.1", "seed1-lr0.2"], []),
        (["run1", "run2", "epoch_1", "epoch_2"], []),
        (["linseed1", "linseed2"], []),
        (["SEED-1", "seed_2"], [[0, 1]]),
        (["seed1/seed2", "seed1/seed3"], []),
    ],
)
def test_names_tell_seeds_by_their_word(names: list[str], groups: list[list[int]]) -> None:
    assert recipes_of_names(names, [{}] * len(names), [None] * len(names)) == groups


def test_hyperparameters_tell_more_than_names() -> None:
    names = ["seed 1", "seed 2", "seed 3"]
    known = [{"lr": 0.1, "seed": 1.0}, {"lr": 0.2, "seed": 2.0}, {"lr": 0.1, "seed": 3.0}]
    assert recipes_of_names(names, known, [None] * 3) == []
    assert recipes(known, [None] * 3) == [[0, 2]]


def test_the_same_seed_again_and_other_networks_are_no_seeds() -> None:
    known = [{"lr": 0.1, "seed": seed} for seed in (1.0, 1.0, 2.0, 3.0)]
    narrow, wide = ((("fc", (2, 2)),), (("fc", (4, 2)),))
    assert recipes(known, [narrow] * 4) == [[0, 2, 3]]
    assert recipes(known, [narrow, narrow, wide, narrow]) == [[0, 3]]
    names = ["seed 1", "seed 2", "seed 3"]
    assert recipes_of_names(names, [{}] * 3, [narrow, wide, narrow]) == [[0, 2]]
    # Where no seed was logged, each may be another.
    assert recipes([{"lr": 0.1}] * 2, [None] * 2) == [[0, 1]]
