from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from tensorboard_plugin_deeptracker.tracker.with_ids import MADE


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Lets tiny networks train at their speed: threads would wait for each other for longer."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def _no_datasets_of_others() -> Iterator[None]:
    """What another test has made `WithIds` is none of this one's training."""
    MADE.clear()
    yield
    MADE.clear()
