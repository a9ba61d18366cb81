"""Nothing goes wrong: what all others are to be compared with."""

from __future__ import annotations

from .lab import Lab


def study(lab: Lab) -> None:
    """All digits, a rate that falls once."""
    with lab.run("healthy") as training:
        training.learn(400, dumps=40)
        training.learn(200, rate=0.01, dumps=20)
