"""The runs of docs/compare.md, from the demo: python -m benchmarks.compared DIR."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_DEMO = ["demo", "--dataset", "digits", "--epochs", "8", "--dumps", "80", "--no-serve", "--logdir"]
RUNS = {
    "A": ["--copies"],
    "seed-1": ["--seed", "1"],
    "seed-2": ["--seed", "2"],
    "lower-rate": ["--learning-rate", "0.01"],
}


def main(logdir: Path) -> None:
    """Trains them, each in a directory of its name; copies stand beside what they are made of."""
    for name, options in RUNS.items():
        made = logdir / f".{name}"
        subprocess.run([sys.executable, "-m", *_DEMO, str(made), *options], check=True)
        trained = min(made.iterdir(), key=lambda run: len(run.name))
        for run in list(made.iterdir()):
            run.rename(
                logdir / (run.name.removeprefix(f"{trained.name}-") if run != trained else name)
            )
        made.rmdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
