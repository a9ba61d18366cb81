"""Records the answers beside this: `python -m tests.compatibility.record_answers`, in a checkout
of 0.1.0 to which this folder is copied.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.http.client import Tab, tab

HERE = Path(__file__).parent
LOGS = HERE / "logs"
ANSWERS = HERE / "answers-0.1.0.json.gz"


def questions(opened: Tab) -> Iterator[tuple[str, dict[str, Any]]]:
    """Questions about all that the log holds, by every route, some of them wrong."""
    run: dict[str, Any] = {"run": "digits"}
    about = opened.json("run", **run)
    yield "runs", {}
    for route in ("run", "error_rates", "results", "kernels", "findings"):
        yield route, run
    yield "run", {"run": "other"}
    for statistic in about["statistics"]:
        yield "layer_stats", {**run, "stat": statistic}
    for layer in ("", "3.0", "5", "none"):
        for statistic in ("gradient_median", "gradient_l2"):
            yield "layer_stat", {**run, "layer": layer, "stat": statistic}
    part = {"rows": "1:7", "columns": "3:20", "max_columns": 6}
    for normalize in ("none", "filter", "iteration"):
        for measure in about["measures"]:
            yield "layer_filter", {**run, "layer": "5", "measure": measure, "normalize": normalize}
        asked = {**run, "layer": "3.0", "measure": "change", "normalize": normalize}
        yield "layer_filter", {**asked, **part}
        yield "layer_filter", {**asked, "max_rows": 3, "max_columns": 5}
    for step in (*about["steps"]["dumps"][::9], 3):
        yield "iteration_filter", {**run, "step": step, "measure": "update_ratio", "top_k": 4}
    yield "kernels", {**run, "rows": "1:3", "max_columns": 4}
    for each in about["classes"][::3]:
        name = {**run, "class": each["name"]}
        yield "class_stat", {**name, "window": 2}
        yield "class_image", name
        yield "class_image", {**name, **part}
        yield "class_image", {**name, "max_rows": 2, "max_columns": 5}
    for step in (*about["steps"]["validations"][::9], 3):
        yield "iteration_image", {**run, "step": step}
    for k in (1, 3, 10, 11):
        yield "clusters", {**run, "k": k}
    yield "cluster_counts", {**run, "most": 8}
    for window, score in ((1, 0.5), (2, 0.3), (3, 0.2), (0, 0.2), (3, 2)):
        yield "anomalies", {**run, "window": window, "min_score": score}
    correlation: dict[str, Any] = {"window": 2, "min_score": 0.3, "top_k": 5, "measure": "change"}
    for appearances in (1, 3):
        asked = {**run, **correlation, "min_appearances": appearances}
        yield "correlation", asked
        yield "mini_set_surprise", {**asked, "shuffles": 50}
        yield "mini_set_filters", {**asked, "columns": 7}
    for image in ("digit 0", "digit 31", "digit 59", "none"):
        yield "image", {**run, "id": image}


def incomplete(complete: list[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The routes of some questions, asked without parameters and without all but the run."""
    for route in dict.fromkeys(route for route, _ in complete):
        for query in ({}, {"run": "digits"}):
            if route != "runs" and (route, query) not in complete:
                yield route, query


def ask(opened: Tab, route: str, query: dict[str, Any]) -> tuple[int, Any]:
    """Status and JSON answer; of an image its type and its bytes in base64."""
    response = opened.get(route, **query)
    data = response.get_data()
    if response.content_type == "application/json":
        return response.status_code, json.loads(data)
    image = {"type": response.content_type, "base64": base64.b64encode(data).decode()}
    return response.status_code, image


def main() -> None:
    """Asks everything of the code that is installed."""
    with tab(LOGS) as opened:
        complete = list(questions(opened))
        asked = [*complete, *incomplete(complete)]
        recorded = [(*each, *ask(opened, *each)) for each in asked]
    ANSWERS.write_bytes(gzip.compress(json.dumps(recorded).encode(), mtime=0))


if __name__ == "__main__":
    main()
