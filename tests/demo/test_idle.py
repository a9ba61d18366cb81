"""Whether the machine has other work, by what Linux counts."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
import pytest

from demo.idle import is_idle

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="others do not count in a file")
FIRST = "cpu  100 0 50 800 50 0 0 0 0 0\n"


@pytest.mark.parametrize(
    ("after", "idle"),
    [
        ("cpu  101 0 51 898 50 0 0 0 0 0\n", True),
        ("cpu  101 0 51 848 100 0 0 0 0 0\n", True),
        ("cpu  150 0 50 850 50 0 0 0 0 0\n", False),
        ("cpu  100 0 50 860 50 0 0 0 0 0\n", True),  # Less than a second of all cores.
        (FIRST, False),
    ],
)
def test_the_share_of_idle_time_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: str, idle: bool
) -> None:
    stat = tmp_path / "stat"
    stat.write_text(FIRST)
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    monkeypatch.setattr(time, "sleep", lambda _: stat.write_text(after))
    assert is_idle() == idle
