"""Waiting for what has to happen: a test goes on as soon as it has."""

from __future__ import annotations

import time
from collections.abc import Callable

# Seconds after which it never will: no machine is as busy as that.
PATIENCE = 300.0


def until(holds: Callable[[], object], why: Callable[[], str] = lambda: "waited in vain") -> None:
    """Waits for something that has to happen soon; `why` says what did not."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, why()
        time.sleep(0.02)
