"""What a report says in words, the same in every form: titles, columns, cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...compute.names import isolated
from ...features.signs.compute import ALARM

Cell = str | int | None


class Sign(NamedTuple):
    """Signs of a kind: what all of them are, when each was, and what is done about it."""

    title: str
    alarm: bool
    entries: Sequence[tuple[str, str]]
    advice: Mapping[str, Any] | None


class Table(NamedTuple):
    """A table of a report."""

    names: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def percent(value: float | None) -> str:
    """A share; a dash if it is missing."""
    return "-" if value is None else f"{value:.1%}"


def short(value: float | None) -> str:
    """A number, likewise."""
    return "-" if value is None else f"{value:.2g}"


def at(step: int | None) -> str:
    """An iteration, likewise."""
    return "-" if step is None else f"{step:,}"


def trained(answer: Mapping[str, Any]) -> list[str]:
    """What was trained, as sentences."""
    own = answer["trained"]
    said = []
    if own["layers"]:
        model = f"{own['model'] or 'A model'}: "
        dumps = "no weights were logged"
        if own["dumps"]:
            first, last = at(own["first_dump"]), at(own["last_dump"])
            dumps = f"weights were logged {own['dumps']:,} times, at iterations {first} to {last}"
        said.append(
            f"{model}{own['layers']:,} layers with {own['filters']:,} filters and"
            f" {own['weights']:,} weights; {dumps}."
        )
    said += [
        f"Image set {each['name']}: {each['images']:,} images in {each['classes']:,} classes,"
        f" {each['validations']:,} validations."
        for each in own["image_sets"]
    ]
    return said or ["Nothing was logged yet."]


def error(answer: Mapping[str, Any]) -> str | None:
    """How the error ended."""
    said = []
    for each in answer["error_rates"]:
        known = [
            (step, value)
            for step, value in zip(each["steps"], each["error_rate"], strict=True)
            if value is not None
        ]
        if known:
            step, value = known[-1]
            said.append(f"{percent(value)} of {each['image_set']} at iteration {at(step)}")
    return f"Wrong at the end: {'; '.join(said)}." if said else None


def signs(answer: Mapping[str, Any]) -> list[Sign]:
    """The signs by kind, in the order of the worst of each."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for each in answer["signs"]:
        kinds.setdefault(each["title"], []).append(each)
    return [
        Sign(
            title,
            any(each["severity"] >= ALARM for each in own),
            [
                (
                    f"since iteration {at(each['first_step'])}, severity {each['severity']:.2f}",
                    each["says"],
                )
                for each in own
            ],
            own[0]["advice"],
        )
        for title, own in kinds.items()
    ]


def flip(own: Mapping[str, Any]) -> str:
    """What an image was predicted as, and is."""
    return f"{isolated(own['before'])} \u2192 {isolated(own['predicted'])}"


def anomalies(answer: Mapping[str, Any]) -> Table:
    """The anomaly iterations."""
    return Table(
        ["iteration", "images", "classes"],
        [[at(each["step"]), each["images"], _classes(each)] for each in answer["anomalies"]],
    )


def _classes(own: Mapping[str, Any]) -> str:
    shown = own["classes"][:5]
    more = own["of_classes"] - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def classes(answer: Mapping[str, Any]) -> Table:
    """The classes; a picture of each follows."""
    return Table(
        ["class", "images", "error at the end", "least", "at", "learned at"],
        [
            [
                each["class"],
                each["images"],
                percent(each["error_rate"]),
                percent(each["least"]),
                at(each["least_at"]),
                at(each["learned_at"]),
            ]
            for each in answer["classes"]
        ],
    )


def layers(answer: Mapping[str, Any]) -> Table:
    """The layers; a picture of each follows."""
    return Table(
        ["layer", "type", "filters", "median", "largest", "at"],
        [
            [
                each["layer"],
                each["type"],
                each["filters"],
                short(each["median"]),
                short(each["largest"]),
                at(each["largest_at"]),
            ]
            for each in answer["layers"]
        ],
    )


def images(answer: Mapping[str, Any], name: str) -> Table:
    """The hardest images, or the suspicious ones; a picture of each follows."""
    last = "suspicion" if name == "suspicious" else "forgotten"
    return Table(
        ["image", "labelled", "second choice", "right", last],
        [
            [
                str(each["id"]),
                each["class"],
                each["second"] or "-",
                f"{each['right']:,} of {each['observed']:,}",
                short(each["suspicion"]) if last == "suspicion" else each["forgotten"],
            ]
            for each in answer[name]
        ],
    )


def effects(answer: Mapping[str, Any]) -> Table:
    """Experiments beyond chance."""
    return Table(
        ["iteration", "filters", "images", "how many changed", "by chance", "q"],
        [
            [
                at(each["step"]),
                each["group"],
                _images_of(each),
                f"{each['changed']:,} of {each['images']:,}",
                short(each["chance"]),
                short(each["q"]),
            ]
            for each in answer["effects"]
        ],
    )


def _images_of(own: Mapping[str, Any]) -> str:
    return (
        "all" if own["class"] is None else f"{isolated(own['class'])}, then {isolated(own['to'])}"
    )


def left(answer: Mapping[str, Any], name: str) -> str | None:
    """How much of a list is missing."""
    number = answer["left_out"].get(name)
    return f"{number:,} more are not shown (--top N)." if number else None
