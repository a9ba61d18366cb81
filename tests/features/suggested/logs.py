"""A run with planted truth: classes of two difficulties, and one that flips as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.logs import SessionLog, random_dump, small_model, small_validation_set

CLASSES, IMAGES, VALIDATIONS = 8, 20, 60
JOINT = 30


def write_planted(
    run: Path,
    image_set: str = "validation",
    *,
    joint: bool = True,
    n: int = VALIDATIONS,
    easy: float = 0.1,
    hard: float = 0.7,
) -> None:
    """Writes the run; it has as many dumps as validations.

    Args:
        run: Its directory.
        image_set: Whose predictions.
        joint: Whether class 3 flips as one, after eight validations, at validation `JOINT`.
        n: Number of validations.
        easy: How often the images of classes 0, 3, 4 and 7 are wrong, each on its own.
        hard: Likewise of the others.
    """
    rng = np.random.default_rng(3)
    images = small_validation_set(*[IMAGES] * CLASSES)
    rate = np.where(np.isin(images.labels, [1, 2, 5, 6]), hard, easy)
    model = small_model(400, 200)
    with SessionLog(run) as log:
        log.model(model)
        log.validation_set(images, image_set)
        for step in range(n):
            log.dump(step, *random_dump(model, step))
            wrong = rng.random(len(rate)) < rate
            if joint:
                wrong[images.labels == 3] = JOINT - 8 <= step < JOINT
            predicted = np.where(wrong, (images.labels + 1) % CLASSES, images.labels)
            log.validation(step, predicted.tolist(), CLASSES, image_set)
