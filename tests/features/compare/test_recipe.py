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
    assert recipes_of_names(names, [{}] * len(names)) == groups


def test_hyperparameters_tell_more_than_names() -> None:
    names = ["seed 1", "seed 2", "seed 3"]
    known = [{"lr": 0.1, "seed": 1.0}, {"lr": 0.2, "seed": 2.0}, {"lr": 0.1, "seed": 3.0}]
    assert recipes_of_names(names, known) == []
    assert recipes(known) == [[0, 2]]
