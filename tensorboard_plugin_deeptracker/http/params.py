"""Reads the parameters of a request."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from .errors import bad_request

# Fits every array's type; nothing that is counted here comes near it.
_LARGEST = 2**31 - 1
S = TypeVar("S", bound=str)


class Params:
    """The parameters of a request; every method raises `HttpError` 400 if one is wrong."""

    def __init__(self, args: MultiDict[str, str]) -> None:
        self._args = args

    def given(self, name: str) -> bool:
        """Whether there is such a parameter."""
        return name in self._args

    def text(self, name: str) -> str:
        """A parameter that is given exactly once; it may be empty."""
        values = self._args.getlist(name)
        if not values:
            raise bad_request(f"the parameter {name!r} is missing")
        if len(values) > 1:
            raise bad_request(f"the parameter {name!r} is given {len(values)} times: give it once")
        return values[0]

    def integer(self, name: str, low: int = 1, high: int = _LARGEST) -> int:
        """A whole number in [low, high]."""
        text = self.text(name)
        # Python's own reading would also take '1_000' and other scripts' digits.
        if text.removeprefix("-").isascii() and text.removeprefix("-").isdigit():
            value = int(text[:32])
            if low <= value <= high:
                return value
        raise bad_request(f"{name}={text[:32]!r}: must be a whole number from {low} to {high}")

    def fraction(self, name: str) -> float:
        """A number in [0, 1]."""
        text = self.text(name)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if 0 <= value <= 1:
            return value
        raise bad_request(f"{name}={text[:32]!r}: must be a number from 0 to 1")

    def choice(self, name: str, options: Sequence[S]) -> S:
        """One of some words."""
        text = self.text(name)
        for option in options:
            if option == text:
                return option
        raise bad_request(f"{name}={text[:64]!r}: must be one of {', '.join(options)}")
