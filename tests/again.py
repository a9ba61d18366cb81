"""Tests that failed are run once more, alone: CI is no place to find a test that fails by chance.

Such a test is a fault all the same, and is named as one. As a plugin of pytest this writes down
which tests failed; `python -m tests.again FILE ...` runs these.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

# More than these are no chance.
MOST = 3
# Where what failed is written down, one test a line; it is empty if a second try means nothing.
FAILED = "DEEPTRACKER_TEST_FAILED"
_LINE = "!" * 72


class _Failures:
    """In the process that all others report to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._failed: dict[str, None] = {}
        self._isnt_of_a_test = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._isnt_of_a_test |= report.failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed[report.nodeid] = None
            # Of a process that has died, xdist tells nothing else.
            self._isnt_of_a_test |= report.when not in ("setup", "call", "teardown")

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        isnt_tried = self._isnt_of_a_test or exitstatus != pytest.ExitCode.TESTS_FAILED
        self._path.write_text("" if isnt_tried else "".join(f"{it}\n" for it in self._failed))


def pytest_configure(config: pytest.Config) -> None:
    if FAILED in os.environ and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Failures(Path(os.environ[FAILED])))


def main() -> int:
    path, *arguments = sys.argv[1:]
    failed = Path(path).read_text().splitlines()
    if not 0 < len(failed) <= MOST:
        return 1
    print("\nWhat failed is run once more, alone.", flush=True)
    if pytest.main([*arguments, *failed]):
        return 1
    print(f"\n{_LINE}\nPASSED ONLY THE SECOND TIME, a fault of the test or of the product:")
    for each in failed:
        print(f"  {each}")
    print(f"Why it failed is told above. Report it and mend it.\n{_LINE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
