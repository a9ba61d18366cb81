"""Runs made of what others have logged: no PyTorch."""


class TableError(ValueError):
    """A table is not as it must be; the message names the file, the column or row, and why."""
