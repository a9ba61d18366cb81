"""All runs under the log directories, kept current by one thread while anybody asks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf
from time import monotonic
from typing import TypeVar

from ..events.kinds import Kinds
from .discover import find_runs
from .memo import Memo, Store
from .opening import Opener, open_reader
from .pace import Pace
from .run import Counts, Run, Snapshot, Snapshots, ask
from .source import AnyPath, ReplacedError

_log = logging.getLogger(__name__)
T = TypeVar("T")
# Seconds that the thread leaves between two records while questions are being answered.
_GIVE_WAY = 0.05


class UnknownRunError(LookupError):
    """There is no run of that name."""


class Registry:
    """The runs under some directories.

    A thread looks for news; it starts with the first question and ends when there are no more.

    Args:
        roots: Directories with the group name of their runs; see `discover.roots`.
        kinds: The kinds of records that are known.
        pace: See `Pace`.
        store: Keeps what is computed from all runs; one of its own if None.
        opener: Opens the files of the logs.
        find: Finds other runs than those under the directories, by their names.

    Attributes:
        pace: May be changed at any time.
    """

    def __init__(
        self,
        roots: Mapping[str, str | None],
        kinds: Kinds,
        pace: Pace | None = None,
        store: Store | None = None,
        opener: Opener = open_reader,
        find: Callable[[], Mapping[str, AnyPath]] | None = None,
    ) -> None:
        self.pace = pace or Pace()
        self._find = find or (lambda: find_runs(roots))
        self._kinds = kinds
        self._store = store or Store()
        self._opener = opener
        self._paths: dict[str, AnyPath] = {}
        self._runs: dict[str, Run] = {}
        self._failed: set[str] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._first = True
        self._walked = threading.Event()
        self._scanned = threading.Event()
        self._stop = threading.Event()
        self._asked = 0.0
        self._answering = 0
        self._next_walk = 0.0

    def active(self) -> bool:
        """Whether there is any run, as far as is known.

        TensorBoard's page asks once, when it is opened, and keeps a tab that is not active
        out of sight. So the very first time this waits a moment for an answer; then never.
        """
        self._wake()
        if self._first:
            self._walked.wait(self.pace.first_walk)
            self._first = False
        return bool(self._paths)

    def counts(self) -> list[Counts]:
        """How much there is in every run, by name."""
        self._current()
        return [run.counts for _, run in sorted(self._runs.items())]

    def ask(self, name: str, question: Callable[[Snapshot], T]) -> T:
        """Answers a question about a run from one snapshot of it.

        Raises:
            UnknownRunError: There is no such run, or it was deleted meanwhile.
        """
        return self.ask_all([name], lambda snapshots: question(snapshots[0]))

    def ask_all(self, names: Sequence[str], question: Callable[[Snapshots], T]) -> T:
        """Answers a question about some runs from one snapshot of each.

        Raises:
            UnknownRunError: There is no such run, or it was deleted meanwhile.
        """
        self._current()
        runs = []
        for name in names:
            run = self._runs.get(name)
            if run is None:
                raise UnknownRunError(name)
            run.looked_at = monotonic()
            runs.append(run)
        try:
            with self._counted():
                return ask(runs, question)
        except ReplacedError:
            raise UnknownRunError(names[0]) from None

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Has the thread know that a question is being answered."""
        with self._lock:
            self._answering += 1
        try:
            yield
        finally:
            with self._lock:
                self._answering -= 1

    def _is_answering(self) -> bool:
        return self._answering > 0

    def close(self) -> None:
        """Stops the thread."""
        self._stop.set()
        thread = self._thread
        if thread is not None:
            thread.join()

    def _current(self) -> None:
        """Waits for a scan, but only after a pause, when nothing is being followed."""
        self._wake()
        self._scanned.wait(self.pace.first_scan)

    def _wake(self) -> None:
        self._asked = monotonic()
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                self._scanned.clear()
                self._next_walk = 0.0
                self._thread = threading.Thread(
                    target=self._work, name="deeptracker-scanner", daemon=True
                )
                self._thread.start()

    def _work(self) -> None:
        try:
            while True:
                behind = self._scan()
                self._scanned.set()
                if not behind:
                    self._stop.wait(self.pace.interval)
                elif self._is_answering():
                    # What is shown is checked by those who show it; all else can wait.
                    self._stop.wait(_GIVE_WAY)
                with self._lock:
                    if self._stop.is_set() or monotonic() - self._asked > self.pace.idle:
                        self._thread = None
                        return
        finally:
            # Should it ever fail, the next question begins anew.
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None

    def _scan(self) -> bool:
        """Takes in what is new; returns whether payloads are left to be verified."""
        self._walk()
        gone = [run for name, run in self._runs.items() if self._paths.get(name) != run.path]
        if gone:
            self._runs = {name: run for name, run in self._runs.items() if run not in gone}
        for run in gone:
            run.release()
        eager = self.pace.eager_bytes
        for name, path in self._paths.items():
            run = self._runs.get(name) or self._run(name, path)
            eager -= self._follow(run, eager)
            if name not in self._runs:  # Not before there is something to answer.
                self._runs = {**self._runs, name: run}
        # Of other runs only the counts are answered, and these take no payloads.
        behind = [run for run in self._runs.values() if run.looked_at > -inf and run.unverified]
        for run in behind:
            self._refresh(run, self.pace.background_bytes)
        return any(run.unverified for run in behind)

    def _run(self, name: str, path: AnyPath) -> Run:
        memo = Memo(self._store)
        return Run(name, path, self._kinds, memo, eager=self.pace.eager_bytes, opener=self._opener)

    def _follow(self, run: Run, verify: int) -> int:
        """Takes in what is new in a run; returns how many bytes were verified.

        Only what somebody looks at, or what grows, is kept open.
        """
        if run.name not in self._runs:
            return self._guarded(run, lambda: run.count(verify)) or 0
        if run.released and self._guarded(run, run.unchanged):
            return 0
        verified, changed = self._refresh(run, verify)
        if changed:
            run.grew_at = monotonic()
        if monotonic() - max(run.looked_at, run.grew_at) > self.pace.kept:
            run.release()
        return verified

    def _refresh(self, run: Run, verify: int) -> tuple[int, bool]:
        found = self._guarded(run, lambda: run.refresh(verify, give_way=self._is_answering))
        return found or (0, False)

    def _guarded(self, run: Run, action: Callable[[], T]) -> T | None:
        """What an action returns; None if it fails, for the thread has to go on."""
        try:
            return action()
        except Exception:
            if run.name not in self._failed:
                self._failed.add(run.name)
                _log.exception("DeepTracker could not read run %r", run.name)
            return None

    def _walk(self) -> None:
        start = monotonic()
        if start >= self._next_walk:
            self._paths = dict(self._find())
            self._walked.set()
            took = monotonic() - start
            self._next_walk = start + took / self.pace.walk_share
