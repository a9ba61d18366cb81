"""Whether the machine has other work."""

from __future__ import annotations

import time
from pathlib import Path

_STAT = Path("/proc/stat")
_SECONDS = 0.3
# Of the time of all cores.
_IDLE = 0.9


def is_idle(stat: Path = _STAT, seconds: float = _SECONDS) -> bool:
    """Whether the cores have next to nothing to do; False where the system does not tell.

    Args:
        stat: Where Linux counts what they did.
        seconds: How long to look.
    """
    try:
        before = _times(stat)
        time.sleep(seconds)
        after = _times(stat)
    except (OSError, ValueError, IndexError):
        return False
    passed = [now - then for now, then in zip(after, before, strict=True)]
    # The fourth is idle, the fifth waits for a disk.
    return sum(passed) > 0 and sum(passed[3:5]) > _IDLE * sum(passed)


def _times(stat: Path) -> list[int]:
    """What all cores together did, in ticks."""
    name, *ticks = stat.read_text().split("\n", 1)[0].split()
    if name != "cpu" or len(ticks) < 5:
        raise ValueError(f"{stat} does not begin with the times of all cores")
    return [int(each) for each in ticks]
