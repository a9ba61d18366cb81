"""All kinds of signs, in the order in which docs/signs.md has them."""

from __future__ import annotations

from . import of_features, of_images, of_layers, of_runs, of_scalars, of_trained, of_updates
from .of_images import NOT_FINITE
from .sign import Kind

KINDS: tuple[Kind, ...] = tuple(
    dict.fromkeys(
        (
            NOT_FINITE,
            *(rule.kind for rule in of_features.RULES),
            *(rule.kind for rule in (*of_images.RULES, *of_trained.RULES)),
            of_runs.OVERFITTING,
            *(rule.kind for rule in of_layers.RULES),
            of_updates.RATIO_LOW,
            of_updates.RATIO_HIGH,
            of_layers.RESTLESS,
            *of_scalars.KINDS,
        )
    )
)
