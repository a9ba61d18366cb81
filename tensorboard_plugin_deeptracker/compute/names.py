"""Names of the user's within sentences of ours."""

from __future__ import annotations

import unicodedata

# Beginning and end of what is ordered apart from its surroundings (Unicode Standard Annex 9).
_APART, _TOGETHER = "\u2068", "\u2069"
_LEFTWARDS = {"R", "AL", "RLE", "LRE", "RLO", "LRO", "PDF"}
_ISOLATES = {"LRI", "RLI", "FSI", "PDI"}


def isolated(name: str) -> str:
    """A name that moves nothing around it, though it is written from right to left.

    Numbers after a Hebrew name would otherwise be shown before it. Other names stay what they are.
    """
    if name.isascii() or not any(
        unicodedata.bidirectional(each) in _LEFTWARDS | _ISOLATES for each in name
    ):
        return name
    # Its own might end ours.
    own = "".join(each for each in name if unicodedata.bidirectional(each) not in _ISOLATES)
    return f"{_APART}{own}{_TOGETHER}"


def a_layer(name: str) -> str:
    """A layer's name; layer 6, where it is a number, as in `Sequential`, which could be a class."""
    return isolated(name) if any(map(str.isalpha, name)) else f"layer {name}"
