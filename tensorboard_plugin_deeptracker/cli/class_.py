"""`deeptracker class`: how a class was learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .about import Answer, about_run, heading, percent, short
from .output import echo_table, examples

if TYPE_CHECKING:
    from ..reader.run import Run


def _echo(answer: Answer) -> None:
    learned, last, best = answer["learned_at"], answer["last"], answer["best"]
    click.echo(f"class {answer['class']}: {answer['images']:,} images in {answer['image_set']}")
    click.echo("never learned" if learned is None else f"learned at iteration {learned:,}")
    if last:
        click.echo(
            f"error rate {percent(last['error_rate'])} at iteration {last['step']:,}, the least"
            f" {percent(best['error_rate'])} at {best['step']:,};"
            f" precision {percent(answer['precision'])}"
        )
        heading("error rate over time")
        echo_table(
            ["iteration", "error rate"],
            [[each["step"], percent(each["error_rate"])] for each in answer["error_rates"]],
        )
    for name, title in (
        ("predicted_as", "predicted as"),
        ("predicted_as_it", "others predicted as it"),
    ):
        if answer[name]:
            heading(f"{title}, at the last validation")
            echo_table(
                ["class", "images"], [[each["class"], each["images"]] for each in answer[name]]
            )
    if answer["anomalies"]:
        heading("anomalies")
        echo_table(
            ["iteration", "rule", "images", "of the class"],
            [
                [each["step"], each["rule"], each["count"], percent(each["score"])]
                for each in answer["anomalies"]
            ],
        )
    if answer["hardest"]:
        heading("hardest images")
        echo_table(
            ["image", "right", "of", "forgotten", "suspicion"],
            [
                [
                    str(each["id"]),
                    each["right"],
                    each["observed"],
                    each["forgotten"],
                    short(each["suspicion"]),
                ]
                for each in answer["hardest"]
            ],
        )


@click.command(
    "class",
    epilog=examples(
        "deeptracker class runs/x cat",
        "deeptracker class runs/x 'golden retriever' --top 5 --json",
    ),
)
@click.argument("run")
@click.argument("name")
@about_run(_echo)
def class_(run: Run, name: str, image_set: str | None, top: int) -> Answer:
    """Says how RUN learned the class NAME, and where it fails."""
    from ..reader import brief

    return brief.class_(run, name, image_set, top)
