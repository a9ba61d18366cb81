from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared import made_once

from .example import write_example_run


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the log directory `runs`, in which is the run `example`."""
    return made_once(
        tmp_path_factory, "example", lambda folder: write_example_run(folder / "runs" / "example")
    )
