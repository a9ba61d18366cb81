"""The examples of docs/integrations.md run, and log what they say."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from ..summary.reading import read_log
from .examples import run_example

TEXT = (Path(__file__).parent.parent.parent / "docs" / "integrations.md").read_text()
# Those of "Other loops" are in test_ecosystem.py.
TEXT = re.sub(r"^## Other loops.*?^## ", "## ", TEXT, flags=re.MULTILINE | re.DOTALL)
EXAMPLES = dict(re.findall(r"^## (.*?)\n.*?```python\n(.*?)```", TEXT, re.MULTILINE | re.DOTALL))
CALLS = EXAMPLES.pop("Without any of it")
RUNS = {
    "`Tracker`": ("runs/tracker", 35),
    "Lightning": ("runs/lightning", 36),
    "Hugging Face `Trainer`": ("runs/transformers", 16),
    "Several processes": ("runs/sharded", 4),
}


def test_there_are_no_others() -> None:
    assert set(EXAMPLES) == set(RUNS)


def test_observing_as_it_is_described(tmp_path: Path) -> None:
    """What stands below the tracker's example goes on from it."""
    more = re.search(r"^### The training images.*?```python\n(.*?)```", TEXT, re.M | re.S)
    assert more
    run_example(tmp_path, EXAMPLES["`Tracker`"] + more[1])
    logged = read_log(tmp_path / "runs" / "observed", "train")
    assert sorted(logged.choices) == [20, 41, 62]
    assert all((predicted >= 0).all() for predicted in logged.predicted.values())
    assert len(logged.validation_sets[0].labels) == 1297
    assert len(logged.images) >= 256


def test_calls_alone(tmp_path: Path) -> None:
    """With what the tracker's example begins with."""
    run_example(tmp_path, EXAMPLES["`Tracker`"].partition("with SummaryWriter")[0] + CALLS)
    logged = read_log(tmp_path / "runs" / "calls")
    assert len(logged.filters) == len(logged.predicted) == len(logged.choices) == 27
    assert len(logged.validation_sets[0].labels) == len(logged.images) == 500


@pytest.mark.parametrize(
    "title",
    [*list(RUNS)[:-1], pytest.param("Several processes", marks=pytest.mark.full)],
)
def test_an_example(tmp_path: Path, title: str) -> None:
    run, dumps = RUNS[title]
    start = []
    if title == "Several processes":
        start = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        start += ["--local-addr", "127.0.0.1", "--nproc-per-node", "2"]
    logging = str(tmp_path / "runs" / "transformers")
    run_example(tmp_path, EXAMPLES[title], start, TENSORBOARD_LOGGING_DIR=logging)
    logged = read_log(tmp_path / run)
    assert len(logged.filters) == len(logged.predicted) == dumps
    assert len(logged.validation_sets[0].labels) == len(logged.images) == 500
    (last, labels) = logged.predicted[max(logged.predicted)], logged.validation_sets[0].labels
    assert np.mean(last == labels) > 0.2
    assert len(list((tmp_path / run).glob("*tfevents*"))) == 1
