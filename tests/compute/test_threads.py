"""What several threads compute comes in order, and what fails is raised."""

from __future__ import annotations

import threading

import pytest

from tensorboard_plugin_deeptracker.compute.threads import in_threads


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_in_order(count: int) -> None:
    assert list(in_threads(lambda item: item * item, range(count))) == [i * i for i in range(count)]


def test_a_single_one_needs_no_thread() -> None:
    assert list(in_threads(lambda _: threading.get_ident(), [0])) == [threading.get_ident()]


@pytest.mark.parametrize("count", [1, 9])
def test_what_fails_is_raised(count: int) -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda item: 1 // item, range(count)))
