"""Signs of a whole log: at once or dump by dump, and of a run that stands still."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tensorboard_plugin_deeptracker.features.histories.compute import Scores
from tensorboard_plugin_deeptracker.features.signs.compute import Sign, Watch, signs
from tensorboard_plugin_deeptracker.features.signs.compute.images import ImagesCourse
from tensorboard_plugin_deeptracker.features.signs.compute.of_runs import overfitting
from tensorboard_plugin_deeptracker.features.signs.compute.validation import Validation
from tests.logs import (
    SessionLog,
    open_run,
    small_model,
    small_representations,
    small_validation_set,
)

ROWS, IMAGES = 40, 60


def shown(found: list[Sign]) -> list[tuple[object, ...]]:
    return [
        (*each.about, each.first_step, each.last_step, each.severity, each.says, len(each.evidence))
        for each in found
    ]


def key(sign: Sign) -> tuple[object, ...]:
    return (*sign.about, sign.first_step)


def write(log: SessionLog, row: int, still: bool = False) -> None:
    """A dump and a validation of a run in which much goes wrong, or nothing happens at all."""
    model, images = small_model(4, 6), small_validation_set(20, 20, 20)
    rng = np.random.default_rng(0 if still else row)
    nodes = sum(1 for _ in model.root.walk())
    filters = rng.uniform(1e-3, 2e-3, (len(model.measures), model.filters)).astype(np.float32)
    statistics = rng.uniform(1e-3, 2e-3, (len(model.statistics), nodes)).astype(np.float32)
    predicted = images.labels.copy()
    predicted[rng.random(IMAGES) < 0.2] = 0
    if not still and row > 20:
        filters[0, :4] = filters[-1, :4] = 0
        predicted[images.labels == 2] = 0
        statistics[:, 2] *= 1e3
    log.dump(row, filters, statistics)
    log.validation(row, predicted.tolist(), 3)
    log.representations(row, small_representations(IMAGES, 3, 0 if still else row))


def begin(log: SessionLog) -> None:
    log.model(small_model(4, 6))
    log.validation_set(small_validation_set(20, 20, 20))


def test_dump_by_dump_is_the_same_as_at_once(tmp_path: Path) -> None:
    watch, run = Watch(), open_run(tmp_path / "run")
    first_told: dict[tuple[object, ...], int] = {}
    with SessionLog(tmp_path / "run") as log:
        begin(log)
        for row in range(ROWS):
            write(log, row)
            run.refresh()
            watch.take(run.snapshot)
            for each in watch.signs:
                first_told.setdefault(key(each), row)
    at_once = open_run(tmp_path / "run")
    at_once.refresh()
    found = signs(at_once.snapshot)
    assert shown(found) == shown(watch.signs)
    assert any(each.severity >= 0.5 for each in found)
    # What is there in the end was said at the dump at which it begins.
    for each in found:
        if each.severity >= 0.5:
            assert first_told[key(each)] == each.first_step


def test_a_run_whose_numbers_are_constant_has_no_sign(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "run") as log:
        begin(log)
        for row in range(ROWS):
            write(log, row, still=True)
    run = open_run(tmp_path / "run")
    run.refresh()
    assert shown(signs(run.snapshot)) == []


def course_of(losses: list[float]) -> ImagesCourse:
    images = small_validation_set(4, 4)
    course = ImagesCourse(images)
    for step, loss in enumerate(losses):
        probability = np.full((1, 8), np.exp(-loss), np.float64)
        scores = Scores(np.zeros((1, 8)), probability, np.zeros((1, 8), np.int64))
        course.add(Validation(step, images.labels, scores))
    return course


def test_overfitting_is_a_rising_loss_beside_a_falling_one() -> None:
    falling = [2 * 0.9**row for row in range(ROWS)]
    rising = falling[:15] + [falling[14] * 1.05 ** (row - 14) for row in range(15, ROWS)]
    (found,) = overfitting(course_of(falling), course_of(rising), "validation")
    # 10 % above its lowest from the second row on, at eight in a row, and then twice the other's.
    assert 15 + 2 + 7 - 1 <= found.first_step < ROWS - 1
    lowest = f"was lowest at 14, {falling[14]:.3g}, and is {rising[-1]:.3g}"
    assert f"The loss of validation {lowest}; that of the training images is" in found.says
    assert found.last_step == ROWS - 1
    assert not list(overfitting(course_of(falling), course_of(falling), "validation"))
    assert not list(overfitting(course_of(rising), course_of(rising), "validation"))
