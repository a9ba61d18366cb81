"""A run: the sessions of its log made into one sequence, as immutable snapshots."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from ..events.kinds import Kind, Kinds, Series, Structure
from . import discover
from .joiner import Joiner
from .logfile import LogFile
from .memo import Memo
from .opening import Opener, open_reader
from .reading import Readers
from .record import DamagedRecordError, Problem, Record
from .source import AnyPath, ReplacedError

# New payloads up to this size are compared with their checksums before they are
# published; a longer log is published first, so that opening it takes no reading.
EAGER_BYTES = 32 << 20

T = TypeVar("T")


@dataclass(frozen=True)
class Counts:
    """How much there is in a run.

    Attributes:
        run: TensorBoard's name of the run.
        of: How many of each; which there are, the kinds of records say.
        last_step: The last iteration that anything was logged at; None if nothing was.
    """

    run: str
    of: Mapping[str, int]
    last_step: int | None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run as it was at one moment; all of an answer comes from one snapshot.

    Attributes:
        name: TensorBoard's name of the run.
        kinds: The kinds of records that are known.
        structures: What was read whole, by kind and key; the latest of each.
        series: Records, by kind and key: by ascending step; or in the order in which they were
            logged, where the kind says that all are kept.
        problems: What could not be read, and what is not shown or not where it was logged.
        memo: What was computed from this and earlier snapshots of the run.
        path: The run's directory, in which the user's own summaries are too; None: it has none.
    """

    name: str
    kinds: Kinds
    structures: Mapping[tuple[Structure[Any], str], Any] = field(default_factory=dict)
    series: Mapping[tuple[Series[Any], str], tuple[Record, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    memo: Memo = field(default_factory=Memo)
    path: AnyPath | None = None
    _steps: dict[tuple[Series[Any], str], NDArray[np.int64]] = field(default_factory=dict)

    @overload
    def of(self, kind: Structure[T], key: str | None = None) -> T | None: ...

    @overload
    def of(self, kind: Series[Any], key: str | None = None) -> tuple[Record, ...]: ...

    def of(self, kind: Structure[Any] | Series[Any], key: str | None = None) -> Any:
        """What there is of a kind of record: None, or no records, if nothing was logged.

        Args:
            kind: The kind.
            key: Which of several alike, e.g. an image set; the kind's usual one if None.
        """
        own = kind.usual_key if key is None else key
        if isinstance(kind, Structure):
            return self.structures.get((kind, own))
        return self.series.get((kind, own), ())

    def steps(self, kind: Series[Any], key: str | None = None) -> NDArray[np.int64]:
        """Steps of the records of a kind: int64[records], ascending."""
        own = kind, kind.usual_key if key is None else key
        if own not in self._steps:
            records = self.series.get(own, ())
            self._steps[own] = np.array([record.step for record in records], np.int64)
        return self._steps[own]

    @property
    def can_be_sent(self) -> bool:
        """Whether another process can read it: its files are on a mounted file system."""
        files = {record.file for records in self.series.values() for record in records[:1]}
        return all(file.can_be_sent for file in files)

    def part(self, kinds: Sequence[Kind]) -> Snapshot:
        """What there is of some kinds, with a memo of its own."""
        structures = {own: each for own, each in self.structures.items() if own[0] in kinds}
        series = {own: each for own, each in self.series.items() if own[0] in kinds}
        return Snapshot(self.name, Kinds(kinds), structures, series, path=self.path)

    def __reduce__(self) -> tuple[Any, ...]:
        # What was computed stays here.
        own = self.name, self.kinds, self.structures, self.series, self.problems
        return partial(Snapshot, path=self.path), own

    def keys(self, kind: Structure[Any]) -> list[str]:
        """The keys under which there is something of a kind, the usual one first."""
        found = [key for other, key in self.structures if other is kind]
        return sorted(found, key=lambda key: (key != kind.usual_key, key))

    @property
    def counts(self) -> Counts:
        """How much there is."""
        of: dict[str, int] = {}
        last = []
        for kind in self.kinds:
            if isinstance(kind, Structure):
                of.update(kind.counts(self.of(kind)))
            elif kind.count is not None and kind.in_runs:
                of[kind.count] = len(self.of(kind))
            if isinstance(kind, Series) and kind.joins == "step":
                records = (own for (each, _), own in self.series.items() if each is kind)
                last += [own[-1].step for own in records if own]
        return Counts(self.name, of, max(last, default=None))


class Run:
    """Follows a run's log.

    What was read of it can be released; then only the counts are kept, and the log is
    read anew when it has changed or somebody asks.

    Args:
        name: TensorBoard's name of the run.
        path: Its directory.
        kinds: The kinds of records that are known.
        memo: Keeps what is computed from it; one of its own if None.
        light: See `LogFile`.
        eager: Payload bytes that are compared with their checksums before the first snapshot.
        opener: Opens its files.

    Attributes:
        name: TensorBoard's name of the run.
        path: Its directory.
        counts: The latest ones; may be read at any time, by any thread.
        looked_at: When somebody last asked for more, by the monotonic clock.
        grew_at: When something new was last seen.
    """

    def __init__(
        self,
        name: str,
        path: AnyPath,
        kinds: Kinds,
        memo: Memo | None = None,
        *,
        light: bool = False,
        eager: int = EAGER_BYTES,
        opener: Opener = open_reader,
    ) -> None:
        self.name = name
        self.path = path
        self._kinds = kinds
        self._memo = memo or Memo()
        self._light = light
        self._eager = eager
        self._opener = opener
        self.counts = Snapshot(name, kinds).counts
        self.looked_at = self.grew_at = -math.inf
        self._snapshot: Snapshot | None = None
        self._files: dict[AnyPath, LogFile] = {}
        self._joiner = Joiner()
        self._versions: Mapping[AnyPath, object] = {}
        self._unverified: deque[Record] = deque()
        self._lock = threading.Lock()

    @property
    def snapshot(self) -> Snapshot:
        """The latest one; reads the log if it was released."""
        snapshot = self._snapshot
        while snapshot is None:
            self.refresh(self._eager)
            snapshot = self._snapshot
        return snapshot

    @property
    def unverified(self) -> bool:
        """Whether there are payloads that nobody has compared with their checksums."""
        return bool(self._unverified)

    @property
    def released(self) -> bool:
        """Whether only the counts are kept."""
        return self._snapshot is None

    def unchanged(self) -> bool:
        """Whether the log's files are as they were when it was last read."""
        return self._versions == discover.log_files(self.path)

    def release(self) -> None:
        """Forgets everything but the counts."""
        with self._lock:
            self._snapshot = None
            self._files = {}
            self._joiner = Joiner()
            self._unverified = deque()
            self._memo.clear()

    def count(self, verify: float) -> int:
        """Brings the counts up to date while all else is released; see `refresh`."""
        light = Run(self.name, self.path, self._kinds, light=True, opener=self._opener)
        compared, _ = light.refresh(verify)
        self.counts, self._versions = light.counts, light._versions
        return compared

    def refresh(
        self, verify: float = 0, give_way: Callable[[], bool] = lambda: False
    ) -> tuple[int, bool]:
        """Takes in what was logged since the last time.

        Args:
            verify: Payload bytes to compare with their checksums before the new
                snapshot is published; the last record may exceed it.
            give_way: Whether somebody waits for more than that: then of what is not new only
                one record is compared.

        Returns:
            How many bytes were compared, and whether anything is new.
        """
        with self._lock:
            changed = self._follow()
            compared, failed = self._verify(verify, (lambda: False) if changed else give_way)
            while (changed or failed) and self._uncover():
                more, _ = self._verify(verify)
                compared += more
            if failed or changed or self._snapshot is None:
                self._publish()
            return compared, failed or changed

    def _follow(self) -> bool:
        self._versions = discover.log_files(self.path)
        changed = False
        for path in self._files.keys() - self._versions.keys():
            del self._files[path]
            changed = True
        for path in self._versions:
            new = self._follow_file(path)
            if new is not None:
                self._unverified.extend(record for record in new if record.intact is None)
                changed = True
        return changed

    def _follow_file(self, path: AnyPath) -> list[Record] | None:
        file = self._files.setdefault(path, self._file(path))
        before, file.unreadable = file.unreadable, None
        try:
            try:
                new = file.follow()
            except ReplacedError:
                file = self._files[path] = self._file(path)
                new = file.follow() or []
        except OSError as error:
            new, file.unreadable = None, str(error.strerror or error)
        return [] if new is None and file.unreadable != before else new

    def _file(self, path: AnyPath, distrusted: frozenset[int] = frozenset()) -> LogFile:
        return LogFile(path, self._kinds, self._light, distrusted, self._opener)

    def _verify(
        self, limit: float, give_way: Callable[[], bool] = lambda: False
    ) -> tuple[int, bool]:
        """Compares up to `limit` bytes; returns how many, and whether any are damaged."""
        compared, failed = 0, False
        with Readers() as readers:
            while self._unverified and compared < limit:
                record = self._unverified.popleft()
                compared += record.size
                try:
                    record.verify(readers.of(record.file))
                except DamagedRecordError:
                    failed = True
                except OSError:
                    pass  # The file is gone; so will its records be.
                if give_way():
                    break
        return compared, failed

    def _uncover(self) -> bool:
        """Reads files anew in which damaged records hide others; returns whether there are any."""
        found = False
        for path, file in list(self._files.items()):
            try:
                hiding = file.hiding()
            except OSError:
                continue  # The next look at it will tell.
            if hiding:
                found = True
                self._files[path] = self._file(path, file.distrusted | hiding)
                self._unverified.extend(self._follow_file(path) or [])
        return found

    def _publish(self) -> None:
        joined = self._joiner.join(self._files.values())
        damage = (each for file in self._files.values() for each in file.all_problems())
        self._snapshot = snapshot = Snapshot(
            name=self.name,
            kinds=self._kinds,
            structures=joined.structures,
            series=joined.series,
            problems=(*joined.hidden, *damage),
            memo=self._memo,
            path=self.path,
        )
        self.counts = snapshot.counts


Snapshots: TypeAlias = tuple[Snapshot, ...]


def ask(runs: Sequence[Run], question: Callable[[Snapshots], T]) -> T:
    """Answers a question about some runs from one snapshot of each.

    Raises:
        ReplacedError: The files are gone, or never as they were a moment ago.
    """
    for _ in range(3):
        snapshots = tuple(run.snapshot for run in runs)
        try:
            return question(snapshots)
        except (DamagedRecordError, OSError):
            # The files are not what the snapshots say: make some that are true of them.
            for run in dict.fromkeys(runs):
                run.refresh(verify=math.inf)
    raise ReplacedError(f"the log of {runs[0].name} is gone")
