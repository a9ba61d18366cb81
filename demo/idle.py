"""Whether the machine has other work."""

from __future__ import annotations

_SECONDS = 0.3
# Of the time of all cores, in percent.
_IDLE = 90


def is_idle() -> bool:
    """Whether the cores have next to nothing to do; it looks for a moment."""
    # Not above: the demo is asked for help before anything is installed.
    import psutil

    passed = psutil.cpu_times_percent(_SECONDS)
    # On Linux what waits for a disk is counted apart.
    return bool(passed.idle + getattr(passed, "iowait", 0) > _IDLE)
