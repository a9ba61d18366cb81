"""Small runs with representations."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tensorboard_plugin_deeptracker import SummaryWriter

IMAGES = 130
STEPS = (10, 20, 30, 40)


def write_run(run: Path, steps: tuple[int, ...] = STEPS, scores: bool = True) -> None:
    """Features of four classes that move apart; images 5 and 6 are the same, 7 is not finite."""
    rng = np.random.default_rng(0)
    labels = np.arange(IMAGES) % 4
    centers = rng.standard_normal((4, 6))
    noise = rng.standard_normal((IMAGES, 6))
    with SummaryWriter(run) as writer:
        writer.add_validation_set(labels, list("abcd"), ids=[f"image {i}" for i in range(IMAGES)])
        for step in steps:
            features = centers[labels] * step / 10 + noise
            logits = -((features[:, None] - centers * step / 10) ** 2).sum(axis=2)
            features[6], features[7] = features[5], np.nan
            writer.add_representations(features, step, logits if scores else None)
            writer.add_predictions(logits.argmax(axis=1), step)
