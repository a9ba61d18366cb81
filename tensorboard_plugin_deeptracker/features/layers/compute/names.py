"""What a layer is called within a sentence."""

from __future__ import annotations

from ....compute.names import isolated


def a_layer(name: str) -> str:
    """A layer's name; layer 6, where it is a number, as in `Sequential`, which could be a class."""
    return isolated(name) if any(map(str.isalpha, name)) else f"layer {name}"
