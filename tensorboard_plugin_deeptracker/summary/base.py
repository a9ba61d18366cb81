"""A writer's session: torch's event file and the log beside it, which the features' methods use."""

from __future__ import annotations

import operator
import os
import secrets
import time
import warnings
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

try:
    from torch.utils import tensorboard
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ImportError(
        "SummaryWriter needs PyTorch, which is not installed: run"
        ' pip install "tensorboard-plugin-deeptracker[torch]"'
    ) from error

from .. import __version__
from ..events import encode, schema
from ..events.session import Session, encode_session
from .distributed import is_first
from .log import Log, users_frame
from .sessions import next_start


class CallOrderError(ValueError, RuntimeError):
    """A method was called before another that it needs."""


class SessionWriter(tensorboard.SummaryWriter):
    """A `torch.utils.tensorboard.SummaryWriter` with a log of ours; features add what it logs.

    A feature's own writer is a subclass. Its constructor takes its own keyword arguments and
    hands on all others.

    Args:
        log_dir: See torch's.
        comment: See torch's.
        purge_step: See torch's.
        max_queue: See torch's.
        flush_secs: See torch's.
        filename_suffix: See torch's.
        event_writer: Torch's writer for the run, if a framework has made one.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
        *,
        event_writer: tensorboard.SummaryWriter | None = None,
    ) -> None:
        self._event_writer = event_writer
        if event_writer is not None:
            log_dir = event_writer.log_dir
        self._may_open = is_first()
        super().__init__(log_dir, comment, purge_step, max_queue, flush_secs, filename_suffix)
        self._may_open = True
        # The file is made when something of ours is logged; the process may be elsewhere then.
        self._directory = Path(self.log_dir, schema.LOG_DIRECTORY).absolute()
        self._resumed_at = purge_step
        self._log: Log | None = None
        self._event_file_failed = False
        self._last_step: dict[str, int] = {}

    def flush(self) -> None:
        """Waits until everything that was logged is written."""
        if self._log is not None:
            self._log.flush()
        self._write_events(super().flush)

    def close(self) -> None:
        """Writes what is left and closes the files; logging more opens them again."""
        if self._log is not None:
            self._log.close()
        self._write_events(super().close)

    def _write_events(self, write: Callable[[], None]) -> None:
        """Has torch write what is left of its own; a disk that fails costs no more than that."""
        try:
            write()
        except OSError as error:
            if self._event_file_failed or (self._log is not None and self._log.failed):
                return  # It was said.
            self._event_file_failed = True
            warnings.warn(
                f"The event file in {self.log_dir} could not be written:"
                f" {type(error).__name__}: {error}. The training goes on.",
                RuntimeWarning,
                stacklevel=users_frame(),
            )

    def _get_file_writer(self) -> Any:
        """Opens the event file if need be; torch calls this before whatever it writes."""
        if self._event_writer is not None:
            return self._event_writer._get_file_writer()
        if not self._may_open:
            return None
        return super()._get_file_writer()  # type: ignore[no-untyped-call]

    def _step(self, method: str, global_step: Any) -> int:
        """Checks a step; the caller notes it in `_last_step` when nothing else is wrong."""
        try:
            step = operator.index(global_step)
        except TypeError:
            raise ValueError(f"global_step must be a whole number, got {global_step!r}") from None
        last = self._last_step.get(method)
        if last is not None and step <= last:
            raise ValueError(
                f"global_step {step} of {method} is not after the last one, {last}. To resume from"
                f" a checkpoint, make a new SummaryWriter({str(self.log_dir)!r},"
                f" purge_step={step})"
            )
        return step

    def _further_session(self) -> Log:
        """The log of one more session of this writer, for what cannot be joined with the first."""
        log, resumed_at = self._log, self._resumed_at
        self._log = self._resumed_at = None
        try:
            return self._open()
        finally:
            self._log, self._resumed_at = log, resumed_at

    def _open(self) -> Log:
        """The session's log, begun if need be."""
        if self._log is None:
            if "://" in str(self.log_dir):
                raise ValueError(
                    f"DeepTracker logs to local directories, not to {self.log_dir}: log to one of"
                    " them, and copy it"
                )
            started = next_start(self._directory)
            stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(started))
            name = f"{stamp}-{os.getpid()}-{secrets.token_hex(4)}"
            session = Session(
                id=name,
                started=started,
                writer=f"tensorboard-plugin-deeptracker {__version__}",
                purge_step=self._resumed_at,
            )
            path = self._directory / f"{name}{schema.LOG_SUFFIX}"
            self._log = Log(path, muted=not is_first())
            if self._log.dead:
                return self._log
            # At the exit of the interpreter too, and when nobody holds this writer any more.
            weakref.finalize(self, self._log.close)
            self._log.add(partial(encode_session, session))
            try:
                events = self._get_file_writer()
                events.add_summary(encode.marker())
                events.flush()
            except OSError as error:
                self._log.fail(error)
        return self._log
