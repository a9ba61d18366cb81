"""What is found in a log: parameters and a snapshot of a run in, an answer out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis import anomalies as rules
from ..analysis.correlation import Correlation, LayerSets
from ..analysis.separation import separation
from ..index.run import Snapshot
from . import lookup
from .answers import Answer
from .correlated import correlated, find_anomalies
from .derived import Clusterings, course
from .errors import bad_request
from .params import Params


def clusters(snapshot: Snapshot, params: Params) -> Answer:
    """Classes that are learned alike."""
    names = lookup.validation_set(snapshot).class_names
    k = params.integer("k")
    if k > len(names):
        raise bad_request(f"k={k}: must be at most {len(names)}, the number of classes")
    found = snapshot.memo.get(Clusterings).at(snapshot, k)
    classes = [[names[c] for c in cluster.classes] for cluster in found]
    rates = np.array([cluster.error_rate for cluster in found], np.float32)

    def json() -> Mapping[str, Any]:
        rows = [
            {"classes": own, "error_rate": cluster.error_rate}
            for own, cluster in zip(classes, found, strict=True)
        ]
        return {"k": k, "steps": snapshot.validation_steps, "clusters": rows}

    return Answer(
        {
            "k": k,
            "steps": snapshot.validation_steps,
            "clusters": classes,
            "error_rate": rates.reshape(len(found), len(snapshot.validations)),
        },
        json,
    )


def cluster_counts(snapshot: Snapshot, params: Params) -> Answer:
    """How far apart the clusters lie, for several numbers of them, and which number is best."""
    classes = len(lookup.validation_set(snapshot).class_names)
    most = params.integer("most")
    counts = np.arange(2, min(most, classes - 1) + 1, dtype=np.int32)
    rates = course(snapshot).error_rates
    found = snapshot.memo.get(Clusterings)
    scores = np.array([separation(rates, found.at(snapshot, int(k))) for k in counts], np.float32)
    best = int(counts[np.nanargmax(scores)]) if np.isfinite(scores).any() else None
    fields = {"suggested": best, "k": counts, "separation": scores}
    return Answer(fields)


def anomalies(snapshot: Snapshot, params: Params) -> Answer:
    """Where many images of a class flip."""
    names = lookup.validation_set(snapshot).class_names
    window, min_score = params.integer("window"), params.fraction("min_score")
    found = find_anomalies(snapshot, window, min_score)
    steps = snapshot.validation_steps[found.at]
    options = {"window": window, "min_score": min_score}

    def json() -> Mapping[str, Any]:
        rows = zip(
            found.label.tolist(),
            steps.tolist(),
            found.rule.tolist(),
            found.count.tolist(),
            found.score.tolist(),
            strict=True,
        )
        return {
            **options,
            "anomalies": [
                {
                    "class": names[label],
                    "step": step,
                    "rule": rules.RULES[rule],
                    "count": count,
                    "score": score,
                }
                for label, step, rule, count, score in rows
            ],
        }

    return Answer(
        {
            **options,
            "class": found.label,
            "step": steps,
            "rule": found.rule,
            "count": found.count,
            "score": found.score.astype(np.float32),
        },
        json,
    )


def correlation(snapshot: Snapshot, params: Params) -> Answer:
    """Which filters move when which classes flip."""
    found = correlated(snapshot, params)
    layers = [layer.name for layer in lookup.model(snapshot).layers]
    names = lookup.validation_set(snapshot).class_names
    return _correlation(found, layers, names, snapshot.validation_steps)


def _correlation(
    found: Correlation, layers: Sequence[str], names: Sequence[str], steps: NDArray[np.int64]
) -> Answer:
    sets = [(own.layer, i) for own in found.layers for i in range(len(own.mini_sets))]
    mini_sets = [mini_set for own in found.layers for mini_set in own.mini_sets]
    filters, filters_start = _ragged([mini_set.filters for mini_set in mini_sets])
    at, at_start = _ragged([mini_set.iterations for mini_set in mini_sets])
    of_classes, of_classes_start = _ragged(list(found.classes.values()))
    arrays = {
        "layer": _int32([own.layer for own in found.layers]),
        "class": _int32(list(found.classes)),
        "class_steps": steps[of_classes],
        "class_steps_start": of_classes_start,
        "filters": found.filters.astype(np.int32),
        "mini_set_layer": _int32([layer for layer, _ in sets]),
        "mini_set_appearances": _int32([n for own in found.layers for n in own.appearances]),
        "mini_set_filters": filters.astype(np.int32),
        "mini_set_filters_start": filters_start,
        "mini_set_steps": steps[at],
        "mini_set_steps_start": at_start,
    }

    def json() -> Mapping[str, Any]:
        cells = []
        for own, counts in zip(found.layers, found.filters.tolist(), strict=True):
            marks = _marks(own, steps)
            for (c, iterations), count in zip(found.classes.items(), counts, strict=True):
                if count:
                    here = [mark for j in iterations.tolist() for mark in marks.get(j, ())]
                    cell = {"layer": layers[own.layer], "class": names[c], "filters": count}
                    cells.append({**cell, "marks": here})
        return {
            "layers": [
                {
                    "layer": layers[own.layer],
                    "mini_sets": [
                        {"filters": mini_set.filters, "appearances": count}
                        for mini_set, count in zip(own.mini_sets, own.appearances, strict=True)
                    ],
                }
                for own in found.layers
            ],
            "classes": [
                {"class": names[c], "steps": steps[iterations]}
                for c, iterations in found.classes.items()
            ],
            "cells": cells,
        }

    return Answer(arrays, json)


def _marks(own: LayerSets, steps: NDArray[np.int64]) -> dict[int, list[dict[str, int]]]:
    """The marks of each iteration; classes that share an iteration share its marks."""
    marks: dict[int, list[dict[str, int]]] = {}
    for i, mini_set in enumerate(own.mini_sets):
        for j in mini_set.iterations.tolist():
            marks.setdefault(j, []).append({"mini_set": i, "step": int(steps[j])})
    return marks


def _ragged(
    rows: Sequence[NDArray[np.integer]],
) -> tuple[NDArray[np.integer], NDArray[np.int32]]:
    """All rows in one array, and where each begins and the last ends."""
    flat = np.concatenate([*rows, np.empty(0, np.int64)])
    return flat.astype(np.int64), np.cumsum([0, *map(len, rows)], dtype=np.int32)


def _int32(values: Sequence[int]) -> NDArray[np.int32]:
    return np.array(values, np.int32)
