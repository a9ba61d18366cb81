"""The tools: what the commands of the same names answer with `--json`."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import orjson

from ..compute.errors import InvalidQuestionError, NotFoundError
from ..http.answers import to_json
from ..index import discover
from ..reader import brief
from ..reader.errors import LogError
from ..reader.run import Run, open_run

Answer = dict[str, Any]

# Runs that stay open.
_OPEN = 8


class Tools:
    """Answers about the runs below a directory; one at a time.

    Args:
        logdir: The directory, or an address.
    """

    def __init__(self, logdir: str) -> None:
        self._logdir = logdir
        self._open: OrderedDict[str, Run] = OrderedDict()
        self._lock = threading.Lock()

    def all(self) -> list[Callable[..., Answer]]:
        """The tools, in the order in which one asks."""
        return [
            self.runs, self.story, self.signs, self.class_, self.image, self.anomaly, self.compare,
        ]  # fmt: skip

    def runs(self, top: int = 100) -> Answer:
        """Lists the runs and how much was logged in each. Begin here: every other tool takes one of these names."""
        with self._lock:
            return _said(brief.runs(self._logdir, top))

    def story(self, run: str, image_set: str | None = None) -> Answer:
        """What happened in a run, in at most eight sentences that are true of its data."""
        with self._lock:
            return _said(brief.story(self._run(run), image_set))

    def signs(
        self, run: str, top: int = brief.TOP, severity: float = 0.0, kind: str = ""
    ) -> Answer:
        """What goes wrong in a run, the worst first, with what is usually done about it. An alarm has a severity of 0.5 or more."""
        with self._lock:
            return _said(brief.signs(self._run(run), top, severity, kind))

    def class_(
        self, run: str, name: str, image_set: str | None = None, top: int = brief.TOP
    ) -> Answer:
        """How a class was learned: its error over time, when it was learned, its anomalies, what it is predicted as, its hardest images."""
        with self._lock:
            return _said(brief.class_(self._run(run), name, image_set, top))

    def image(
        self,
        run: str,
        id: str,
        image_set: str | None = None,
        top: int = brief.TOP,
    ) -> Answer:
        """What became of an image: what it was predicted as when, how often it was forgotten, how probably its label is wrong (suspicion)."""
        with self._lock:
            return _said(brief.image(self._run(run), id, image_set, top))

    def anomaly(
        self, run: str, step: int | None = None, image_set: str | None = None, top: int = brief.TOP
    ) -> Answer:
        """Iterations at which many images of a class flipped at once; with a step, what flipped there and which filters moved most just then."""
        with self._lock:
            opened = self._run(run)
            if step is None:
                return _said(brief.anomalies(opened, image_set, top))
            return _said(brief.anomaly(opened, step, image_set, top))

    def compare(
        self,
        a: str,
        b: str,
        image_set: str = "validation",
        step_a: int | None = None,
        step_b: int | None = None,
        top: int = brief.TOP,
    ) -> Answer:
        """Compares two runs at their last validations, or at a step of each: images that B has wrong and A right (lost), and the other way round (won), with intervals and McNemar's exact test."""
        with self._lock:
            if (step_a is None) != (step_b is None):
                raise InvalidQuestionError("step_a and step_b: give both, or neither")
            steps = None if step_a is None or step_b is None else (step_a, step_b)
            return _said(brief.compare(self._run(a), self._run(b), image_set, steps, top))

    def _run(self, name: str) -> Run:
        """A run by its name; it may have grown since it was asked about."""
        known = self._open.pop(name, None)
        if known is not None:
            try:
                known.refresh()
            except LogError:  # Another log lies there now.
                known = None
        self._open[name] = known = known or open_run(self._path(name))
        while len(self._open) > _OPEN:
            self._open.popitem(last=False)
        return known

    def _path(self, name: str) -> str:
        """Where a run lies: below the directory, whatever it is called."""
        for path in (PurePosixPath(name), PureWindowsPath(name)):
            if path.is_absolute() or path.drive or ".." in path.parts or discover.is_address(name):
                raise NotFoundError(f"{name!r} is no name of a run: runs lists them")
        return self._logdir if name in ("", ".") else f"{self._logdir.rstrip('/')}/{name}"


def _said(answer: Answer) -> Answer:
    """An answer as JSON holds it, as the commands write it."""
    said: Answer = orjson.loads(to_json(answer))
    return said
