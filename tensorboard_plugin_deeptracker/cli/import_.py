"""`deeptracker import`: a run of a table of predictions, from whatever framework."""

from __future__ import annotations

from pathlib import Path

import click

from .output import UNREADABLE, USAGE, Failure, echo_json, examples, json_option


@click.command(
    "import",
    epilog=examples(
        "deeptracker import predictions.csv --logdir runs/keras",
        "deeptracker import p.parquet --logdir runs/jax --column id=path --column step=epoch",
    ),
)
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--logdir", required=True, type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="ROLE=NAME",
    help="What a column is called, if not step, id, label, prediction or scores.",
)
@click.option("--classes", help="Names of the classes by their numbers, with commas between them.")
@click.option("--image-set", default="validation", show_default=True, help="Of which images.")
@json_option
def import_(
    table: Path,
    logdir: Path,
    columns: tuple[str, ...],
    classes: str | None,
    image_set: str,
    as_json: bool,
) -> None:
    """Makes a run of TABLE: predictions of any framework, by step.

    TABLE is a CSV or Parquet file with a row for each image at each step: step, id, label, and
    prediction, or scores (logits: columns score_0, score_1, ... or score:NAME, or lists in a column
    scores), or both. Labels are numbers or names. An image without a row at a step was not
    evaluated then.
    """
    from ..importing import TableError
    from ..importing.run import prepare, write_run
    from ..importing.tables import NEEDED, OPTIONAL, read_table

    named = {}
    for each in columns:
        role, equals, name = each.partition("=")
        if not equals or role not in (*NEEDED, *OPTIONAL, "scores"):
            roles = ", ".join((*NEEDED, *OPTIONAL, "scores"))
            raise Failure(f"--column {each}: must be ROLE=NAME, the role one of {roles}", USAGE)
        named[role] = name
    try:
        names = classes.split(",") if classes else ()
        imported = prepare(read_table(table, named), names, image_set)
        write_run(logdir, imported)
    except (TableError, ImportError) as error:
        raise Failure(str(error), USAGE) from error
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(
            f"{getattr(error, 'filename', None) or table}: {error}", UNREADABLE
        ) from error
    counts = {
        "run": str(logdir),
        "image_set": image_set,
        "images": len(imported.images.labels),
        "classes": len(imported.images.class_names),
        "validations": len(imported.steps),
    }
    if as_json:
        echo_json(counts)
        return
    click.echo(
        f"{counts['validations']} validations of {counts['images']} images in"
        f" {counts['classes']} classes, in {logdir}"
    )
