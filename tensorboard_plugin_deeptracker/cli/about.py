"""What the commands about one run have in common: the run, its image set, how much, which form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import click

from .output import echo_json, json_option

Answer = Mapping[str, Any]


def about_run(
    echo: Callable[[Answer], None], *, image_set: bool = True, top: bool = True
) -> Callable[[Callable[..., Answer]], Callable[..., None]]:
    """Makes a command of a function that answers a question about a run.

    Args:
        echo: Writes an answer to be read.
        image_set: Whether the question is about an image set.
        top: Whether the answer has lists that may be long.
    """

    def decorate(question: Callable[..., Answer]) -> Callable[..., None]:
        @wraps(question)
        def command(run: str, as_json: bool, **given: Any) -> None:
            from ..reader.run import open_run

            answer = question(open_run(run), **given)
            if as_json:
                echo_json(answer)
                return
            echo(answer)
            left = ", ".join(f"{number:,} {name}" for name, number in answer["left_out"].items())
            if left:
                click.echo(f"\nleft out: {left.replace('_', ' ')} ({answer['more']})")

        made: Callable[..., None] = json_option(command)
        if top:
            made = click.option(
                "--top",
                default=10,
                show_default=True,
                type=click.IntRange(1, 1000),
                metavar="N",
                help="How many entries a list may have.",
            )(made)
        if image_set:
            made = click.option(
                "--image-set", metavar="NAME", help="Of which image set; `validation` if not given."
            )(made)
        return made

    return decorate


def heading(text: str) -> None:
    """Writes what a table is about, apart from what is above it."""
    click.echo(f"\n{text}")


def percent(value: float | None) -> str:
    """A share, to be read."""
    return "-" if value is None else f"{value:.1%}"


def short(value: float | None) -> str:
    """A number, to be read."""
    return "-" if value is None else f"{value:.3g}"
