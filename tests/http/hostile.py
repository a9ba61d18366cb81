"""Looks at a log directory with little memory: `python -m tests.http.hostile DIRECTORY BYTES`.

Prints, as JSON, the status of every route for every run, and the problems of each run.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from tests.http.client import Tab, tab
from tests.http.test_errors import RIGHT


def statuses(opened: Tab, run: str) -> dict[str, int]:
    """What each route answers: about the names that the run itself says, if there are any."""
    about = json.loads(opened.get("run", run=run).get_data())
    names: dict[str, Any] = {}
    if about.get("layers"):
        names["layer"] = about["layers"][0]["name"]
    if about.get("classes"):
        names["class"] = about["classes"][0]["name"]
    found = {}
    for route, query in {**RIGHT, "kernels": {}}.items():
        asked = {name: names.get(name, value) for name, value in query.items()}
        for part in ({}, {"rows": "0:100", "max_columns": 100}, {"format": "safetensors"}):
            response = opened.get(route, run=run, **asked, **part)
            found[f"{route} {' '.join(part)}"] = response.status_code
    return found


def main(directory: Path, budget: int) -> None:
    """Asks everything, with `budget` bytes of memory more than an ordinary log takes."""
    with tab(directory / "warm") as opened:
        statuses(opened, ".")  # All that is imported, and the threads' own memory.
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + budget
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with tab(directory / "logs") as opened:
        runs = sorted(path.name for path in (directory / "logs").iterdir())
        while len(opened.json("runs")["runs"]) < len(runs):
            time.sleep(0.1)  # The first answer waits only so long for all of them.
        answer = {
            run: {
                "statuses": statuses(opened, run),
                "problems": json.loads(opened.get("run", run=run).get_data()).get("problems"),
            }
            for run in runs
        }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
