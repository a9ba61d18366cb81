"""Options of writers and trackers: values that are none are refused, by the option's name."""

from __future__ import annotations

from numbers import Integral
from typing import Any, get_args


def check_number(
    value: Any, name: str, least: int = 1, meaning: str = "", *, optional: bool = False
) -> None:
    """Refuses what is no whole number.

    Args:
        value: What was given.
        name: The option's.
        least: What it must be at least.
        meaning: What it is, if that helps.
        optional: Whether None may be given, too.

    Raises:
        ValueError: It is none, or smaller; names the option.
    """
    if optional and value is None:
        return
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise ValueError(
            f"{name} must be a whole number of at least {least}, got {value!r:.200}"
            + (f": it is {meaning}" if meaning else "")
        )


def check_choice(value: Any, name: str, choices: Any) -> None:
    """Refuses what is not one of some texts.

    Args:
        value: What was given.
        name: The option's.
        choices: The `Literal` that it is one of.

    Raises:
        ValueError: It is none of them; names the option and all of them.
    """
    known = get_args(choices)
    if value not in known:
        texts = ", ".join(map(repr, known[:-1]))
        raise ValueError(f"{name} must be {texts} or {known[-1]!r}, got {value!r:.200}")
