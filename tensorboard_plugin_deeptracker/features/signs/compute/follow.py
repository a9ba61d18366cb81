"""The signs of a run that this very process logs: what the viewer would say of it at the moment."""

from __future__ import annotations

from pathlib import Path

from ....events.kinds import Kinds
from ....index.run import Run
from .sign import ALARM, Sign
from .watch import signs


class Follower:
    """Looks at a log, also of earlier sessions, as the viewer does.

    Args:
        path: The run's directory.
        kinds: The kinds of records that are known.
    """

    def __init__(self, path: Path, kinds: Kinds) -> None:
        self._run = Run("run", path, kinds)
        self._raised: list[Sign] = []

    def look(self) -> list[Sign]:
        """The alarms that were not there the last time, most severe first.

        Raises:
            DamagedRecordError, OSError: See `columns` in `index.reading`.
        """
        self._run.refresh()
        alarms = [each for each in signs(self._run.snapshot) if each.severity >= ALARM]
        new = [each for each in alarms if not any(_goes_on(each, one) for one in self._raised)]
        self._raised += new
        return new

    @property
    def signs(self) -> list[Sign]:
        """All signs at the last look."""
        return signs(self._run.snapshot)


def _goes_on(sign: Sign, before: Sign) -> bool:
    """Whether a sign is what was said before, of more dumps or of more layers or classes."""
    return (
        sign.kind is before.kind
        and sign.image_set == before.image_set
        and sign.first_step <= max(before.last_step, before.first_step)
    ) or sign.about == before.about
