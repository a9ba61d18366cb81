"""Makes the frames of a map, each from the last, while anybody asks for them.

A thread hands what was logged to a process of its own, frame by frame, and puts what comes back
into the user's cache directory. So a frame is the same, whatever was looked at first.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from ....compute.errors import ComputingError
from ....compute.worker import Worker
from ....index.memo import Memo
from ....index.record import DamagedRecordError, Record
from .frame import Frame, make_frame
from .quality import Quality
from .reading import chain, read_representations
from .store import Frames

# Nobody computes anything else in it, or a screen would wait for a map that nobody looks at.
_WORKER = Worker()
# How long the process may take to start before frames are made here.
_PATIENCE = 20.0
# Seconds without a question after which no more frames are made.
_IDLE = 60.0
# Images whose frames are made here, as long as there is no process: it takes longer to start.
_FEW = 100
# Frames that are kept in memory, beside those that could not be put on the disk.
_KEPT = 8

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """Why a frame could not be made, and so none after it.

    Attributes:
        key: Tells the frame.
        at: Position of its record.
        reason: In a few words.
    """

    key: str
    at: int
    reason: str


class _UnreadError(Exception):
    """A record could not be read."""

    def __init__(self, why: DamagedRecordError | OSError) -> None:
        self.why = why


class Maker:
    """Makes the frames of one image set's map.

    Args:
        worker: The process that makes them; None: the one that all maps share.
        idle: Seconds without a question after which it stops.
    """

    def __init__(self, worker: Worker | None = None, idle: float = _IDLE) -> None:
        self._worker = worker or _WORKER
        self._idle = idle
        self._changed = threading.Condition()
        self._records: tuple[Record, ...] = ()
        self._keys: list[str] = []
        self._frames: Frames | None = None
        self._ready: dict[str, Quality] = {}
        self._recent: OrderedDict[str, Frame] = OrderedDict()
        self._only_here: dict[str, Frame] = {}
        self._failure: Failure | None = None
        # What could not be read: whoever asks next hears of it, and looks at the files again.
        self._unread: DamagedRecordError | OSError | None = None
        self._thread: threading.Thread | None = None
        self._asked = False

    @property
    def failure(self) -> Failure | None:
        """Why there are no more frames; None if nothing has failed."""
        return self._failure

    def follow(self, records: tuple[Record, ...], retry: bool = False) -> list[Quality | None]:
        """Has the frames of some records made.

        Args:
            records: What was logged, in order.
            retry: Try once more to make a frame that could not be made.

        Returns:
            How true the frames are that are ready; None: not yet.

        Raises:
            DamagedRecordError: A record does not match its checksum.
            OSError: Its file is gone, or another one has taken its place.
        """
        with self._changed:
            unread, self._unread = self._unread, None
            if unread is not None:
                raise unread
            self._take(records)
            self._asked = True
            if self._failure is not None and (retry or self._failure.key not in self._keys):
                self._failure = None
            isnt_done = self._failure is None and len(self._found()) < len(self._keys)
            if self._thread is None and isnt_done:
                self._thread = threading.Thread(
                    target=self._work, name="deeptracker-map", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()
            return [self._ready.get(key) for key in self._keys]

    def frame(self, at: int, images: int) -> Frame | None:
        """The frame of a record; None if it is not ready.

        Args:
            at: The record's position.
            images: How many it is of.
        """
        with self._changed:
            if at >= len(self._keys):
                return None
            key, frames = self._keys[at], self._frames
        return self._get(key, frames, images)

    def wait(self, seconds: float | None = None, at: int | None = None) -> bool:
        """Waits for frames; returns whether they are ready.

        Args:
            seconds: How long at most; None: as long as it takes.
            at: Position of the record of one; None: all of them.
        """

        def done() -> bool:
            wanted = self._keys if at is None else self._keys[at : at + 1]
            failed = self._failure is not None or self._unread is not None
            return failed or all(key in self._ready for key in wanted)

        with self._changed:
            return self._changed.wait_for(done, seconds)

    def _take(self, records: tuple[Record, ...]) -> None:
        same = 0
        for old, new in zip(self._records, records, strict=False):
            if old is not new:
                break
            same += 1
        if same == len(records) == len(self._records):
            return
        keys = chain(records, self._keys[:same])
        self._records = records
        if keys and (not self._keys or keys[0] != self._keys[0]):
            self._frames = Frames(keys[0])
            self._only_here.clear()
        self._keys = keys
        if self._frames is not None and any(key not in self._ready for key in keys):
            there = self._frames.keys()
            for key in keys:
                if key in there and key not in self._ready:
                    quality = self._frames.quality(key)
                    if quality is not None:
                        self._ready[key] = quality

    def _found(self) -> list[str]:
        return [key for key in self._keys if key in self._ready]

    def _get(self, key: str, frames: Frames | None, images: int) -> Frame | None:
        frame = self._only_here.get(key) or self._recent.get(key)
        if frame is None and frames is not None:
            frame = frames.load(key, images)
            if frame is None and self._ready.pop(key, None) is not None:
                return None  # Somebody has deleted or damaged it: it is made again.
        if frame is not None:
            self._remember(key, frame)
        return frame

    def _remember(self, key: str, frame: Frame) -> None:
        with self._changed:
            self._recent[key] = frame
            self._recent.move_to_end(key)
            while len(self._recent) > _KEPT:
                self._recent.popitem(last=False)

    def _work(self) -> None:
        tidied = at = None
        keys: Sequence[str] = ()
        try:
            while True:
                with self._changed:
                    at = self._next()
                    if at is None:
                        self._asked = False
                        self._changed.wait_for(lambda: self._asked, self._idle)
                        if not self._asked:
                            self._thread = None
                            return
                        continue
                    records, keys, frames = self._records, self._keys, self._frames
                if frames is not None and frames is not tidied:
                    tidied = frames
                    frames.make_room()
                self._make(at, records, keys, frames)
        except _UnreadError as error:
            with self._changed:
                self._unread = error.why
                self._thread = None
                self._changed.notify_all()
        except ComputingError as error:
            _log.warning("DeepTracker could not make a frame of a map: %s", error)
            self._fail(at or 0, keys, str(error))
        except BaseException as error:
            _log.exception("DeepTracker could not make a frame of a map")
            self._fail(at or 0, keys, f"{type(error).__name__}: {error}")

    def _fail(self, at: int, keys: Sequence[str], reason: str) -> None:
        with self._changed:
            self._failure = Failure(keys[at] if at < len(keys) else "", at, reason)
            self._thread = None
            self._changed.notify_all()

    def _next(self) -> int | None:
        return next((at for at, key in enumerate(self._keys) if key not in self._ready), None)

    def _make(
        self, at: int, records: Sequence[Record], keys: Sequence[str], frames: Frames | None
    ) -> None:
        try:
            now = read_representations(records[at])
            before = read_representations(records[at - 1]) if at else None
        except (DamagedRecordError, OSError) as error:
            raise _UnreadError(error) from None
        last = None
        if before is not None:
            last = self._get(keys[at - 1], frames, len(before.neighbours))
            if last is None:
                return  # It is made again first.
        if len(now.neighbours) > _FEW:
            self._worker.start(make_frame.__module__)
            self._worker.ready(_PATIENCE)
        frame = self._worker.call(make_frame, now, before, last)
        kept = frames is not None and frames.save(keys[at], frame)
        with self._changed:
            if not kept:
                self._only_here[keys[at]] = frame
            self._ready[keys[at]] = frame.quality
            self._changed.notify_all()
        self._remember(keys[at], frame)


_MAKERS: weakref.WeakKeyDictionary[Memo, dict[str, Maker]] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def maker_of(memo: Memo, image_set: str) -> Maker:
    """What makes the map of an image set of a run.

    Args:
        memo: The run's.
        image_set: Name of the set.
    """
    with _LOCK:
        return _MAKERS.setdefault(memo, {}).setdefault(image_set, Maker())
