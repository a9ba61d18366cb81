"""`deeptracker runs`: which runs there are."""

from __future__ import annotations

import click

from .output import NO, Failure, echo_json, echo_table, examples, json_option


@click.command(
    epilog=examples(
        "deeptracker runs runs",
        "deeptracker runs s3://bucket/runs --json | jq -r '.runs[].run'",
    )
)
@click.argument("logdir")
@json_option
def runs(logdir: str, as_json: bool) -> None:
    """Lists the runs below LOGDIR, and how much was logged in each.

    LOGDIR is what TensorBoard is started with: a directory, or an address like s3://bucket/runs.
    A run without a log of DeepTracker's is none of ours.
    """
    from ..http.runs import runs as answer
    from ..reader.runs import count_runs

    counts = count_runs(logdir)
    if as_json:
        echo_json(answer(counts).fields)
    elif counts:
        names = list(counts[0].of)
        echo_table(
            ["run", *names, "last step"],
            [[own.run, *(own.of[name] for name in names), own.last_step] for own in counts],
        )
    if not counts:
        raise Failure(f"no run with a log of DeepTracker's below {logdir}", NO)
