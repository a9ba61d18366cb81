"""`deeptracker anomaly`: where many images of a class flip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .about import Answer, about_run, heading, percent, short
from .output import echo_table, examples

if TYPE_CHECKING:
    from ..reader.run import Run


def _echo(answer: Answer) -> None:
    if "iterations" in answer:
        _echo_all(answer)
        return
    click.echo(
        f"iteration {answer['step']:,}: {answer['learned']:,} images learned,"
        f" {answer['forgotten']:,} forgotten since the validation before"
    )
    if not answer["is_anomaly"]:
        click.echo("no anomaly: no class had a large share of its images flip")
    else:
        heading("classes")
        echo_table(
            ["class", "rule", "images", "of the class"],
            [
                [each["class"], each["rule"], each["count"], percent(each["score"])]
                for each in answer["classes"]
            ],
        )
    if answer["filters"]:
        heading("filters that changed most")
        echo_table(
            ["layer", "filter", "change"],
            [[each["layer"], each["filter"], short(each["change"])] for each in answer["filters"]],
        )
    if answer["images"]:
        heading("images that flipped")
        echo_table(
            ["image", "class", "before", "then"],
            [
                [str(each["id"]), each["class"], each["before"], each["predicted"]]
                for each in answer["images"]
            ],
        )


def _echo_all(answer: Answer) -> None:
    if not answer["iterations"]:
        click.echo("no anomalies")
        return
    echo_table(
        ["iteration", "images", "classes"],
        [
            [
                each["step"],
                each["images"],
                ", ".join(each["classes"])
                + (
                    f", {each['of_classes'] - len(each['classes']):,} more"
                    if each["of_classes"] > len(each["classes"])
                    else ""
                ),
            ]
            for each in answer["iterations"]
        ],
    )


@click.command(
    epilog=examples(
        "deeptracker anomaly runs/x              # all, those with most images first",
        "deeptracker anomaly runs/x 400          # what flipped at 400, and which filters moved",
        "deeptracker anomaly runs/x 400 --top 50 --json",
    )
)
@click.argument("run")
@click.argument("step", required=False, type=int)
@about_run(_echo)
def anomaly(run: Run, step: int | None, image_set: str | None, top: int) -> Answer:
    """Lists when many images of a class flipped in RUN.

    With STEP, it explains one of these iterations.
    """
    from ..reader import brief

    if step is None:
        return brief.anomalies(run, image_set, top)
    return brief.anomaly(run, step, image_set, top)
