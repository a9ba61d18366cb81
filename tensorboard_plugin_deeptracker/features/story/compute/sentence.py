"""A sentence of the story, and the words that sentences have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....compute.address import write_address
from ....compute.names import isolated

# Names of classes that a sentence lists.
_NAMED = 5


@dataclass(frozen=True)
class Sentence:
    """Something that happened.

    Attributes:
        kind: What it is about, for programs.
        text: In words.
        step: The iteration at which it happened, or was seen.
        weight: How telling it is, 0 to 1.
        link: What shows it: the tab's state as it stands in the address.
    """

    kind: str
    text: str
    step: int
    weight: float
    link: str


def link(run: str, view: str, step: int | None, **fields: object) -> str:
    """The tab's state as it stands in the address.

    Args:
        run: TensorBoard's name of the run.
        view: The view that is shown.
        step: The iteration of the crosshair; None: it stays at the latest.
        **fields: Other settings, `__` for the dot of their names; a tuple for several words.
    """
    all_fields: dict[str, object] = {"screen__run": run, "screen__view": view}
    if step is not None:
        all_fields["axis__step"] = step
    return write_address(
        (name.replace("__", "."), value if isinstance(value, tuple) else (value,))
        for name, value in (all_fields | fields).items()
    )


def at(step: int) -> str:
    """The iteration."""
    return f"iteration {step:,}"


def count(number: int, one: str, many: str | None = None) -> str:
    """12 images, 1 image."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def share(value: float) -> str:
    """3.4%, 100%."""
    return f"{value:.0%}" if value in (0, 1) else f"{value:.1%}"


def classes(names: Sequence[str]) -> str:
    """Class 3; classes 3, 5 and 8; classes 1, 2, 3, 4 and 12 others."""
    if len(names) > _NAMED:
        listed = [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} others"]
    else:
        listed = list(names)
    if len(listed) == 1:
        return a_class(listed[0])
    *most, last = map(isolated, listed)
    together = f"{', '.join(most)} and {last}"
    return together if all(map(_says_it, names)) else f"classes {together}"


def a_class(name: str) -> str:
    """Class 3, as it is called itself if that says that it is a class."""
    return isolated(name) if _says_it(name) else f"class {isolated(name)}"


def _says_it(name: str) -> bool:
    return name.lower().startswith("class")


def sentence_case(text: str) -> str:
    """With a capital at its beginning; names further on keep theirs."""
    return text[:1].upper() + text[1:]
