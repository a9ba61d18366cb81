"""Signs of what goes wrong, said while the training runs."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable
from typing import Any

from ..features import kinds
from ..features.signs.compute import KINDS, Follower, Sign
from ..writer import SummaryWriter

_log = logging.getLogger("tensorboard_plugin_deeptracker.signs")
TAG = "deeptracker/signs"


def check_kinds(stop_on: Iterable[str]) -> frozenset[str]:
    """The kinds of signs that are to stop a training.

    Raises:
        ValueError: There is no such kind; says which there are.
    """
    known = {kind.name for kind in KINDS}
    if isinstance(stop_on, str):
        raise ValueError(f"stop_on must be names of kinds, as ({stop_on!r},)")
    wrong = sorted(set(stop_on) - known)
    if wrong:
        raise ValueError(
            f"stop_on has {wrong[0]!r}, which is no kind of signs: {', '.join(sorted(known))}"
        )
    return frozenset(stop_on)


class Signs:
    """Looks for alarms beside the training, and says them in it.

    Args:
        writer: Whose log is looked at.
        on_sign: Called in the training's thread with each alarm; None: with nothing.
        report: Told what went wrong here.
    """

    def __init__(
        self,
        writer: SummaryWriter,
        on_sign: Callable[[Sign], Any] | None,
        report: Callable[[int, Exception], None],
    ) -> None:
        self._writer = writer
        self._on_sign = on_sign
        self._report = report
        self._follower: Follower | None = None
        self._found: queue.SimpleQueue[Sign | Exception] = queue.SimpleQueue()
        self._looking = threading.Event()
        # Kinds of alarms that were said.
        self.kinds: set[str] = set()

    def look(self) -> None:
        """Has somebody look, when what was logged is written; waits for nothing."""
        if not self._looking.is_set():
            self._looking.set()
            self._writer.after_writing(self._look)

    def say(self, step: int) -> bool:
        """Says what was found since the last time; returns whether there was anything.

        Args:
            step: The iteration that is known.
        """
        any_found = False
        while True:
            try:
                found = self._found.get_nowait()
            except queue.Empty:
                return any_found
            if isinstance(found, Exception):
                self._report(step, found)
                continue
            any_found = True
            self.kinds.add(found.kind.name)
            try:
                _log.warning("Iteration %s: %s. %s", found.first_step, found.kind.title, found.says)
                self._writer.add_text(TAG, _text(found), found.first_step)
                if self._on_sign is not None:
                    self._on_sign(found)
            except Exception as error:  # It is the user's, and ends no training.
                self._report(step, error)

    def close(self, step: int) -> None:
        """Says what is left, when all is written."""
        self._looking.clear()
        self.look()
        self._writer.flush()
        self.say(step)

    def _look(self) -> None:
        self._looking.clear()
        try:
            self._writer.write_scalars()
            if self._follower is None:
                self._follower = Follower(self._writer.run_directory, kinds())
            for sign in self._follower.look():
                self._found.put(sign)
        except Exception as error:
            self._found.put(error)


def _text(sign: Sign) -> str:
    """Markdown, for TensorBoard's text view."""
    parts = [f"**{sign.kind.title}** (severity {sign.severity:.2f}). {sign.says}"]
    about = [each for each in (sign.image_set, sign.class_name, sign.layer) if each]
    if about:
        parts.append(f"About: {', '.join(about)}.")
    if sign.evidence:
        titles = dict.fromkeys(each.kind.title for each in sign.evidence)
        parts.append(f"Evidence: {'; '.join(titles)}.")
    if sign.kind.advice:
        advice = sign.kind.advice
        parts.append(f"{advice.says} [{advice.source}]({advice.url})")
    return "\n\n".join(parts)
