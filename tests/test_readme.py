from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tensorboard_plugin_deeptracker.index.run import Run

ROOT = Path(__file__).parent.parent


def test_the_training_loop_runs_and_is_in_the_log(tmp_path: Path) -> None:
    (loop,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    subprocess.run([sys.executable, "-c", loop], cwd=tmp_path, check=True)

    run = Run("digits", tmp_path / "runs" / "digits")
    run.refresh()
    log = run.snapshot
    assert log.problems == ()
    assert log.model is not None
    assert [layer.filters for layer in log.model.layers] == [16, 32, 10]
    assert log.model.edges == ((0, 1), (1, 2))
    assert log.validation_set is not None
    assert log.validation_set.class_names == tuple("0123456789")
    assert len(log.dumps) == len(log.validations) == 100
    assert len(log.images) > 0


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(document: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / document).read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
