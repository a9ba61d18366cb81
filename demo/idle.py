"""Whether the machine has other work."""

from __future__ import annotations

import time

_SECONDS = 0.3
# Of the time of all cores.
_IDLE = 0.9


def is_idle() -> bool:
    """Whether the cores have next to nothing to do; it looks for a moment."""
    # Not above: the demo is asked for help before anything is installed.
    import psutil

    before = psutil.cpu_times()
    time.sleep(_SECONDS)
    after = psutil.cpu_times()
    # `psutil.cpu_times_percent` takes less than a second of all cores together for a whole one.
    passed = {name: getattr(after, name) - getattr(before, name) for name in after._fields}
    # On Linux what waits for a disk is counted apart.
    idle = passed["idle"] + passed.get("iowait", 0.0)
    return bool(idle > _IDLE * sum(passed.values()))
