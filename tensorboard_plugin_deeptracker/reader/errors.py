"""What goes wrong with reading a log."""

from __future__ import annotations


class LogError(OSError):
    """A log cannot be read; the message says which, why and what would be right."""
