"""The examples of other loops in docs/integrations.md run with the real frameworks.

These are installed into an environment of their own, because they are large and their requirements
are their own.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ..summary.reading import read_log
from .examples import run_example

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs" / "integrations.md").read_text()
(BEGINNING,) = re.findall(r"^## `Tracker`.*?```python\n(.*?)^optimizer =", TEXT, re.M | re.S)
(OTHERS,) = re.findall(r"^## Other loops\n(.*?)^## ", TEXT, re.M | re.S)
EXAMPLES = dict(re.findall(r"^### (.*?)\n.*?```python\n(.*?)```", OTHERS, re.M | re.S))
# The steps of the first dumps, and whether there are gradients.
LOGGED = {
    "accelerate": ([0, 3, 6], True),
    "timm": ([0, 3, 6], True),
    "Ignite": ([3, 6, 9], True),
    "skorch": ([0, 3, 6], True),
    "fastai": ([0, 3, 6], True),
    "Ultralytics": ([0, 5, 10], False),
}
pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with all frameworks and the project."""
    directory = tmp_path_factory.mktemp("ecosystem") / "venv"
    uv = [sys.executable, "-m", "uv"]
    installed = directory / "bin" / "python"
    requirements = ROOT / "requirements" / "ecosystem.txt"
    for command in (
        ["venv", "--quiet", "--python", sys.executable, str(directory)],
        ["pip", "install", "--quiet", "--python", str(installed), "-r", str(requirements)],
    ):
        subprocess.run([*uv, *command], check=True)
    return installed


def test_there_are_no_others() -> None:
    assert set(EXAMPLES) == set(LOGGED)


@pytest.mark.parametrize("title", LOGGED)
def test_an_example(tmp_path: Path, python: Path, title: str) -> None:
    variables = {"ACCELERATE_USE_CPU": "true", "YOLO_CONFIG_DIR": str(tmp_path)}
    code = BEGINNING + EXAMPLES[title]
    run_example(tmp_path, code, [python], PYTHONPATH=str(ROOT), **variables)
    logged = read_log(tmp_path / "runs" / title.lower())
    steps, gradients = LOGGED[title]
    assert sorted(logged.filters)[:3] == sorted(logged.predicted)[:3] == steps
    assert len(logged.images) == len(logged.validation_sets[0].labels) == 500
    norms = [logged.measure("gradient_norm", step) for step in steps]
    assert all((norm > 0).any() for norm in norms) if gradients else np.isnan(norms).all()
    last = logged.predicted[max(logged.predicted)]
    if title != "Ultralytics":  # One epoch is not enough for its smallest network.
        assert np.mean(last == logged.validation_sets[0].labels) > 0.2
