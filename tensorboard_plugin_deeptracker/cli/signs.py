"""`deeptracker signs`: what went wrong in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .about import Answer, about_run
from .output import echo_table, examples

if TYPE_CHECKING:
    from ..reader.run import Run


def _echo(answer: Answer) -> None:
    found = answer["signs"]
    if not found:
        click.echo("no signs")
        return
    echo_table(
        ["severity", "since", "kind", "what"],
        [
            [f"{each['severity']:.2f}", each["first_step"], each["kind"], each["says"]]
            for each in found
        ],
    )
    advice = {each["kind"]: each["advice"] for each in found if each["advice"]}
    click.echo()
    for kind, own in advice.items():
        click.echo(f"{kind}: {own['says']} ({own['source']})")


@click.command(
    epilog=examples(
        "deeptracker signs runs/x",
        "deeptracker signs runs/x --severity 0.5   # alarms only",
    )
)
@click.argument("run")
@click.option(
    "--severity",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="The least that is of interest; 0.5 and more is an alarm.",
)
@click.option("--kind", default="", help="Only signs of this kind, as class_lost.")
@about_run(_echo, image_set=False)
def signs(run: Run, top: int, severity: float, kind: str) -> Answer:
    """Lists what went wrong in RUN, most severe first, with remedies."""
    from ..reader import brief

    return brief.signs(run, top, severity, kind)
