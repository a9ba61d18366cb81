"""How commands answer: text to read or JSON for programs, and exit codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

# The answer is no; the command or its arguments are wrong; what it is about cannot be read.
NO, USAGE, UNREADABLE = 1, 2, 3


class Failure(click.ClickException):
    """Ends a command with a line that says what is wrong and what would be right.

    Args:
        message: The line.
        exit_code: `NO`, `USAGE` or `UNREADABLE`.
    """

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # As FileError and others do.


def failure(error: Exception) -> Failure | None:
    """What a command ends with that raised an error; None if that is a mistake of ours."""
    if isinstance(error, (click.ClickException, click.exceptions.Exit, click.Abort)):
        return None
    from ..compute.errors import QuestionError
    from ..reader.errors import LogError

    if isinstance(error, QuestionError):
        return Failure(str(error), USAGE)
    return Failure(str(error), UNREADABLE) if isinstance(error, LogError) else None


def examples(*lines: str) -> str:
    """What stands below a command's help: calls of it."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def json_option(command: Command) -> Command:
    """Adds `--json` to a command, as its argument `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(command)


def echo_json(content: Mapping[str, Any]) -> None:
    """Writes an answer as JSON, as the HTTP routes would: what is not finite is null."""
    from ..http.answers import to_json

    click.echo(to_json(content))


def echo_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Writes rows under their columns' names; numbers stand at the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    right = [all(isinstance(row[c], int | float | None) for row in rows) for c in range(len(names))]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    for line in (names, *cells):
        padded = (
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(line, widths, right, strict=True)
        )
        click.echo("  ".join(padded).rstrip())


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else str(value)
