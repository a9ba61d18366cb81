"""What a view is shown with, as it stands in a link: the same words as in the tab's address."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from ..compute.address import write_address
from ..compute.errors import InvalidQuestionError, NotFoundError, unknown
from ..http.static import DIRECTORY

_SCREEN = "screen"


@dataclass(frozen=True)
class Names:
    """What may stand in a link; the tab itself says it when it is built.

    Attributes:
        views: The feature that each view is of, by the view's name.
        settings: Their keys, owner and name.
        selections: The parts of what can be selected, by its kind.
    """

    views: Mapping[str, str]
    settings: Sequence[str]
    selections: Mapping[str, Sequence[str]]


@cache
def names() -> Names:
    """What may stand in a link.

    Raises:
        InvalidQuestionError: The tab was not built.
    """
    try:
        return Names(**orjson.loads((DIRECTORY / "names.json").read_bytes()))
    except OSError:
        raise InvalidQuestionError(
            "the DeepTracker tab was not built: in a checkout, run scripts/install; otherwise"
            " install the package again"
        ) from None


def address(
    view: str, state: Mapping[str, Any], position: Callable[[str, str], int] | None = None
) -> str:
    """A view with its state as text for a link.

    Args:
        view: Name of the view.
        state: What else the address tells, by its names: `step`, `statistic`, a kind of what can
            be selected; `owner_name` where several settings have one name.
        position: The position of a class or of a layer, by what it is ("class", "node") and name.

    Raises:
        QuestionError: There is no such view, or no such name.
    """
    known = names()
    if view not in known.views:
        raise NotFoundError(f"unknown view {view!r}: there are {', '.join(known.views)}")
    fields: list[tuple[str, Iterable[Any]]] = [(f"{_SCREEN}.view", [view])]
    for given, value in state.items():
        name = given.rstrip("_") if keyword.iskeyword(given.rstrip("_")) else given
        if value is None:
            continue
        several = [
            _plain(each) for each in (value if isinstance(value, (list, tuple)) else [value])
        ]
        if name in known.selections:
            parts = known.selections[name]
            if len(several) != len(parts):
                wanted = ", ".join(parts) or "nothing"
                raise InvalidQuestionError(f"{name}={value!r}: must be {wanted}")
            found = [
                position(part, each) if position and isinstance(each, str) else each
                for part, each in zip(parts, several, strict=True)
            ]
            fields.append((f"{_SCREEN}.selected", [name, *found]))
        else:
            fields.append((_setting(name, known.views[view]), several))
    return write_address(fields)


def _setting(name: str, owner: str) -> str:
    """The key of a setting: the view's own, or that of any other whose name no other has."""
    by_name: dict[str, list[str]] = {}
    for key in names().settings:
        of, _, own = key.partition(".")
        for each in {own, _python(own), f"{of}_{_python(own)}", key}:
            by_name.setdefault(each, []).append(key)
    keys = by_name.get(name, [])
    own_key = next((key for key in keys if key.startswith(f"{owner}.")), None)
    if own_key is not None:
        return own_key
    if len(keys) == 1:
        return keys[0]
    if keys:
        which = ", ".join(sorted(key.replace(".", "_") for key in keys))
        raise InvalidQuestionError(f"{name!r} may be one of {which}: say which")
    every = sorted({_python(key.partition(".")[2]) for key in names().settings})
    raise unknown("name", name, [*names().selections, *every], "names in an address")


def _python(name: str) -> str:
    """A name of the tab's as Python writes it: `rowHeight` is `row_height`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value
