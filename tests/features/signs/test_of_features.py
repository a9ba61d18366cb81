"""Rules about representations, on courses of numbers, against plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import median

import numpy as np
import pytest
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.signs.compute import of_features
from tensorboard_plugin_deeptracker.features.signs.compute.representations import FeaturesCourse
from tests.logs import small_validation_set

ROWS, NAN = 60, float("nan")
RULES = {rule.kind.name: rule for rule in of_features.RULES}
COURSES = ("overlap", "purity", "between", "constant", "rank", "not_finite")


def course(**given: NDArray[np.float64] | list[float]) -> FeaturesCourse:
    """A course of these numbers, one a record; one half where none are given."""
    found = FeaturesCourse(small_validation_set(4, 4))
    rows = len(next(iter(given.values())))
    for name in COURSES:
        for value in given.get(name, [0.5] * rows):
            getattr(found, name).add(float(value))
    found.steps += range(0, 10 * rows, 10)
    return found


def drawn(seed: int) -> list[float]:
    """A share that goes up, and falls now and then, for a while or for one record."""
    rng = np.random.default_rng(seed)
    values = np.clip(0.3 + 0.5 * np.linspace(0, 1, ROWS) + rng.normal(0, 0.02, ROWS), 0, 1)
    for _ in range(4):
        start, length = int(rng.integers(9, ROWS)), int(rng.choice([1, 4, 5, 9]))
        values[start : start + length] *= rng.choice([0.3, 0.6, 0.85])
    values[rng.random(ROWS) < 0.02] = NAN
    found: list[float] = values.tolist()
    return found


def known(values: list[float]) -> list[float]:
    return [each for each in values if not math.isnan(each)]


def held(values: list[float]) -> float:
    """The least of the last five; 0 if there are fewer, or one is not known."""
    last = values[-5:]
    return min(last) if len(known(last)) == 5 else 0.0


def below_best(values: list[float]) -> list[float]:
    """How far each is below the best so far, as a share of it."""
    return [1 - value / max(known(values[: i + 1]), default=NAN) for i, value in enumerate(values)]


def overlap(values: list[float]) -> float:
    *before, now = values
    if len(before) < 9 or math.isnan(now):
        return 0.0
    past = known(before[-50:])
    center = median(past)
    spread = max(0.01, 1.4826 * median(abs(each - center) for each in past))
    fall = median(known(before[-8:])) - now
    return min(fall / 0.08, (center - now) / spread / 6) if len(past) >= 8 else 0.0


def purity(values: list[float]) -> float:
    return 0.0 if len(values) < 14 else max(0.0, held(below_best(values[8:])) / 0.2)


def collapse(values: list[float]) -> float:
    return max(0.0, held(below_best(values[8:])) / 0.4)


def dead(values: list[float]) -> float:
    least = [min(known(values[: i + 1]), default=NAN) for i in range(len(values))]
    both = [
        NAN if math.isnan(own) else min(own / 0.5, (own - low) / 0.2)
        for own, low in zip(values, least, strict=True)
    ]
    return max(0.0, held(both))


def rank(values: list[float]) -> float:
    if len(values) < 22 or len(known(values[-5:])) < 5:
        return 0.0
    usual = known(values[-13:-5])
    return max(0.0, math.log2(median(usual) / max(values[-5:]))) if usual else 0.0


PLAIN: dict[str, tuple[str, Callable[[list[float]], float]]] = {
    "overlap_falling": ("overlap", overlap),
    "purity_falling": ("purity", purity),
    "classes_collapse": ("between", collapse),
    "dead_dimensions": ("constant", dead),
    "rank_falling": ("rank", rank),
}


@pytest.mark.parametrize("name", PLAIN)
def test_against_plain_python(name: str) -> None:
    about, plain = PLAIN[name]
    reached = 0
    for seed in range(16):
        values = drawn(seed)
        if name == "dead_dimensions":
            values = [1 - each for each in values]
        looked_at = course(**{about: values})
        for row in range(ROWS):
            (found,) = RULES[name].at(looked_at, row).tolist()
            assert found == pytest.approx(plain(values[: row + 1]), rel=1e-9, abs=1e-12)
            reached += found >= 1
    assert reached > 2


def test_what_is_said_has_the_numbers_of_the_stretch() -> None:
    values = [0.1 * (i % 9) for i in range(20)]
    values[10:14] = [0.9, 0.4, 0.3, 0.2]
    looked_at = course(overlap=values, purity=values, between=values, constant=values, rank=values)

    def says(name: str, first: int, last: int) -> str:
        return RULES[name].says(looked_at, 0, first, last)

    assert says("overlap_falling", 12, 13) == (
        "Of an image's neighbours, 30% are those of the record before; 55% usually are."
    )
    assert says("purity_falling", 12, 13) == (
        "20% of an image's neighbours have its label; 90% had at 100."
    )
    assert says("classes_collapse", 12, 13) == (
        "20% of the features' variance is between classes; it was 90%."
    )
    assert says("dead_dimensions", 12, 13) == (
        "20% of the features' dimensions are the same for all images; 0% were."
    )
    assert says("rank_falling", 17, 19) == ("The features use 0.1 directions; they used 0.6.")
    wrong = course(not_finite=[0, 3, 7, 2])
    assert [RULES["not_finite"].at(wrong, row)[0] for row in range(4)] == [0, 60, 60, 60]
    assert RULES["not_finite"].says(wrong, 0, 1, 3).startswith("Up to 7 images")
