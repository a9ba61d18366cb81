"""A writer's session: torch's event file and the log beside it, which the features' methods use."""

from __future__ import annotations

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
from .numbers import whole_step
from .sessions import next_start, run_around
from .spool import Spool, is_address, local_directory


class CallOrderError(ValueError, RuntimeError):
    """A method was called before another that it needs."""


class SessionWriter(tensorboard.SummaryWriter):
    """A `torch.utils.tensorboard.SummaryWriter` with a log of ours; features add what it logs.

    A feature's own writer is a subclass. Its constructor takes its own keyword arguments and
    hands on all others.

    Args:
        log_dir: See torch's; also an address of fsspec's, as `s3://bucket/run`.
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
            if not hasattr(event_writer, "log_dir"):
                raise ValueError(
                    "event_writer must be a torch.utils.tensorboard.SummaryWriter, not"
                    f" {type(event_writer).__name__}"
                )
            log_dir = event_writer.log_dir
        if purge_step is not None:
            purge_step = whole_step(purge_step, "purge_step")
        self._spool: Spool | None = None
        if is_address(log_dir):
            address = str(log_dir)
            log_dir = local_directory(address)
            if log_dir is None:
                log_dir, self._spool = address, Spool(address, flush_secs)
                weakref.finalize(self, self._spool.leave)
        if log_dir and not self._spool and (run := run_around(Path(log_dir).absolute())):
            raise ValueError(
                f"log_dir {str(log_dir)!r} is in the plugins directory of the run {str(run)!r},"
                " where no run is looked for: log to a directory beside it"
            )
        self._may_open = is_first()
        super().__init__(log_dir, comment, purge_step, max_queue, flush_secs, filename_suffix)
        if self._spool is not None and self._may_open:
            self._spool.check()
        self._may_open = True
        # The file is made when something of ours is logged; the process may be elsewhere then.
        directory = self._spool.directory if self._spool else self.log_dir
        self._directory = Path(directory, schema.LOG_DIRECTORY).absolute()
        self._resumed_at = purge_step
        self._log: Log | None = None
        self._event_file_failed = False
        self._last_step: dict[str, int] = {}
        self._said: set[str] = set()
        # What others still have to log when the writer is closed.
        self.before_close: list[Callable[[], None]] = []

    def resume_at(self, step: int) -> None:
        """Says that what this session logs takes the place of all from an iteration on.

        As `purge_step` of the constructor does, which whoever made the writer may not have known.
        Does nothing once something is logged.

        Args:
            step: The training iteration.
        """
        if self._log is None and self._resumed_at is None:
            self._resumed_at = whole_step(step, "step")

    def flush(self) -> None:
        """Waits until everything that was logged is written.

        To an address, it is then sent, without waiting for it.
        """
        if self._log is not None:
            self._log.flush()
        self._write_events(super().flush)
        if self._spool is not None:
            self._spool.soon()

    def close(self) -> None:
        """Writes what is left and closes the files; logging more opens them again.

        To an address, it also waits until everything is sent, as long as that gets on.
        """
        while self.before_close:
            self._finish(self.before_close.pop())
        if self._log is not None:
            self._log.close()
        self._write_events(super().close)
        if self._spool is not None:
            self._spool.finish()

    def _finish(self, call: Callable[[], None]) -> None:
        """Has others log what they have left, before the files are closed."""
        try:
            call()
        except Exception as error:  # The group of processes may be gone, say.
            self._warn(
                "DeepTracker could not log all that was left when the writer was closed:"
                f" {type(error).__name__}: {error}"
            )

    def _write_events(self, write: Callable[[], None]) -> None:
        """Has torch write what is left of its own; a disk that fails costs no more than that."""
        try:
            write()
        except Exception as error:  # Where it is not on a disk, of whatever kind.
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
        if self._spool is None:
            return super()._get_file_writer()  # type: ignore[no-untyped-call]
        address, self.log_dir = self.log_dir, str(self._spool.directory)
        try:
            return super()._get_file_writer()  # type: ignore[no-untyped-call]
        finally:
            self.log_dir = address

    def _step(self, method: str, global_step: Any) -> int | None:
        """Checks a step; the caller notes it in `_last_step` when nothing else is wrong.

        Returns:
            The step; None if it is not after the last one: then nothing is to be logged. This
            ends no training, because it turns up in its second epoch, or when the log is good.

        Raises:
            ValueError: It is no step at all.
        """
        step = whole_step(global_step)
        last = self._last_step.get(method)
        if last is None or step > last:
            return step
        self._say_once(
            f"global_step {step} of {method} is not after the last one, {last}: nothing is"
            " logged until it is. Count iterations over the whole training, as in epoch *"
            " len(loader) + batch. To resume from a checkpoint, make a new"
            f" SummaryWriter({str(self.log_dir)!r}, purge_step={step})",
            about=f"steps of {method}",
        )
        return None

    def _warn(self, message: str) -> None:
        """Warns whoever called us, in the process that logs."""
        if is_first():
            warnings.warn(message, RuntimeWarning, stacklevel=users_frame())

    def _say_once(self, message: str, about: str | None = None) -> None:
        """Warns of what would be said again and again.

        Args:
            message: The warning.
            about: What is said once; the message, if None.
        """
        if (about or message) not in self._said:
            self._said.add(about or message)
            self._warn(message)

    @property
    def run_directory(self) -> Path:
        """Where the run is on this machine: the log, and the user's own event files beside it."""
        return Path(self._spool.directory if self._spool else self.log_dir).absolute()

    def after_writing(self, call: Callable[[], object]) -> None:
        """Calls something beside the training, when all that was logged so far is written.

        Args:
            call: It must raise nothing.
        """
        if self._log is not None and not self._log.dead:
            self._log.after(call)

    def write_scalars(self) -> None:
        """Has the user's own summaries written to their file, from any thread."""
        self._write_events(lambda: self._get_file_writer().flush())

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
                if self._spool is not None:
                    self._spool.first(self._log.close)
                    self._spool.first(events.flush)
            except Exception as error:  # Where it is not on a disk, of whatever kind.
                self._log.fail(error)
            if self._spool is not None:
                self._spool.soon()
        return self._log
