"""The tab's state as it stands in its address (`settings/address.ts` in the tab)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_VERSION = "2"


def write_address(fields: Iterable[tuple[str, Iterable[object]]]) -> str:
    """Settings as text of which no character is escaped in a URL.

    Args:
        fields: The key of each and the words of its value.
    """
    return "!".join((_VERSION, *("*".join((key, *map(_escape, words))) for key, words in fields)))


def _escape(word: object) -> str:
    text = str(word).encode(errors="replace")
    return re.sub(rb"[^A-Za-z0-9_.-]", lambda found: b"~%02x" % found[0][0], text).decode()
