"""What the parameters of a request may be, and reading them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from ..compute.errors import InvalidQuestionError
from .schema import Schema

# Fits every array's type; nothing that is counted here comes near it.
_MAX_COUNT = 2**31 - 1


def whole(low: int, high: int) -> Schema:
    """A whole number in [low, high]."""
    return {"type": "integer", "minimum": low, "maximum": high}


def choice(*options: str) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": options}


TEXT: Schema = {"type": "string"}
COUNT = whole(1, _MAX_COUNT)
STEP = whole(-(2**63), 2**63 - 1)


def several(items: Schema, least: int, most: int) -> Schema:
    """From `least` to `most` of some things."""
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


FRACTION: Schema = {"type": "number", "minimum": 0, "maximum": 1}
SPAN: Schema = {"type": "string", "pattern": "^[0-9]+:[0-9]+$"}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a route.

    Attributes:
        name: What it is called in a query.
        schema: What it may be; a list is given as one parameter for each of its items.
        description: What it means.
        example: A value that is right for the run of the examples; several of a list.
        required: Whether it must be given.
        default: What it is if it is not given and need not be; None: nothing.
    """

    name: str
    schema: Schema
    description: str = ""
    example: str | tuple[str, ...] = ""
    required: bool = True
    default: str | None = None


class Params:
    """The parameters of a request; every method raises InvalidQuestionError if one is wrong.

    Args:
        args: Those that are given.
        declared: Those that the route knows; others cannot be read.
    """

    def __init__(self, args: MultiDict[str, str], declared: Iterable[Parameter]) -> None:
        self._args = args
        self._declared = {parameter.name: parameter for parameter in declared}

    def given(self, name: str) -> bool:
        """Whether there is such a parameter."""
        return name in self._args and name in self._declared

    def text(self, name: str) -> str:
        """A parameter that is given exactly once, or has a default; it may be empty."""
        if name not in self._declared:
            raise KeyError(f"the route does not declare its parameter {name!r}")
        values = self._args.getlist(name)
        if not values:
            default = self._declared[name].default
            if default is None:
                raise InvalidQuestionError(f"the parameter {name!r} is missing")
            return default
        if len(values) > 1:
            raise InvalidQuestionError(
                f"the parameter {name!r} is given {len(values)} times: give it once"
            )
        return values[0]

    def texts(self, name: str) -> list[str]:
        """A parameter that is given several times, as often as is declared."""
        schema, values = self._declared[name].schema, self._args.getlist(name)
        if not values:
            raise InvalidQuestionError(f"the parameter {name!r} is missing")
        least, most = schema["minItems"], schema["maxItems"]
        if least <= len(values) <= most:
            return values
        often = f"{least}" if least == most else f"{least} to {most}"
        raise InvalidQuestionError(
            f"the parameter {name!r} is given {len(values)} times: give it {often} times,"
            f" like {name}=A&{name}=B"
        )

    def integer(self, name: str) -> int:
        """A whole number in the range that is declared."""
        return self._whole(name, self.text(name), self._declared[name].schema)

    def integers(self, name: str) -> list[int]:
        """Several of them."""
        items = self._declared[name].schema["items"]
        return [self._whole(name, text, items) for text in self.texts(name)]

    @staticmethod
    def _whole(name: str, text: str, schema: Schema) -> int:
        low, high = schema["minimum"], schema["maximum"]
        # Python's own reading would also take '1_000' and other scripts' digits.
        if text.removeprefix("-").isascii() and text.removeprefix("-").isdigit():
            value = int(text[:32])
            if low <= value <= high:
                return value
        raise InvalidQuestionError(
            f"{name}={text[:32]!r}: must be a whole number from {low} to {high}"
        )

    def fraction(self, name: str) -> float:
        """A number in [0, 1]."""
        text = self.text(name)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if 0 <= value <= 1:
            return value
        raise InvalidQuestionError(f"{name}={text[:32]!r}: must be a number from 0 to 1")

    def choice(self, name: str) -> Any:
        """One of the words that are declared."""
        text, options = self.text(name), self._declared[name].schema["enum"]
        if text in options:
            return text
        raise InvalidQuestionError(f"{name}={text[:64]!r}: must be one of {', '.join(options)}")
