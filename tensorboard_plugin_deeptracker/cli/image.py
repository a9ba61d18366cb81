"""`deeptracker image`: what became of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .about import Answer, about_run, heading, short
from .output import echo_table, examples

if TYPE_CHECKING:
    from ..reader.run import Run


def _echo(answer: Answer) -> None:
    click.echo(f"image {answer['id']} of {answer['image_set']}, class {answer['class']}")
    click.echo(
        f"right at {answer['right']:,} of {answer['observed']:,} validations,"
        f" forgotten {_times(answer['forgotten'])}"
    )
    for name, word in (("learned_at", "first right"), ("settled_at", "never wrong since")):
        if answer[name] is not None:
            click.echo(f"{word}: iteration {answer[name]:,}")
    scores = ("confidence", "variability", "margin", "suspicion")
    echo_table(
        [*scores, "second choice"],
        [[*(short(answer[name]) for name in scores), answer["second"]]],
    )
    if answer["predictions"]:
        heading("predicted as")
        echo_table(
            ["from", "to", "class", ""],
            [
                [
                    each["first_step"],
                    each["last_step"],
                    each["predicted"],
                    {True: "right", False: "wrong", None: "not evaluated"}[each["right"]],
                ]
                for each in answer["predictions"]
            ],
        )


def _times(number: int) -> str:
    return {0: "never", 1: "once"}.get(number, f"{number:,} times")


@click.command(
    epilog=examples(
        "deeptracker image runs/x 1042", "deeptracker image runs/x photos/cat_7.png --json"
    )
)
@click.argument("run")
@click.argument("id_", metavar="ID")
@about_run(_echo)
def image(run: Run, id_: str, image_set: str | None, top: int) -> Answer:
    """Says what RUN predicted the image ID as, and when.

    A suspicion near 1 says that its label is probably wrong.
    """
    from ..reader import brief

    return brief.image(run, id_, image_set, top)
