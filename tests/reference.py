"""The answers of all routes, by plain loops over what was logged.

Nothing of the package but the structures of the format is used here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tensorboard_plugin_deeptracker.features.layers.records import Model

Json = Any


@dataclass
class LoggedSession:
    """What one writer logged, in this order: step -> arrays."""

    purge_step: int | None = None
    dumps: dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]] = field(default_factory=dict)
    validations: dict[int, list[int]] = field(default_factory=dict)


@dataclass
class Logged:
    """All that was logged under one run."""

    model: Model
    images: ImageSet
    sessions: list[LoggedSession]

    @property
    def dumps(self) -> dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]]:
        return dict(self._remaining("dumps"))

    @property
    def validations(self) -> dict[int, list[int]]:
        return dict(self._remaining("validations"))

    @property
    def hidden(self) -> int:
        """How many records later sessions replace without the user having said so."""
        return sum(len(list(self._told(kind, "hidden"))) for kind in ("dumps", "validations"))

    def _remaining(self, kind: str) -> Iterator[tuple[int, Any]]:
        yield from sorted(self._told(kind, "shown"), key=lambda item: item[0])

    def _told(self, kind: str, wanted: str) -> Iterator[tuple[int, Any]]:
        for i, session in enumerate(self.sessions):
            for step, content in getattr(session, kind).items():
                fate = "shown"
                for later in self.sessions[i + 1 :]:
                    own = getattr(later, kind)
                    trains = later.dumps or later.purge_step is not None
                    if own and (step >= min(own) if trains else step in own):
                        fate = "hidden"
                if any(
                    later.purge_step is not None and step >= later.purge_step
                    for later in self.sessions[i + 1 :]
                ):
                    fate = "void"
                if fate == wanted:
                    yield step, content

    def rows(self, label: int) -> list[int]:
        return [i for i, own in enumerate(self.images.labels) if own == label]

    def results(self, row: int) -> list[int | None]:
        """1 correct, 0 wrong, None not evaluated, over the validations."""
        label = self.images.labels[row]
        return [
            None if predicted[row] < 0 else int(predicted[row] == label)
            for predicted in self.validations.values()
        ]


def number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def single(value: float | None) -> float | None:
    """As float32 holds it."""
    return None if value is None else float(np.float32(value))


def rate(results: list[int | None]) -> float | None:
    known = [result for result in results if result is not None]
    return single(known.count(0) / len(known)) if known else None


def error_rates(logged: Logged) -> Json:
    by_row = [logged.results(row) for row in range(len(logged.images.labels))]
    n = len(logged.validations)
    return {
        "steps": list(logged.validations),
        "overall": [rate([results[j] for results in by_row]) for j in range(n)],
        "classes": [
            [rate([by_row[row][j] for row in logged.rows(label)]) for j in range(n)]
            for label in range(len(logged.images.class_names))
        ],
    }


def layer_stat(logged: Logged, layer: str, stat: str) -> Json:
    nodes = [node.name for node in logged.model.root.walk()]
    row = logged.model.statistics.index(stat)
    values = [number(stats[row][nodes.index(layer)]) for _, stats in logged.dumps.values()]
    return {"layer": layer, "stat": stat, "steps": list(logged.dumps), "values": values}


def layer_filter(logged: Logged, layer: int, measure: str, normalize: str) -> Json:
    first = sum(own.filters for own in logged.model.layers[:layer])
    count = logged.model.layers[layer].filters
    row = logged.model.measures.index(measure)
    values = [
        [float(filters[row][first + i]) for filters, _ in logged.dumps.values()]
        for i in range(count)
    ]

    def largest(group: list[float]) -> float:
        return max([abs(value) for value in group if math.isfinite(value)], default=0) or 1

    if normalize == "filter":
        values = [[value / largest(own) for value in own] for own in values]
    if normalize == "iteration":
        scales = [largest([own[t] for own in values]) for t in range(len(logged.dumps))]
        values = [[v / s for v, s in zip(own, scales, strict=True)] for own in values]
    return {
        "layer": logged.model.layers[layer].name,
        "measure": measure,
        "normalize": normalize,
        "steps": list(logged.dumps),
        "values": [[number(value) for value in own] for own in values],
    }


def places(model: Model) -> list[tuple[str, int]]:
    """Layer and position in it of every filter."""
    return [(layer.name, i) for layer in model.layers for i in range(layer.filters)]


def iteration_filter(logged: Logged, step: int, measure: str, top_k: int) -> Json:
    filters, _ = logged.dumps[step]
    row = filters[logged.model.measures.index(measure)]
    order = sorted((-value, i) for i, value in enumerate(row) if math.isfinite(value))
    chosen = [
        {"layer": layer, "filter": position, "value": float(row[i])}
        for _, i in order[:top_k]
        for layer, position in [places(logged.model)[i]]
    ]
    return {"step": step, "measure": measure, "filters": chosen}


def left(a: list[int | None], j: int, k: int) -> bool:
    """a[j-k] = ... = a[j-1] != a[j]."""
    if j < k or a[j] is None:
        return False
    return a[j - 1] is not None and set(a[j - k : j]) == {a[j - 1]} and a[j - 1] != a[j]


def right(a: list[int | None], j: int, k: int) -> bool:
    """a[j-1] != a[j] = ... = a[j+k-1]."""
    if not 1 <= j <= len(a) - k or a[j - 1] is None:
        return False
    return a[j] is not None and set(a[j : j + k]) == {a[j]} and a[j - 1] != a[j]


def class_stat(logged: Logged, label: int, window: int) -> Json:
    sequences = [logged.results(row) for row in logged.rows(label)]
    n = len(logged.validations)
    return {
        "class": logged.images.class_names[label],
        "steps": list(logged.validations),
        "error_rate": error_rates(logged)["classes"][label],
        "left": [sum(left(a, j, window) for a in sequences) for j in range(n)],
        "right": [sum(right(a, j, window) for a in sequences) for j in range(n)],
    }


def class_image(logged: Logged, label: int) -> Json:
    rows = logged.rows(label)
    return {
        "class": logged.images.class_names[label],
        "steps": list(logged.validations),
        "images": [{"id": identifier(logged, row), "label": label} for row in rows],
        "correct": [logged.results(row) for row in rows],
        "predicted": [
            [p[row] if p[row] >= 0 else None for p in logged.validations.values()] for row in rows
        ],
    }


def identifier(logged: Logged, row: int) -> int | str:
    ids = logged.images.ids
    return ids[row] if isinstance(ids, tuple) else int(ids[row])


def results(logged: Logged) -> Json:
    rows = range(len(logged.images.labels))
    return {
        "steps": list(logged.validations),
        "ids": [identifier(logged, row) for row in rows],
        "labels": [int(label) for label in logged.images.labels],
        "correct": [logged.results(row) for row in rows],
    }


def iteration_image(logged: Logged, step: int) -> Json:
    rows = range(len(logged.images.labels))
    earlier = [other for other in logged.validations if other < step]

    def predicted(at: int) -> list[int | None]:
        return [c if c >= 0 else None for c in logged.validations[at]]

    return {
        "step": step,
        "previous": earlier[-1] if earlier else None,
        "ids": [identifier(logged, row) for row in rows],
        "labels": [int(label) for label in logged.images.labels],
        "predicted": predicted(step),
        "before": predicted(earlier[-1]) if earlier else [None for _ in rows],
    }


def anomalies(logged: Logged, window: int, min_score: float) -> list[Json]:
    found = []
    for label, name in enumerate(logged.images.class_names):
        stat = class_stat(logged, label, window)
        for j, step in enumerate(stat["steps"]):
            for rule in ("left", "right"):
                count = stat[rule][j]
                if count and count / len(logged.rows(label)) >= min_score:
                    score = count / len(logged.rows(label))
                    found.append(
                        {"class": name, "step": step, "rule": rule, "count": count, "score": score}
                    )
    return found


def anomaly_filters(logged: Logged, step: int, top_k: int, measure: str) -> list[int]:
    """The filters that moved most in the dumps that belong to a validation."""
    before = [other for other in logged.validations if other < step]
    dumps = [
        filters
        for t, (filters, _) in logged.dumps.items()
        if (not before or t > before[-1]) and t <= step
    ]
    order = []
    for i in range(logged.model.filters):

        def largest(name: str, i: int = i) -> float:
            row = logged.model.measures.index(name)
            known = [float(f[row][i]) for f in dumps if not math.isnan(f[row][i])]
            return max(known, default=math.nan)

        change, value = largest("change"), largest(measure)
        if math.isfinite(change) and change > 0 and math.isfinite(value):
            order.append((-value, i))
    return [i for _, i in sorted(order)[:top_k]]


def algorithm_1(target: list[set[int]]) -> list[set[int]]:
    """The paper's Algorithm 1, line by line."""
    result: list[set[int]] = []
    for s in target:
        s_t = set(s)
        new: list[set[int]] = []
        for s_r in result:
            intersection = s_t & s_r
            new += [intersection, s_r - s_t]
            s_t = s_t - s_r
        if s_t:
            new.append(s_t)
        result = [mini_set for mini_set in new if mini_set]
    return result


