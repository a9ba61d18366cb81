"""`deeptracker export --site`: a page of some runs that needs no server."""

from __future__ import annotations

import sys
from collections.abc import Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .output import UNREADABLE, USAGE, Failure, echo_json

if TYPE_CHECKING:
    from ..pages.questions import Limits


def write(
    runs: Sequence[str], output: Path | None, limits: Limits, max_size: float, as_json: bool
) -> None:
    """Writes the page and says what is in it.

    Args:
        runs: Directories or addresses.
        output: The page's directory.
        limits: How much of each run.
        max_size: Of the page, in MB.
        as_json: Whether to say it in JSON.
    """
    from ..pages.site import SiteError, write_site
    from ..reader.run import open_run

    if output is None:
        raise Failure("--site needs a directory for the page: -o DIRECTORY", USAGE)
    named: dict[str, Any] = {}
    for each in runs:
        run = open_run(each)
        named[_unused(run.name, named)] = run.source
    try:
        written = write_site(named, output, limits, int(max_size * 1e6), _Bar(as_json))
    except SiteError as error:
        raise Failure(str(error), USAGE) from error
    except OSError as error:
        raise Failure(f"{output}: {error.strerror or error}", UNREADABLE) from error
    if as_json:
        echo_json({"page": str(output / "index.html"), "runs": [*named], **vars(written)})
        return
    click.echo(
        f"{output / 'index.html'}: {written.size / 1e6:.1f} MB, {written.answers:,} answers and"
        f" {written.images:,} pictures"
    )
    for each in written.unfinished:
        click.echo(f"not whole: {each}", err=True)
    if written.left_out:
        click.echo(
            f"{written.left_out:,} more were left out for its size: --max-size, now"
            f" {max_size:g} MB, lets more in"
        )


def _unused(name: str, used: Container[str]) -> str:
    """A name that no other run on the page has; where it lies is nobody's business."""
    own, number = name, 2
    while own in used:
        own, number = f"{name} ({number})", number + 1
    return own


class _Bar:
    """Says how far it is, where somebody looks on."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet or not sys.stderr.isatty()
        self._said = -1

    def __call__(self, done: int, total: int, size: int) -> None:
        share = 100 * done // max(1, total)
        if self._quiet or share == self._said:
            return
        self._said = share
        click.echo(f"\r{share:3} %  {size / 1e6:.1f} MB", err=True, nl=done == total)
