"""Logs models of torchvision, untrained, as a user's script would.

python -m tests.browser.models LOGDIR
"""

from __future__ import annotations

import sys
from pathlib import Path

NAMES = ("resnet50", "inception_v3", "densenet121", "efficientnet_b0", "convnext_tiny", "vit_b_16")


def log(logdir: Path, name: str) -> None:
    """Writes the run of one model."""
    # Whoever only needs the names does without.
    import torch
    import torchvision

    from tensorboard_plugin_deeptracker import SummaryWriter

    torch.manual_seed(0)
    # Inception's own initialisation takes a minute.
    options = {"init_weights": False} if name == "inception_v3" else {}
    model = torchvision.models.get_model(name, weights=None, **options)
    size = 299 if name == "inception_v3" else 224
    with SummaryWriter(logdir / name) as writer:
        writer.add_model(model, torch.zeros(1, 3, size, size))
        writer.add_weights(model, 0)


if __name__ == "__main__":
    for model_name in sys.argv[2:] or NAMES:
        log(Path(sys.argv[1]), model_name)
