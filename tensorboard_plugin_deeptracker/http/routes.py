"""What was logged: parameters and a snapshot of a run in, an answer out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ..analysis.anomaly_filters import top
from ..events.schema import IMAGES_TAG
from ..index import queries
from ..index.record import Problem
from ..index.run import Counts, Snapshot
from . import lookup
from .answers import Answer, check_size
from .derived import course
from .params import Params

# Of which the run's answer tells; a damaged log may have a million.
_MOST_PROBLEMS = 1000


def runs(counts: Sequence[Counts]) -> Answer:
    """All runs, with counts."""
    return Answer({"runs": [asdict(run) for run in counts]})


def run(snapshot: Snapshot, params: Params) -> Answer:
    """What there is to know about a run."""
    del params
    model = snapshot.model.to_json() if snapshot.model else {}
    images = snapshot.validation_set
    classes = images.class_names if images else ()
    sizes = np.diff(snapshot.class_rows).tolist()
    logged = sum(record.tensors[IMAGES_TAG].shape[0] for record in snapshot.images)
    return Answer(
        {
            "run": snapshot.name,
            "steps": {
                "dumps": snapshot.dump_steps.tolist(),
                "validations": snapshot.validation_steps.tolist(),
            },
            "layers": model.get("layers", []),
            "modules": model.get("modules"),
            "edges": model.get("edges", []),
            "classes": [
                {"name": name, "images": size} for name, size in zip(classes, sizes, strict=True)
            ],
            "measures": model.get("measures", []),
            "statistics": model.get("statistics", []),
            "kernels": model.get("kernels"),
            "thumbnails": min(logged, len(images.labels) if images else 0),
            "problems": [asdict(problem) for problem in _some(snapshot.problems)],
        }
    )


def _some(problems: Sequence[Problem]) -> Sequence[Problem]:
    """The first problems, and how many more there are."""
    more = len(problems) - _MOST_PROBLEMS
    if more <= 0:
        return problems
    at = problems[_MOST_PROBLEMS]
    return *problems[:_MOST_PROBLEMS], Problem(at.file, at.offset, f"and {more} more from here on")


def error_rates(snapshot: Snapshot, params: Params) -> Answer:
    """Error rates of all classes and over all images."""
    del params
    classes = len(lookup.validation_set(snapshot).class_names)
    check_size(classes, len(snapshot.validations), 4, "ask for one class with class_stat")
    found = course(snapshot)
    return Answer(
        {
            "steps": snapshot.validation_steps,
            "overall": found.overall,
            "classes": found.error_rates,
        }
    )


def layer_stat(snapshot: Snapshot, params: Params) -> Answer:
    """The layer-stat index."""
    name, stat = params.text("layer"), params.text("stat")
    node, statistic = lookup.node(snapshot, name), lookup.statistic(snapshot, stat)
    model = lookup.model(snapshot)
    values = queries.node_statistics(snapshot, model, statistic, node, node + 1)[0]
    return Answer({"layer": name, "stat": stat, "steps": snapshot.dump_steps, "values": values})


def layer_stats(snapshot: Snapshot, params: Params) -> Answer:
    """The layer-stat index for all nodes at once."""
    stat = params.text("stat")
    statistic = lookup.statistic(snapshot, stat)
    model = lookup.model(snapshot)
    nodes = [node.name for node in model.root.walk()]
    values = queries.node_statistics(snapshot, model, statistic, 0, len(nodes))
    return Answer({"stat": stat, "nodes": nodes, "steps": snapshot.dump_steps, "values": values})


def iteration_filter(snapshot: Snapshot, params: Params) -> Answer:
    """The iteration-filter index."""
    step = params.integer("step")
    measure, k = params.text("measure"), params.integer("top_k")
    position = lookup.measure(snapshot, measure)
    model = lookup.model(snapshot)
    record = snapshot.dumps[lookup.dump(snapshot, step)]
    values = queries.dump_filters(record, model, position)
    chosen = top(values, np.ones(len(values), np.bool_), k)
    layer = np.searchsorted(snapshot.layer_filters, chosen, side="right") - 1
    arrays = {
        "layer": layer.astype(np.int32),
        "filter": (chosen - snapshot.layer_filters[layer]).astype(np.int32),
        "value": values[chosen],
    }

    def json() -> Mapping[str, Any]:
        rows = zip(layer.tolist(), arrays["filter"].tolist(), arrays["value"], strict=True)
        filters = [
            {"layer": model.layers[i].name, "filter": j, "value": value} for i, j, value in rows
        ]
        return {"step": step, "measure": measure, "filters": filters}

    return Answer({"step": step, "measure": measure, **arrays}, json)


def class_stat(snapshot: Snapshot, params: Params) -> Answer:
    """The class-stat index."""
    name, window = params.text("class"), params.integer("window")
    label = lookup.label(snapshot, name)
    found = course(snapshot)
    left, right = found.flips.of_class(label).counts(window)[:, 0].astype(np.int32)
    return Answer(
        {
            "class": name,
            "steps": snapshot.validation_steps,
            "error_rate": found.error_rates[label],
            "left": left,
            "right": right,
        }
    )
