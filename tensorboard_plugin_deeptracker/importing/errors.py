"""What is wrong with a table."""

from __future__ import annotations


class TableError(ValueError):
    """A table is not as it must be; the message names the file, the column or row, and why."""
