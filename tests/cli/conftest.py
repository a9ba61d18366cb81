from __future__ import annotations

from tests.reader.conftest import example

__all__ = ["example"]
