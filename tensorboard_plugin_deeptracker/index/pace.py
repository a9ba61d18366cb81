"""How eagerly runs are followed."""

from __future__ import annotations

from dataclasses import dataclass

from .run import EAGER_BYTES


@dataclass(frozen=True)
class Pace:
    """When a registry's thread looks for news, and how much it does at once.

    Attributes:
        interval: Seconds between two looks.
        idle: Seconds without a question after which there are no more looks.
        kept: Seconds for which a run is kept open that nobody asks about and that does not grow.
        walk_share: Part of the time that walking the log directories may take.
        first_walk: Seconds that the very first question waits for a walk; None: for it to end.
        first_scan: Seconds that questions after a pause wait for a look; None: for it to end.
        eager_bytes: Payloads that are compared with their checksums before they are published.
        background_bytes: The same at each look thereafter, for the runs that are asked about.
    """

    interval: float = 1.0
    idle: float = 60.0
    kept: float = 300.0
    walk_share: float = 0.1
    first_walk: float | None = 1.0
    first_scan: float | None = 5.0
    eager_bytes: int = EAGER_BYTES
    background_bytes: int = 256 << 20
