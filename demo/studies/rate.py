"""A learning rate that is too high."""

from __future__ import annotations

from .lab import RATE, Lab


def study(lab: Lab) -> None:
    """Four times what is right, from the first iteration on."""
    with lab.run("rate") as training:
        training.learn(400, rate=4 * RATE)
