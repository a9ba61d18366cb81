"""`deeptracker report`: a run as one report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import click

from .output import UNREADABLE, USAGE, Failure, echo_json, examples, json_option

_FORMS = ".html", ".md", ".json"
# Names of a report's pictures.
_OURS = re.compile(r"[a-z]+(-[a-z]+)?(-\d+){0,2}\.(svg|png)")


@click.command(
    epilog=examples(
        "deeptracker report runs/x -o report.html   # one file, to mail",
        "deeptracker report runs/x -o report.md     # and its pictures in report_files",
        "deeptracker report runs/x                  # Markdown without pictures",
        "deeptracker report runs/x --json",
    )
)
@click.argument("run")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file: .html, .md or .json. Without, Markdown goes to the standard output.",
)
@click.option("--image-set", metavar="NAME", help="Of which image set; `validation` if not given.")
@click.option(
    "--top",
    default=10,
    show_default=True,
    type=click.IntRange(1, 100),
    metavar="N",
    help="How many entries a list may have.",
)
@click.option("--no-map", is_flag=True, help="Do not lay out the map, which may take a while.")
@json_option
def report(
    run: str, output: Path | None, image_set: str | None, top: int, no_map: bool, as_json: bool
) -> None:
    """Writes a report of what happened in RUN, to read or to mail.

    What was trained, the story, what went wrong and what is done about it, the error over time, the
    classes, the layers, the hardest images and those whose labels are probably wrong, the map. The
    HTML is one file that needs no script and nothing from elsewhere.
    """
    from ..pages.whole import write_whole
    from ..reader.report import gather, html, markdown
    from ..reader.report.figures import thumbnails
    from ..reader.run import open_run

    form = ".json" if as_json else ".md" if output is None else output.suffix.lower()
    if form not in _FORMS:
        raise Failure(f"{output}: the file's name must end in one of {', '.join(_FORMS)}", USAGE)
    opened = open_run(run)
    answer = gather(opened, image_set, top, with_map=not no_map)
    if answer["map_failure"]:
        click.echo(
            f"The report has no map: {answer['map_failure']}. Try again, or leave it out with"
            " --no-map.",
            err=True,
        )
    if output is None:
        if form == ".json":
            echo_json(answer)
        else:
            click.echo(markdown(answer, {}, None)[0], nl=False)
        return
    files: dict[str, bytes] = {}
    if form == ".json":
        from ..http.answers import to_json

        content = bytes(to_json(answer))
    elif form == ".html":
        content = html(answer, thumbnails(opened, answer)).encode()
    else:
        text, files = markdown(answer, thumbnails(opened, answer), f"{output.stem}_files")
        content = text.encode()
    try:
        if files:
            # Before the text that shows them.
            _write_pictures(output.with_name(f"{output.stem}_files"), files)
        write_whole(output, content)
    except OSError as error:
        raise Failure(f"{output}: {error.strerror or error}", UNREADABLE) from error


def _write_pictures(directory: Path, files: Mapping[str, bytes]) -> None:
    """Writes the pictures of a report in place of an earlier one's, all of them or none."""
    from ..pages.whole import whole_directory

    if directory.exists() and not (
        directory.is_dir() and all(_OURS.fullmatch(each.name) for each in directory.iterdir())
    ):
        raise Failure(
            f"{directory}: is where the pictures would be, and has something else in it: name"
            " another file",
            USAGE,
        )
    with whole_directory(directory) as own:
        for name, content in files.items():
            (own / name).write_bytes(content)
