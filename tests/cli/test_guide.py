"""What the guide says can be called."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from .calling import ask, call


def test_every_call_of_the_guide_is_answered(example: Path) -> None:
    guide = call("guide").stdout
    assert ask("guide") == {"guide": guide}
    called = re.findall(r"^ +deeptracker (.*)$", guide, re.MULTILINE)
    assert len(called) > 8
    given = {
        "LOGDIR": "runs",
        "RUN": "runs/example",
        " ID": " 3",
        " STEP": " 150",
        " NAME": " deer",
    }
    for line in called:
        own = line
        for name, value in given.items():
            own = own.replace(name, str(example / value) if value.startswith("runs") else value)
        said = call(*shlex.split(own))
        assert said.exit_code == 0, (line, said.stderr)
        assert said.stdout
