"""The run of the documents' examples: no training, but what one could have logged."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tensorboard_plugin_deeptracker import SummaryWriter

CLASSES = "cat", "deer", "dog", "truck"
# Of each class; the last image of the first class is labelled as one of the third.
IMAGES = 20
STEPS = range(0, 300, 10)


def write_example_run(directory: Path) -> None:
    """A small network that learns four classes; at iteration 150, deer are suddenly learned."""
    rng = np.random.default_rng(0)
    true = np.repeat(np.arange(len(CLASSES)), IMAGES)
    labels = true.copy()
    labels[IMAGES - 1] = 2
    pictures = (true[:, None, None, None] * 60 + rng.integers(0, 60, (len(true), 8, 8, 3))).astype(
        np.uint8
    )
    own = rng.normal(size=(len(true), len(CLASSES)))
    conv = nn.Conv2d(3, 8, 3)
    layers = {"conv": conv, "flat": nn.Flatten(), "head": nn.Linear(288, 4)}
    model = nn.Sequential(OrderedDict(layers))
    with SummaryWriter(directory) as writer, torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.from_numpy(rng.normal(size=parameter.shape)))
        writer.add_model(model)
        writer.add_validation_set(labels, CLASSES, images=pictures)
        for step in STEPS:
            for parameter in model.parameters():
                parameter.data += 0.01 * torch.from_numpy(rng.normal(size=parameter.shape))
            if step == 150:
                conv.weight.data[2] += 1.0
            skill = np.full(len(CLASSES), step / 50)
            skill[1] = 0.0 if step < 150 else 6.0
            scores = own + 0.1 * rng.normal(size=own.shape)
            scores[np.arange(len(true)), true] += skill[true]
            writer.add_weights(model, step)
            writer.add_predictions(scores.argmax(axis=1), step, scores=scores)
