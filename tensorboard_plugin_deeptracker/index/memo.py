"""What is kept with a run because it is costly to compute again."""

from __future__ import annotations

import threading
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """One object of each type that is asked for, handed from a snapshot to the next.

    Such an object decides itself what of its content holds for a snapshot.
    """

    def __init__(self) -> None:
        self._objects: dict[type[Any], Any] = {}
        self._lock = threading.Lock()

    def get(self, kind: type[T]) -> T:
        """The object of that type; made, without arguments, if there is none yet."""
        with self._lock:
            if kind not in self._objects:
                self._objects[kind] = kind()
            found: T = self._objects[kind]
            return found
