"""Calling the command `deeptracker`."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from tensorboard_plugin_deeptracker.cli.main import main


def call(*arguments: object) -> Result:
    """What a command says, and its exit code; what goes wrong in it is raised."""
    result = CliRunner().invoke(main, [str(each) for each in arguments], prog_name="deeptracker")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def ask(*arguments: object) -> Any:
    """The JSON that a command answers."""
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
