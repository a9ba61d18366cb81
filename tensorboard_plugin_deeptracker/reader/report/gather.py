"""What a report says, as JSON holds it: bounded, whatever the run's size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...compute.errors import NotFoundError, QuestionError
from ...features.images.records import IMAGE_SETS
from ...features.layers.records import DUMPS
from ...features.map.records import REPRESENTATIONS
from ...features.story.compute import course, learned_at
from .. import brief
from ..brief.bounds import Bounded, about, finite, image_set_of, name_of
from ..run import Run

T = TypeVar("T")

# Points of a curve.
_POINTS = 120
# What of the story is about images that flip, and whether they are right then.
_FLIPS = {"learned_at_once": True, "forgotten_at_once": False}
_LAYER_STATISTIC = "update_ratio"


def gather(
    run: Run, image_set: str | None = None, top: int = brief.TOP, *, with_map: bool = True
) -> dict[str, Any]:
    """All that a report says.

    Args:
        run: The run.
        image_set: Which one it is about; `validation`, or the only one there is, if None.
        top: How many entries a list may have.
        with_map: Whether to lay out the map, which may take a while.

    Raises:
        QuestionError: There is no such image set.
    """
    own, bounded = image_set_of(run, image_set), Bounded(top)
    if image_set and image_set not in run.image_set_names:
        raise NotFoundError(
            f"no image set {image_set!r}: there are {', '.join(run.image_set_names)}"
        )
    signs = _if_there(lambda: brief.signs(run, top))
    flips = _if_there(lambda: brief.anomalies(run, own, top)) or {}
    places, failure = _map(run, own) if with_map else (None, None)
    bounded.first("anomalies", flips.get("iterations", []), _count(flips, "iterations"))
    bounded.first("signs", signs["signs"] if signs else [], _count(signs, "signs"))
    return {
        **about(run, own),
        "name": run.name,
        "trained": _trained(run),
        "story": _if_there(lambda: _story(run, image_set, own, top)) or [],
        "signs": signs["signs"] if signs else [],
        "alarms": signs["alarms"] if signs else 0,
        "error_rates": _error_rates(run),
        "anomalies": flips.get("iterations", []),
        "classes": _if_there(lambda: _classes(run, own, bounded)) or [],
        "layers": _if_there(lambda: _layers(run, bounded)) or [],
        "hardest": _if_there(lambda: _images(run, own, "right", "up", bounded)) or [],
        "suspicious": _if_there(lambda: _images(run, own, "suspicion", "down", bounded)) or [],
        "effects": _if_there(lambda: _effects(run, own, bounded)) or [],
        "map": places,
        "problems": [f"{each.reason}" for each in run.problems][:top],
        "map_failure": failure,
        **bounded.end("--top N; all: deeptracker export RUN"),
    }


def _story(run: Run, image_set: str | None, own: str, top: int) -> list[dict[str, Any]]:
    """What happened; with the images that flipped, where it is about these."""
    told = brief.story(run, image_set)["sentences"]
    return [
        {**each, "images": _flipped(run, own, each["step"], each["kind"], top)} for each in told
    ]


def _flipped(run: Run, image_set: str, step: int | None, kind: str, top: int) -> list[Any]:
    images = run.snapshot.of(IMAGE_SETS, image_set)
    if kind not in _FLIPS or images is None or step is None:
        return []
    at = run.iteration_image(step=step, image_set=image_set)
    right, was_right = at.predicted == images.labels, at.before == images.labels
    seen = (at.predicted >= 0) & (at.before >= 0) & (right != was_right)
    flipped = np.flatnonzero(seen & (right == _FLIPS[kind]))
    return [
        {
            "id": images.ids[i],
            "class": name_of(images.class_names, int(images.labels[i])),
            "before": name_of(images.class_names, int(at.before[i])),
            "predicted": name_of(images.class_names, int(at.predicted[i])),
        }
        for i in flipped[_chosen(len(flipped), top)].tolist()
    ]


def _count(answer: Mapping[str, Any] | None, name: str) -> int:
    return len(answer[name]) + answer["left_out"].get(name, 0) if answer else 0


def _if_there(question: Callable[[], T]) -> T | None:
    """An answer; None if nothing was logged that it could be made of."""
    try:
        return question()
    except QuestionError:
        return None


def _trained(run: Run) -> dict[str, Any]:
    snapshot = run.snapshot
    dumps = snapshot.steps(DUMPS)
    described = _if_there(run.describe)
    layers = described.layers if described else []
    sets = run.image_sets().to_json()["image_sets"] if run.image_set_names else []
    return {
        "model": (described.modules or {}).get("type") if described else None,
        "layers": len(layers),
        "filters": sum(each["filters"] for each in layers),
        "weights": sum(int(np.prod(each["weight_shape"])) for each in layers),
        "dumps": len(dumps),
        "first_dump": int(dumps[0]) if len(dumps) else None,
        "last_dump": int(dumps[-1]) if len(dumps) else None,
        "image_sets": sets,
    }


def _error_rates(run: Run) -> list[dict[str, Any]]:
    """The curve of each image set."""
    found = []
    for name in run.image_set_names:
        rates = _if_there(lambda name=name: run.error_rates(image_set=name))  # type: ignore[misc]
        if rates is None or not len(rates.steps):
            continue
        chosen = _chosen(len(rates.steps))
        found.append(
            {
                "image_set": name,
                "steps": rates.steps[chosen].tolist(),
                "error_rate": [finite(each) for each in rates.overall[chosen].tolist()],
            }
        )
    return found


def _classes(run: Run, image_set: str, bounded: Bounded) -> list[dict[str, Any]]:
    """The classes with the largest error at the end."""
    rates, images = run.error_rates(image_set=image_set), run.snapshot.of(IMAGE_SETS, image_set)
    assert images is not None
    if not len(rates.steps):
        return []
    own = course(run.snapshot, image_set, images)
    learned = learned_at(own) if own else np.full(len(images.class_names), -1)
    known = np.isfinite(rates.classes)
    at = known.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    last = np.where(known.any(axis=1), rates.classes[np.arange(len(at)), at], -1.0)
    order = np.argsort(-last, kind="stable")
    chosen = _chosen(len(rates.steps))
    rows = []
    for i in order[: bounded.top].tolist():
        # Before it was learned, a class may be right by chance: all are predicted as it.
        told = known[i] & (np.arange(known.shape[1]) >= max(0, learned[i]))
        least = int(np.argmin(np.where(told, rates.classes[i], np.inf)))
        rows.append(
            {
                "class": images.class_names[i],
                "images": int(images.class_sizes[i]),
                "error_rate": finite(last[i]) if last[i] >= 0 else None,
                "least": finite(rates.classes[i, least]) if told.any() else None,
                "least_at": int(rates.steps[least]) if told.any() else None,
                "learned_at": int(own.steps[learned[i]]) if own and learned[i] >= 0 else None,
                "steps": rates.steps[chosen].tolist(),
                "error_rates": [finite(each) for each in rates.classes[i, chosen].tolist()],
            }
        )
    return bounded.first("classes", rows, len(order))


def _layers(run: Run, bounded: Bounded) -> list[dict[str, Any]]:
    """How the layers changed: in forward order, of many those that changed most."""
    described, stats = run.describe(), run.layer_stats(_LAYER_STATISTIC)
    if not len(stats.steps):
        return []
    chosen = _chosen(len(stats.steps))
    rows = []
    for layer in described.layers:
        values = stats.values[stats.nodes.index(layer["name"])].astype(np.float64)
        known = np.isfinite(values)
        most = int(np.argmax(np.where(known, values, -np.inf)))
        rows.append(
            {
                "layer": layer["name"],
                "type": layer["type"],
                "filters": layer["filters"],
                "median": float(np.median(values[known])) if known.any() else None,
                "largest": float(values[most]) if known.any() else None,
                "largest_at": int(stats.steps[most]) if known.any() else None,
                "steps": stats.steps[chosen].tolist(),
                "update_ratio": [finite(each) for each in values[chosen].tolist()],
            }
        )
    of = sorted(range(len(rows)), key=lambda i: -(rows[i]["largest"] or 0.0))[: bounded.top]
    return bounded.first("layers", [rows[i] for i in sorted(of)], len(rows))


def _images(
    run: Run, image_set: str, sort: Any, order: Any, bounded: Bounded
) -> list[dict[str, Any]]:
    scores = run.image_scores(image_set=image_set, sort=sort, order=order, top_k=bounded.top)
    if not scores.observations:
        return []
    names = run.class_names(image_set)
    found = []
    for i, identifier in enumerate(scores.ids):
        if sort == "suspicion" and not scores.suspicion[i] > 0.5:
            break
        found.append(
            {
                "id": identifier,
                "class": name_of(names, int(scores.label[i])),
                "right": int(scores.right[i]),
                "observed": int(scores.observed[i]),
                "forgotten": int(scores.forgotten[i]),
                "suspicion": finite(scores.suspicion[i]),
                "second": name_of(names, int(scores.second[i])),
            }
        )
    if sort == "suspicion":
        return found
    return bounded.first("hardest", found, int(scores.matching))


def _effects(run: Run, image_set: str, bounded: Bounded) -> list[dict[str, Any]]:
    """Experiments whose effect is beyond chance, the largest first."""
    known = run.effects(image_set=image_set).to_json()["effects"]
    found = [each for each in known if each["beyond_chance"]]
    found.sort(key=lambda each: (-each["changed"], each["step"]))
    names = "step", "group", "how", "class", "to", "images", "changed", "chance", "q"
    rows = [{name: each[name] for name in names} for each in found]
    return bounded.first("effects", rows)


def _map(run: Run, image_set: str) -> tuple[dict[str, Any] | None, str | None]:
    """The last frame, or why there is none though it was logged."""
    if not len(run.snapshot.steps(REPRESENTATIONS, image_set)):
        return None, None
    try:
        frame = run.map(image_set=image_set)
    except QuestionError as error:
        return None, str(error)
    chosen = _chosen(len(frame.x), 2000)
    last = {
        "step": frame.step,
        "x": [finite(each) for each in frame.x[chosen].tolist()],
        "y": [finite(each) for each in frame.y[chosen].tolist()],
        "class": frame.label[chosen].tolist(),
        "classes": run.class_names(image_set),
    }
    return last, None


def _chosen(number: int, most: int = _POINTS) -> NDArray[np.int64]:
    """Positions over time, evenly chosen, with the first and the last."""
    if number <= most:
        return np.arange(number, dtype=np.int64)
    chosen: NDArray[np.int64] = np.linspace(0, number - 1, most).round().astype(np.int64)
    return chosen
