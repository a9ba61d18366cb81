"""`deeptracker export`: any answer as a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .output import UNREADABLE, USAGE, Failure, echo_json, echo_table, examples, json_option


@click.command(
    epilog=examples(
        "deeptracker export runs/x                                # what there is",
        "deeptracker export runs/x image_scores -o scores.csv     # a row an image",
        "deeptracker export runs/x iteration_filter top_k=1000 step=400 -o filters.parquet",
        "deeptracker export runs/x layer_filter layer=conv1 -o conv1.npz",
        "deeptracker export runs/x error_rates --rows classes",
        "deeptracker export --site runs/x runs/y -o page          # views, without a server",
    )
)
@click.argument("run")
@click.argument("question", required=False)
@click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file: .csv, .npz, .parquet or .json. Without, CSV goes to the standard output."
    " With --site, the directory.",
)
@click.option(
    "--rows", metavar="AXIS", help="What a row stands for, as images, classes or filters."
)
@click.option(
    "--site",
    is_flag=True,
    help="Write a page of all RUNs given, with the views, that opens without a server.",
)
@click.option(
    "--images",
    default=500,
    show_default=True,
    type=click.IntRange(0, 100_000),
    help="With --site: of how many images of a set there are details and pictures.",
)
@click.option("--no-images", is_flag=True, help="With --site: no pictures.")
@click.option(
    "--steps",
    default=300,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="With --site: at how many iterations one can look.",
)
@click.option(
    "--max-size",
    default=30.0,
    show_default=True,
    metavar="MB",
    type=click.FloatRange(0),
    help="With --site: what is less telling is left out beyond that size.",
)
@json_option
def export(
    run: str,
    question: str | None,
    parameters: tuple[str, ...],
    output: Path | None,
    rows: str | None,
    site: bool,
    images: int,
    no_images: bool,
    steps: int,
    max_size: float,
    as_json: bool,
) -> None:
    """Writes what was logged in RUN, or is computed of it, as a file.

    QUESTION is one of those that Python and HTTP ask, with its parameters; without one, they are
    listed. What is not given is what the tab starts with.

    With --site, all arguments are runs.
    """
    if site:
        from ..pages.questions import Limits
        from .site import write

        runs = [run, *(each for each in (question, *parameters) if each is not None)]
        write(runs, output, Limits(images, not no_images, steps), max_size, as_json)
        return
    from ..pages.whole import write_whole
    from ..reader import export as exporting
    from ..reader.run import open_run

    opened = open_run(run)
    if question is None:
        known = exporting.questions()
        if as_json:
            listed = [
                {"question": name, "says": says, "parameters": exporting.parameters(name)}
                for name, says in known.items()
            ]
            echo_json({"questions": listed})
        else:
            echo_table(["question", "what it is"], list(known.items()))
        return
    given = {}
    for each in parameters:
        name, equals, value = each.partition("=")
        if not equals:
            raise Failure(f"{each!r}: a parameter must be NAME=VALUE, as top_k=100", USAGE)
        given[name] = value
    form = "json" if as_json else "csv"
    if output is not None and not as_json:
        form = output.suffix[1:].lower()
        if form not in exporting.FORMATS:
            raise Failure(
                f"{output}: the file's name must end in one of"
                f" {', '.join(f'.{each}' for each in exporting.FORMATS)}",
                USAGE,
            )
    try:
        content = exporting.encode(exporting.answer_to(opened, question, given), form, rows)
    except ImportError as error:
        raise Failure(str(error), USAGE) from error
    if output is None:
        sys.stdout.buffer.write(content + (b"\n" if form == "json" else b""))
        return
    try:
        write_whole(output, content)
    except OSError as error:
        raise Failure(f"{output}: {error.strerror or error}", UNREADABLE) from error
