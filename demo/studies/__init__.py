"""Studies: small trainings on digits in each of which one thing happens that is worth seeing.

Each is a module with a function `study`, which is given a `Lab`; docs/studies.md walks through all.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from .lab import Lab


def run(name: str, directory: Path, seed: int = 0, size: float = 1.0) -> None:
    """Runs a study.

    Args:
        name: One of `options.STUDIES`.
        directory: Gets its runs.
        seed: Of everything random.
        size: Of its number of iterations, a share; less is for trying out.
    """
    import_module(f"{__name__}.{name}").study(Lab(directory, seed, size))
