"""How a measurement is asked for."""

from __future__ import annotations

import argparse


def command(name: str, description: str | None) -> argparse.ArgumentParser:
    """The arguments of a command that is described by a module's own text, line by line.

    Args:
        name: What it is called by.
        description: The text.
    """
    return argparse.ArgumentParser(
        name, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
