"""Prints measurements: each a ratio, with both of its sides and what was promised."""

from __future__ import annotations


def title(text: str) -> None:
    """Begins a part."""
    print(f"\n## {text}\n", flush=True)


def row(
    name: str, ours: float, theirs: float, of: str, promised: float | None, unit: str = "ms"
) -> None:
    """One measurement.

    Args:
        name: What was measured.
        ours: Seconds, or megabytes.
        theirs: What it is compared with, in the same unit.
        of: What that is.
        promised: The largest ratio that was promised, if any.
        unit: `ms` (of seconds) or `MB`.
    """
    factor = 1e3 if unit == "ms" else 1
    ratio = ours / theirs
    verdict = (
        "" if promised is None else f"{promised:>8.3g} {'' if ratio <= promised else 'MISSED'}"
    )
    both = f"{ours * factor:>10.2f} {unit} /{theirs * factor:>10.2f} {unit}"
    print(f"{name:48}{both} = {ratio:<8.4f} of {of:24}{verdict}", flush=True)
