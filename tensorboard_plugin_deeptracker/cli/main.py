"""The command `deeptracker`, put together from its commands and those that features bring."""

from __future__ import annotations

import importlib
import keyword
from typing import Any

import click

from .. import __version__, features
from .output import failure

# Each is a file beside this one, with the command under its own name.
COMMANDS = (
    "runs",
    "story",
    "signs",
    "class",
    "image",
    "anomaly",
    "report",
    "export",
    "import",
    "replay",
    "mcp",
    "causes",
    "guide",
)


class Commands(click.Group):
    """Finds the commands only when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names, the features' after the others."""
        return [*COMMANDS, *_of_features()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """One of them; None if there is no such command."""
        if cmd_name in COMMANDS:
            own = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
            module = importlib.import_module(f".{own}", __package__)
            command: click.Command = getattr(module, own)
            return command
        return _of_features().get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command; what it cannot answer is said in a line, with an exit code."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            known = failure(error)
            if known is None:
                raise
            raise known from error


def _of_features() -> dict[str, click.Command]:
    modules = features.role("commands")
    return {str(own.name): own for module in modules for own in module.COMMANDS}


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""
    Every command explains itself with --help, and answers in JSON with --json.

    \b
    Exit codes:
      0  it went well
      1  the answer is no: there is nothing, or a limit was exceeded
      2  the command was not called as it must be, or asks for what is not there
      3  a log, or a file, could not be read
    """,
)
@click.version_option(__version__, prog_name="deeptracker")
def main() -> None:
    """Reads what DeepTracker logged of trainings, without TensorBoard."""
