"""A run: the sessions of its log made into one sequence, as immutable snapshots."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..events import schema
from . import discover
from .logfile import LogFile, same_columns, same_rows
from .memo import Memo
from .reading import Readers
from .record import DamagedRecordError, Problem, Record
from .source import AnyPath, ReplacedError

# New payloads up to this size are compared with their checksums before they are
# published; a longer log is published first, so that opening it takes no reading.
EAGER_BYTES = 32 << 20


@dataclass(frozen=True)
class Counts:
    """How much there is in a run: how many of each, and the last step if there is any."""

    run: str
    dumps: int
    validations: int
    layers: int
    filters: int
    classes: int
    images: int
    last_step: int | None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run as it was at one moment; all of an answer comes from one snapshot.

    Attributes:
        name: TensorBoard's name of the run.
        model: The structure of the trained model; None if none was logged yet.
        validation_set: The validation images; None if none were logged yet.
        dumps, validations: Records by ascending step.
        images: Records of images; where two hold the same image, the later one counts.
        problems: What could not be read.
        memo: What was computed from this and earlier snapshots of the run.
    """

    name: str
    model: schema.Model | None = None
    validation_set: schema.ValidationSet | None = None
    dumps: tuple[Record, ...] = ()
    validations: tuple[Record, ...] = ()
    images: tuple[Record, ...] = ()
    problems: tuple[Problem, ...] = ()
    memo: Memo = field(default_factory=Memo)

    @property
    def counts(self) -> Counts:
        """How much there is."""
        model, images = self.model, self.validation_set
        return Counts(
            run=self.name,
            dumps=len(self.dumps),
            validations=len(self.validations),
            layers=len(model.layers) if model else 0,
            filters=model.filters if model else 0,
            classes=len(images.class_names) if images else 0,
            images=len(images.labels) if images else 0,
            last_step=max(
                (records[-1].step for records in (self.dumps, self.validations) if records),
                default=None,
            ),
        )

    @cached_property
    def dump_steps(self) -> NDArray[np.int64]:
        """Steps of the dumps: int64[dumps], ascending."""
        return _steps(self.dumps)

    @cached_property
    def validation_steps(self) -> NDArray[np.int64]:
        """Steps of the validations: int64[validations], ascending."""
        return _steps(self.validations)

    @cached_property
    def class_positions(self) -> dict[str, int]:
        """Position of each class by its name."""
        names = self.validation_set.class_names if self.validation_set else ()
        return {name: i for i, name in enumerate(names)}

    @cached_property
    def class_rows(self) -> NDArray[np.int64]:
        """First row of each class, and one past the last: int64[classes + 1]."""
        if self.validation_set is None:
            return np.zeros(1, np.int64)
        positions = np.arange(len(self.validation_set.class_names) + 1)
        return np.searchsorted(self.validation_set.labels, positions).astype(np.int64)

    @cached_property
    def layer_filters(self) -> NDArray[np.int64]:
        """Column of the first filter of each layer, and one past the last: int64[layers + 1]."""
        counts = [layer.filters for layer in self.model.layers] if self.model else []
        return np.cumsum([0, *counts], dtype=np.int64)


class Run:
    """Follows a run's log.

    What was read of it can be released; then only the counts are kept, and the log is
    read anew when it has changed or somebody asks.

    Args:
        name: TensorBoard's name of the run.
        path: Its directory.
        light: See `LogFile`.

    Attributes:
        name: TensorBoard's name of the run.
        path: Its directory.
        counts: The latest ones; may be read at any time, by any thread.
        looked_at: When somebody last asked for more, by the monotonic clock.
        grew_at: When something new was last seen.
    """

    def __init__(self, name: str, path: AnyPath, *, light: bool = False) -> None:
        self.name = name
        self.path = path
        self._light = light
        self.counts = Snapshot(name).counts
        self.looked_at = self.grew_at = -math.inf
        self._snapshot: Snapshot | None = None
        self._files: dict[AnyPath, LogFile] = {}
        self._versions: Mapping[AnyPath, object] = {}
        self._unverified: deque[Record] = deque()
        self._lock = threading.Lock()

    @property
    def snapshot(self) -> Snapshot:
        """The latest one; reads the log if it was released."""
        snapshot = self._snapshot
        while snapshot is None:
            self.refresh(EAGER_BYTES)
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
            self._unverified = deque()

    def count(self, verify: float) -> int:
        """Brings the counts up to date while all else is released; see `refresh`."""
        light = Run(self.name, self.path, light=True)
        compared, _ = light.refresh(verify)
        self.counts, self._versions = light.counts, light._versions
        return compared

    def refresh(self, verify: float = 0) -> tuple[int, bool]:
        """Takes in what was logged since the last time.

        Args:
            verify: Payload bytes to compare with their checksums before the new
                snapshot is published; the last record may exceed it.

        Returns:
            How many bytes were compared, and whether anything is new.
        """
        with self._lock:
            changed = self._follow()
            compared, failed = self._verify(verify)
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
        file = self._files.setdefault(path, LogFile(path, self._light))
        before, file.unreadable = file.unreadable, None
        try:
            try:
                new = file.follow()
            except ReplacedError:
                file = self._files[path] = LogFile(path, self._light)
                new = file.follow() or []
        except OSError as error:
            new, file.unreadable = None, str(error.strerror or error)
        return [] if new is None and file.unreadable != before else new

    def _verify(self, limit: float) -> tuple[int, bool]:
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
                self._files[path] = LogFile(path, file.light, file.distrusted | hiding)
                self._unverified.extend(self._follow_file(path) or [])
        return found

    def _publish(self) -> None:
        files = sorted(
            (file for file in self._files.values() if file.session is not None),
            key=lambda file: (file.session.started if file.session else 0, file.path.name),
        )
        models = [file.model for file in files if file.model is not None]
        model = models[-1] if models else None
        images = next(
            (file.validation_set for file in reversed(files) if file.validation_set), None
        )
        same_model = [
            model is not None and file.model is not None and same_columns(file.model, model)
            for file in files
        ]
        same_images = [
            images is not None
            and file.validation_set is not None
            and same_rows(file.validation_set, images)
            for file in files
        ]
        self._snapshot = snapshot = Snapshot(
            name=self.name,
            model=model,
            validation_set=images,
            dumps=_sequence(files, [file.dumps for file in files], same_model),
            validations=_sequence(files, [file.validations for file in files], same_images),
            images=tuple(
                record
                for file, same in zip(files, same_images, strict=True)
                for record in file.images
                if same and record.intact is not False
            ),
            problems=tuple(p for file in self._files.values() for p in file.trouble()),
            memo=self._snapshot.memo if self._snapshot else Memo(),
        )
        self.counts = snapshot.counts


def _sequence(
    files: Sequence[LogFile], records: Sequence[Sequence[Record]], shown: Sequence[bool]
) -> tuple[Record, ...]:
    """What remains of the records of each file once later sessions have replaced theirs."""
    kept: list[Record] = []
    limit = float("inf")
    for file, own, show in reversed(list(zip(files, records, shown, strict=True))):
        by_step = {record.step: record for record in own if record.intact is not False}
        if show:
            kept.extend(record for step, record in by_step.items() if step < limit)
        purge_step = file.session.purge_step if file.session else None
        limit = min(limit, *by_step, float("inf") if purge_step is None else purge_step)
    return tuple(sorted(kept, key=lambda record: record.step))


def _steps(records: Sequence[Record]) -> NDArray[np.int64]:
    return np.array([record.step for record in records], np.int64)
