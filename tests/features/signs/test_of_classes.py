"""Rules about classes and their images, on courses of numbers, against plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.signs.compute import of_images
from tensorboard_plugin_deeptracker.features.signs.compute.images import ImagesCourse
from tests.logs import small_validation_set

CLASSES, ROWS, NAN = 4, 50, float("nan")
Table = Sequence[Sequence[float]]
RULES = {rule.kind.name: rule for rule in of_images.RULES}


def course(**given: Any) -> ImagesCourse:
    """A course of these numbers, [rows, things] each."""
    found = ImagesCourse(small_validation_set(*[5] * CLASSES), trained=False)
    rows = len(next(iter(given.values())))
    for name, values in given.items():
        for row in values:
            getattr(found, name).add(np.asarray(row))
    found.steps += range(0, 10 * rows, 10)
    return found


def drawn(seed: int) -> NDArray[np.float64]:
    """Shares of classes that are learned in turn, of which some are lost for a while."""
    rng = np.random.default_rng(seed)
    values = np.zeros((ROWS, CLASSES))
    for c in range(CLASSES):
        values[int(rng.integers(0, 12)) :, c] = rng.uniform(0.35, 0.95)
    values += rng.normal(0, 0.02, values.shape)
    for _ in range(4):
        start, length = int(rng.integers(9, ROWS)), int(rng.choice([2, 3, 6, 9, 20]))
        values[start : start + length, rng.integers(CLASSES)] = rng.choice([0, 0.01, 0.05, 0.09])
    if seed % 3 == 0:
        values[:, rng.integers(CLASSES)] = rng.choice([0.0, 0.03, 0.06])
    found: NDArray[np.float64] = np.clip(values, 0, 1)
    return found


def lost(right: Table, informed: Table, row: int, thing: int) -> float:
    """Hardly any right for three validations, or nearly none for eight."""
    own, told = ([each[thing] for each in table[: row + 1]] for table in (right, informed))
    found = []
    for most, rows, before, had in ((0.1, 3, 8, min), (0.02, 8, 10, median)):
        past, now = told[-rows - before : -rows], own[-rows:]
        known = len(own) >= rows + before and had(past) >= 0.4
        found.append(most / max(*now, most / 4) if known else 0.0)
    return max(found)


def never(right: Table, informed: Table, row: int, thing: int) -> float:
    """Never more than a twentieth, while half of the middle class is right."""
    del informed
    if row < 17:
        return 0.0
    if min(median(each) for each in right[row - 9 : row + 1]) < 0.5:
        return 0.0
    return 0.05 / max(*(each[thing] for each in right[: row + 1]), 0.05 / 4)


PLAIN: dict[str, Callable[[Table, Table, int, int], float]] = {
    "class_lost": lost,
    "class_never_learned": never,
}


@pytest.mark.parametrize("name", PLAIN)
def test_against_plain_python(name: str) -> None:
    reached = 0
    for seed in range(24):
        right = drawn(seed)
        informed = right.copy()
        if seed % 4 == 0:
            informed[:, seed % CLASSES] -= 0.5  # As many of the others are predicted as it.
        looked_at = course(right=right, informedness=informed)
        tables = right.tolist(), informed.tolist()
        for row in range(ROWS):
            found = RULES[name].at(looked_at, row)
            plain = [PLAIN[name](*tables, row, thing) for thing in range(CLASSES)]
            assert found.tolist() == pytest.approx(plain, rel=1e-9)
            reached += int((found >= 1).sum())
    assert reached > 20


def confusion(confused: list[float], others: list[int], row: int) -> float:
    """A fifth more than before at eight validations, as one and the same other class."""
    if row < 18 or len(set(others[row - 7 : row + 1])) > 1:
        return 0.0
    start = row - 7
    rise = min(confused[start : row + 1]) - median(confused[start - 10 : start])
    if rise < 0.2:
        return rise / 0.2
    past = confused[max(0, start - 50) : start]
    spread = max(0.02, 1.4826 * median(abs(each - median(past)) for each in past))
    return min(rise / 0.2, (confused[start] - median(past)) / spread / 6)


def test_a_class_that_is_predicted_as_another_more_and_more() -> None:
    reached = 0
    for seed in range(16):
        rng = np.random.default_rng(seed)
        confused = rng.uniform(0, 0.15, (ROWS, CLASSES))
        confused[int(rng.integers(15, 40)) :, 1] += rng.choice([0.1, 0.2, 0.3, 0.6])
        others = np.full((ROWS, CLASSES), 2)
        others[rng.integers(0, ROWS, 3), 1] = 3
        looked_at = course(confused=confused, confused_as=others)
        for row in range(ROWS):
            found = RULES["confusion_growing"].at(looked_at, row)
            plain = [
                confusion(confused[:, c].tolist(), others[:, c].tolist(), row)
                for c in range(CLASSES)
            ]
            assert found.tolist() == pytest.approx(plain, rel=1e-9)
            reached += int((found >= 1).sum())
    assert reached > 20


def test_a_loss_that_rises_again() -> None:
    """At five validations in a row, by how much above the lowest so far."""
    reached = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        loss = np.exp(
            rng.normal(0, 0.05, ROWS) + np.abs(np.linspace(-0.6, rng.uniform(0, 1), ROWS))
        )
        loss[rng.random(ROWS) < 0.04] = NAN
        looked_at = course(same_loss=loss[:, None])
        for row in range(ROWS):
            last = loss[row - 4 : row + 1].tolist()
            expected = 0.0
            if row >= 12 and not any(map(math.isnan, last)):
                best = [np.nanmin(loss[: each + 1]) for each in range(row - 4, row + 1)]
                rises = [math.log(now / low) for now, low in zip(last, best, strict=True)]
                expected = min(rises) / 0.15
            (found,) = RULES["overtraining"].at(looked_at, row).tolist()
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
            reached += found >= 1
    assert reached > 5


def test_what_is_said_has_the_numbers_of_the_stretch() -> None:
    right = np.full((30, CLASSES), 0.8)
    right[20:, 1] = [0.05, 0.04, 0.03, 0.02, 0.06, 0, 0, 0, 0, 0]
    assert RULES["class_lost"].says(course(right=right, informedness=right), 1, 22, 24) == (
        "Of class 1, 80% were right before 200, 6% are then."
    )
    right[:, 1] = 0
    right[3, 1] = 0.04
    assert RULES["class_never_learned"].says(course(right=right), 1, 18, 29) == (
        "Of class 1, never more than 4% were right, while 80% of the middle class are."
    )
    confused = np.full((30, CLASSES), 0.1)
    confused[20:, 1] = 0.5
    looked_at = course(confused=confused, confused_as=np.full((30, CLASSES), 2))
    assert RULES["confusion_growing"].says(looked_at, 1, 27, 29) == (
        "50% of class 1 are predicted as class 2; 10% were predicted as one class before 200."
    )
    loss = np.full((30, 1), 0.9)
    loss[[7, 29]] = [[0.5], [1.2]]
    assert RULES["overtraining"].says(course(same_loss=loss), 0, 20, 29) == (
        "The mean loss was lowest at 70, 0.5, and is 1.2 at 290."
    )
