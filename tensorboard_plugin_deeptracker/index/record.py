"""A record of a log, and what may be wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..events.decode import Read, Tensor
from ..events.tfrecord import FOOTER
from .framing import matches
from .source import AnyPath, Reader


class DamagedRecordError(Exception):
    """A record turned out not to match its checksum, or is no longer there."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a log that could not be read, or is not shown.

    Attributes:
        file: Path relative to the run's log directory.
        offset: Position in the file, in bytes.
        reason: What is wrong.
        hidden: How many records this is about that could be read and are not shown, or not where
            they were logged; 0 for what could not be read.
    """

    file: str
    offset: int
    reason: str
    hidden: int = 0


class OpenableFile(Protocol):
    """The file that a record is in.

    Attributes:
        path: Where it is.
        damaged: The records that turned out not to match their checksums, by position.
        can_be_sent: Whether another process can open it.
    """

    path: AnyPath
    damaged: dict[int, Record]

    @property
    def can_be_sent(self) -> bool:
        """See `Snapshot.can_be_sent`."""
        ...

    def open(self) -> Reader:
        """Opens it; OSError if it is gone, or another one has taken its place."""
        ...


@dataclass(slots=True, eq=False)
class Record:
    """A record whose tensors can be read.

    Attributes:
        file: Where it is.
        offset: Position of its payload.
        size: Bytes of its payload.
        step: Training iteration.
        tensors: By tag; positions count from the beginning of the payload.
        intact: Whether the payload matches its checksum; None if nobody has looked.
    """

    file: OpenableFile = field(repr=False)
    offset: int
    size: int
    step: int
    tensors: Mapping[str, Tensor]
    intact: bool | None = None

    @property
    def span(self) -> tuple[int, int]:
        """Offset and size of all that `verify` reads."""
        return self.offset, self.size + FOOTER.size

    def within(self, reader: Reader) -> Read:
        """What reads at positions in the payload."""
        return lambda at, size: reader.read(self.offset + at, size)

    def read_into(self, reader: Reader, at: int, buffer: NDArray[np.uint8]) -> None:
        """Reads what is at a position in the payload, of which no byte is damaged.

        Raises:
            DamagedRecordError: One is, or the file ends there.
        """
        data = memoryview(buffer)  # type: ignore[arg-type]
        if reader.read_into(self.offset + at, data) < len(data):
            raise DamagedRecordError(f"{self.file.path} ends within a record")
        self.verify(reader, (at, buffer))

    def verify(self, reader: Reader, known: tuple[int, NDArray[np.uint8]] | None = None) -> None:
        """Makes sure that no byte of the payload is damaged.

        Args:
            reader: The file.
            known: See `matches`.

        Raises:
            DamagedRecordError: One is.
        """
        if self.intact is None:
            self.intact = matches(reader, self.offset, self.size, known=known)
        if not self.intact:
            self.file.damaged[self.offset] = self
            raise DamagedRecordError(f"{self.file.path} at byte {self.offset}")
