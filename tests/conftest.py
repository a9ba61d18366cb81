from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.summary.processes import Trainings

# No test has a time limit.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def trainings() -> Iterator[Trainings]:
    """Where a test can run a training in a process of its own."""
    with Trainings() as trainings:
        yield trainings
