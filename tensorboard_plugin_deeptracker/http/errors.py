"""What goes wrong with a request by the client's doing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# Characters of a name that a message repeats, and names that are compared with it.
_LONGEST = 100
_COMPARED = 1000


class HttpError(Exception):
    """Answered with a status code and `{"error": message}`.

    Attributes:
        code: HTTP status code.
        message: What is wrong and what would be right.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def bad_request(message: str) -> HttpError:
    """A parameter is missing or wrong."""
    return HttpError(400, message)


def not_found(kind: str, name: object, names: Iterable[object], where: str) -> HttpError:
    """There is no such thing; names the nearest that there are."""
    name = str(name)[:_LONGEST]
    known = [str(known)[:_LONGEST] for known in names]
    if not known:
        return HttpError(404, f"unknown {kind} {name!r}: there are no {where} yet")
    near = difflib.get_close_matches(name, known[:_COMPARED], n=3, cutoff=0.5) or known[:3]
    hint = " or ".join(repr(name) for name in near)
    return HttpError(404, f"unknown {kind} {name!r}: of the {len(known)} {where}, try {hint}")
