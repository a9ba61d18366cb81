"""What the routes about several runs have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....http.params import STEP, Parameter, Params, choice, several
from ....http.schema import INTEGER, NUMBER, STRING, Schema, array, nullable, obj
from ....index.run import Snapshot
from ...images.compute import identifiers
from ..compute import AXES, Run, differing_pictures, runs_of

# Of images without a partner, those of each run that are named.
MAX_NAMED = 10_000

AXIS = Parameter(
    "axis",
    choice(*AXES),
    "what the runs are put side by side on",
    "iterations",
    False,
    "iterations",
)
STEPS_OF_TWO = Parameter(
    "steps",
    several(STEP, 2, 2),
    "the iteration of a validation of each run; the last ones if not given",
    ("5", "5"),
    required=False,
)
STEPS_OF_RUNS = Parameter(
    "steps", several(STEP, 2, 50), STEPS_OF_TWO.description, ("5", "5"), required=False
)


def asked(snapshots: Sequence[Snapshot], params: Params) -> tuple[Run, ...]:
    """The runs that a request is about, at the validations that it is about."""
    steps = params.integers("steps") if params.given("steps") else None
    return runs_of(snapshots, params.text("image_set"), steps)


def about(runs: Sequence[Run], image_set: str) -> Mapping[str, Any]:
    """Which runs are compared, at which validations of which images, and what was left out."""
    alignment = runs[0].alignment
    lone = list(zip(alignment.sets, alignment.alone, strict=True))
    named = [_ids(own, each.images) for own, each in lone]
    looked_at, differing = differing_pictures([run.snapshot for run in runs], image_set, alignment)
    return {
        "runs": [run.snapshot.name for run in runs],
        "image_set": image_set,
        "steps": [run.step for run in runs],
        "only": {
            "classes": _merged(each.classes for _, each in lone),
            "images": [identifier for ids in named for identifier in ids],
            "layers": _merged(each.layers for _, each in lone),
        },
        "alone": [
            {"classes": each.classes, "images": len(each.images), "ids": ids, "layers": each.layers}
            for (_, each), ids in zip(lone, named, strict=True)
        ],
        "aligned": {
            "classes": len(alignment.classes),
            "images": len(alignment.labels),
            "layers": len(alignment.layers),
            "relabelled": _ids(alignment.sets[0], alignment.relabelled),
            "reshaped": alignment.reshaped,
            "pictures": looked_at,
            "differing_pictures": differing,
        },
    }


def listed(values: Mapping[str, NDArray[Any] | Sequence[Any]]) -> list[dict[str, Any]]:
    """Columns -> an object for each of their items."""
    columns = [each.tolist() if isinstance(each, np.ndarray) else each for each in values.values()]
    return [dict(zip(values, row, strict=True)) for row in zip(*columns, strict=True)]


def or_none(values: NDArray[Any], known: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Values, None where they are not known."""
    found = values.astype(object)
    found[~known] = None
    return found


def span(ends: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.float64]:
    """The ends of intervals, beside each other: float64[..., 2]."""
    return np.stack(ends, axis=-1)


def _ids(images: Any, rows: NDArray[np.int64]) -> list[int | str]:
    return [identifiers(images, row, row + 1)[0] for row in rows[:MAX_NAMED].tolist()]


def _merged(names: Any) -> list[str]:
    return list(dict.fromkeys(name for each in names for name in each))


ID: Schema = {"type": ["integer", "string"]}
SPAN_OF_RATE = array(NUMBER, "ends of the interval of 95 %")
ITERATION = nullable({"type": "integer", "description": "a training iteration"})
_NAMES = array(STRING)
ABOUT: Mapping[str, Schema] = {
    "runs": array(STRING, "TensorBoard's names"),
    "image_set": STRING,
    "steps": array(INTEGER, "the iteration of the validation of each run"),
    "only": obj(
        {"classes": _NAMES, "images": array(ID), "layers": _NAMES},
    ),
    "alone": array(
        obj({"classes": _NAMES, "images": INTEGER, "ids": array(ID), "layers": _NAMES}),
        "what of each run not all have",
    ),
    "aligned": obj(
        {
            "classes": INTEGER,
            "images": INTEGER,
            "layers": INTEGER,
            "relabelled": array(ID, "images that all have, but not with the same class"),
            "reshaped": array(STRING, "layers that all have, but not with the same shape"),
            "pictures": {"type": "integer", "description": "common images that were looked at"},
            "differing_pictures": {
                "type": "integer",
                "description": "of these, those that do not look the same in all runs",
            },
        }
    ),
}
