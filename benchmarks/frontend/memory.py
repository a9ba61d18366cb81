"""How much memory the tab's page takes."""

from __future__ import annotations

import os
from pathlib import Path


def renderer_bytes() -> int:
    """Resident memory of the largest renderer among the descendants, shared parts divided."""
    return max(
        int(field.split()[1]) * 1024
        for pid in _descendants(os.getpid())
        if b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes()
        for field in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        if field.startswith("Pss:")
    )


def _descendants(pid: int) -> list[int]:
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [*children, *(below for child in children for below in _descendants(child))]