def correlation(
    logged: Logged,
    window: int,
    min_score: float,
    top_k: int,
    measure: str,
    min_appearances: int,
) -> Json:
    steps_of: dict[str, list[int]] = {}
    for anomaly in anomalies(logged, window, min_score):
        own = steps_of.setdefault(anomaly["class"], [])
        if anomaly["step"] not in own:
            own.append(anomaly["step"])
    everything = sorted({step for own in steps_of.values() for step in own})
    place = places(logged.model)
    layers, cells = [], []
    for layer in logged.model.layers:
        sets = {
            step: {
                place[i][1]
                for i in anomaly_filters(logged, step, top_k, measure)
                if place[i][0] == layer.name
            }
            for step in everything
        }
        parts = sorted(algorithm_1(list(sets.values())), key=min)
        if not parts:
            continue
        appearing = [
            sum(1 for own in steps_of.values() for step in own if part <= sets[step])
            for part in parts
        ]
        kept = [
            (part, count)
            for part, count in zip(parts, appearing, strict=True)
            if count >= min_appearances
        ]
        layers.append(
            {
                "layer": layer.name,
                "mini_sets": [{"filters": sorted(p), "appearances": n} for p, n in kept],
            }
        )
        for name, own in steps_of.items():
            filters = set().union(*(sets[step] for step in own))
            if filters:
                marks = [
                    {"mini_set": i, "step": step}
                    for step in own
                    for i, (part, _) in enumerate(kept)
                    if part <= sets[step]
                ]
                cells.append(
                    {"layer": layer.name, "class": name, "filters": len(filters), "marks": marks}
                )
    classes = [{"class": name, "steps": own} for name, own in steps_of.items()]
    return {"layers": layers, "classes": classes, "cells": cells}
