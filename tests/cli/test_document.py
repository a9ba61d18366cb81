"""What docs/command_line.md shows is what the commands say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from .calling import call

ROOT = Path(__file__).parents[2]


def test_the_document(example: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "runs").symlink_to(example / "runs")
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "command_line.md").read_text()
    shown = 0
    for console in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for block in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
            line, _, expected = block.partition("\n")
            name, *arguments = shlex.split(line)
            assert name == "deeptracker"
            said = call(*arguments)
            assert said.exit_code == 0, said.output
            assert said.stdout == expected, line
            shown += 1
    assert shown > 2
