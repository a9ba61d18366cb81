"""The tracker as a callback of training frameworks; each module needs its framework."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def of_extra(extra: str, *modules: str) -> Iterator[None]:
    """Says what to install if something that is imported within is not there.

    Args:
        extra: What brings it.
        *modules: That are part of it.

    Raises:
        ImportError: One of the modules is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in modules:
            raise
        raise ImportError(
            f"this needs {error.name}, which is not installed here:"
            f' pip install "tensorboard-plugin-deeptracker[{extra}]"'
        ) from error
