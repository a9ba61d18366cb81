"""The record that opens a file: which session of which writer it holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from . import decode, encode, schema
from .decode import DecodeError, Read, Skim
from .kinds import Structure

_TAG = schema.tag("session")


@dataclass(frozen=True)
class Session:
    """One writer's stretch of logging.

    Attributes:
        id: Unique among the sessions of a run.
        started: Seconds since the epoch; later sessions win over earlier ones.
        writer: Name and version of the software that wrote the log.
        purge_step: What earlier sessions logged at this step or later is void;
            None if only the steps that this session logs itself replace them.
        format_version: `FORMAT_VERSION` of the writer.
    """

    id: str
    started: float
    writer: str
    purge_step: int | None = None
    format_version: int = field(default=schema.FORMAT_VERSION)


def encode_session(session: Session) -> bytes:
    """The record of a session."""
    return encode.event({_TAG: encode.json_text(asdict(session))}, wall_time=session.started)


def decode_session(read: Read, record: Skim) -> Session:
    """Reads the record that opens a file.

    Raises:
        DecodeError: It is not such a record, or of a format newer than this reader.
    """
    data = decode.json_object(read, record, _TAG)
    try:
        version = int(data["format_version"])
        purge_step = data["purge_step"]
        session = Session(
            id=str(data["id"]),
            started=float(data["started"]),
            writer=str(data["writer"]),
            purge_step=None if purge_step is None else int(purge_step),
            format_version=version,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise DecodeError(f"not a session record: {error!r}") from error
    if version > schema.FORMAT_VERSION:
        raise DecodeError(
            f"the log has format {version}, but this version of the plugin reads up to"
            f" {schema.FORMAT_VERSION}: upgrade tensorboard-plugin-deeptracker"
        )
    return session


# Every file has one of its own: none is joined with another.
SESSION = Structure("session", _TAG, decode_session, Session.__eq__, opens=True)
