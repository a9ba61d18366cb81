from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.summary.processes import Trainings


@pytest.fixture(scope="session")
def trainings() -> Iterator[Trainings]:
    """Where a test can run a training in a process of its own."""
    with Trainings() as trainings:
        yield trainings
