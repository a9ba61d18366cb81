"""Answers -> HTTP responses: JSON or arrays, compressed where it pays."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import safetensors.numpy
from tensorboard.backend import http_util
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

from ..compute.errors import InvalidQuestionError
from .errors import HttpError

JSON = "application/json"
SAFETENSORS = "application/vnd.safetensors"
FORMATS = ("json", "safetensors")

# What is sent at most, after compression.
LIMIT = 8_000_000
# More than that is not even computed, however well it might compress.
MAX_BYTES = 16 * LIMIT

# Items of a long JSON array that are objects at once.
_PART = 20_000
_SAMPLE = 64 << 10
_WORTH_IT = 0.8
_LEVEL = 1


@dataclass(frozen=True)
class Answer:
    """What a route answers.

    Attributes:
        fields: Names with arrays and anything that JSON can hold.
        json: Makes the JSON form where it is not just the fields.
    """

    fields: Mapping[str, Any]
    json: Callable[[], Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class File:
    """Bytes with a type of their own."""

    data: bytes
    content_type: str


@dataclass(frozen=True)
class Representation:
    """An answer in the form that is sent (RFC 9110, section 3.2), to all who ask for that form.

    Attributes:
        body: Its bytes; None: the client has them already.
        content_type: What they are.
        encoding: How they were compressed, if they were.
        tag: Tells them from others.
    """

    body: bytes | None
    content_type: str
    encoding: str | None
    tag: str


def representation_key(request: Request) -> Hashable:
    """Everything about a request that the representation of its answer depends on."""
    names = "Accept", "Accept-Encoding", "If-None-Match"
    return request.path, request.query_string, *(request.headers.get(name) for name in names)


def check_size(
    rows: int, steps: int, cell: float, instead: str, max_bytes: int = MAX_BYTES
) -> None:
    """Makes sure, before anything is read, that an answer can be sent.

    Args:
        rows: Of the answer.
        steps: Values of each row.
        cell: Bytes of a value; a fraction if several share one.
        instead: What to ask for if it cannot.
        max_bytes: What is computed at most.

    Raises:
        InvalidQuestionError: It cannot.
    """
    if rows * max(1, steps) * cell > max_bytes:
        raise InvalidQuestionError(
            f"{rows} rows of {steps} steps are too much for one answer: {instead}"
        )


def represent(request: Request, answer: Answer | File) -> Representation:
    """An answer in the form that a request asks for.

    Raises:
        InvalidQuestionError: There is no such form, or the answer is too large.
    """
    if isinstance(answer, File):
        return _represent(request, answer.data, answer.content_type)
    if _wants_arrays(request):
        return _represent(request, _safetensors(answer.fields), SAFETENSORS)
    return _represent(request, to_json(answer.json() if answer.json else answer.fields), JSON)


def respond(request: Request, answer: Representation) -> Response:
    """The response to a request that went well."""
    headers = [("ETag", f'"{answer.tag}"'), ("Vary", "Accept, Accept-Encoding")]
    if answer.body is None:
        plain = http_util.Respond(request, b"", answer.content_type, 304, headers=headers)
        return _NotModified(b"", 304, plain.headers)
    response: Response = http_util.Respond(
        request,
        answer.body,
        answer.content_type,
        content_encoding=answer.encoding,
        headers=headers,
    )
    return response


def respond_error(request: Request, error: HttpError, headers: Any = ()) -> Response:
    """The response to a request that did not."""
    body = to_json({"error": error.message, **error.more})
    response: Response = http_util.Respond(request, body, JSON, error.code, headers=headers)
    return response


def _wants_arrays(request: Request) -> bool:
    form = request.args.get("format")
    if form is not None and form not in FORMATS:
        raise InvalidQuestionError(f"format={form[:32]!r}: must be {' or '.join(FORMATS)}")
    if form is not None:
        return form == "safetensors"
    accept = request.accept_mimetypes
    return bool(accept[SAFETENSORS] > 0 and accept.best_match([JSON, SAFETENSORS]) == SAFETENSORS)


def to_json(content: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """JSON in which numbers that are not finite are null and float32 has its own digits."""
    try:
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError:
        # Text from a log may hold half a surrogate pair, which is not Unicode.
        return orjson.dumps(_clean(content), option=orjson.OPT_SERIALIZE_NUMPY)


def in_parts(count: int, part: Callable[[slice], Sequence[Any]]) -> orjson.Fragment:
    """A JSON array that is made a part at a time: a million items as objects take 100 MB.

    Args:
        count: How many items there are.
        part: Makes those of a slice.
    """
    spans = (slice(first, min(count, first + _PART)) for first in range(0, count, _PART))
    parts = (to_json(part(span))[1:-1] for span in spans)
    return orjson.Fragment(b"[" + b",".join(parts) + b"]")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value


def _safetensors(fields: Mapping[str, Any]) -> bytes:
    arrays = {
        name: np.ascontiguousarray(value)
        for name, value in fields.items()
        if isinstance(value, np.ndarray)
    }
    rest = {name: value for name, value in fields.items() if name not in arrays}
    data: bytes = safetensors.numpy.save(arrays, metadata={"answer": to_json(rest).decode()})
    return data


class _NotModified(Response):
    """A 304 that keeps its type, because TensorBoard complains of every response without one."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Content-Type"] = self.headers["Content-Type"]
        return headers


def _represent(request: Request, body: bytes, content_type: str) -> Representation:
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    if tag in request.if_none_match:
        return Representation(None, content_type, None, tag)
    encoding = None
    if request.accept_encodings["gzip"] > 0 and _pays(body):
        body, encoding = gzip.compress(body, _LEVEL, mtime=0), "gzip"
    if len(body) > LIMIT:
        raise InvalidQuestionError(
            f"the answer has {len(body) / 1e6:.1f} MB, more than the {LIMIT // 10**6} MB that are"
            " sent at once: accept gzip, ask for arrays, or for less (of pixels with rows, columns,"
            " max_rows and max_columns)"
        )
    return Representation(body, content_type, encoding, tag)


def _pays(body: bytes) -> bool:
    """Whether compressing saves more than it costs; most arrays of floats do not."""
    if len(body) < 1024:
        return False
    middle = max(0, (len(body) - _SAMPLE) // 2)
    sample = body[middle : middle + _SAMPLE]
    return len(gzip.compress(sample, _LEVEL)) < _WORTH_IT * len(sample)
