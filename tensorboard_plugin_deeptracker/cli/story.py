"""`deeptracker story`: what happened in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .about import Answer, about_run
from .output import examples

if TYPE_CHECKING:
    from ..reader.run import Run


def _echo(answer: Answer) -> None:
    for each in answer["sentences"]:
        click.echo(f"- {each['text']}")
    if not answer["sentences"]:
        click.echo("nothing to tell yet: too few validations or dumps were logged")


@click.command(
    epilog=examples("deeptracker story runs/x", "deeptracker story runs/x --image-set train --json")
)
@click.argument("run")
@about_run(_echo, top=False)
def story(run: Run, image_set: str | None) -> Answer:
    """Tells what happened in RUN, in at most eight sentences.

    Which classes were learned when, what was forgotten, what moved in the network, what went wrong:
    the sentences that the tab opens with, in the order of time.
    """
    from ..reader import brief

    return brief.story(run, image_set)
