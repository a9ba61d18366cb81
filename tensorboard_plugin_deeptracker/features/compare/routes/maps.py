"""The maps of two runs: how many neighbours they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....http.answers import Answer
from ....http.params import STEP, Parameter, Params, several
from ....http.route import PAIR, Route
from ....http.schema import INTEGER, NUMBER, STRING, Schema, Tensor, array, obj
from ....index.run import Snapshot
from ...images.routes import IMAGE_SET
from ..compute import shared_neighbours
from .shared import ID, listed

_STEPS = Parameter(
    "steps",
    several(STEP, 2, 2),
    "the iteration of representations of each run; the last ones if not given",
    ("5", "5"),
    required=False,
)


def compare_maps(snapshots: tuple[Snapshot, ...], params: Params) -> Answer:
    """Of each image, how many neighbours the representations of two runs share.

    Args:
        snapshots: Of the two runs.
        params: Of the request.
    """
    name = params.text("image_set")
    steps = params.integers("steps") if params.given("steps") else None
    found = shared_neighbours(snapshots, name, steps)
    alignment = found.alignment
    labels = alignment.labels[found.images]
    size = len(alignment.classes)
    shared, of = (np.bincount(labels, own, size) for own in (found.shared, found.of))
    with np.errstate(invalid="ignore", divide="ignore"):
        per_class, overall = shared / of, shared.sum() / of.sum()
    fields = {
        "runs": [snapshot.name for snapshot in snapshots],
        "image_set": name,
        "steps": list(found.steps),
        "share": float(overall),
        "by_chance": found.by_chance,
        "classes": listed({"class": alignment.classes, "share": per_class}),
    }
    ids = alignment.ids(found.images)
    arrays = {
        "label": labels,
        "shared": found.shared,
        "of": found.of,
        "rows": np.stack(
            [alignment.rows_of(i, found.images) for i in range(len(snapshots))], axis=-1
        ).astype(np.int32),
    }

    def json() -> Mapping[str, Any]:
        return {**fields, "images": listed({"id": ids, **arrays})}

    return Answer({**fields, "ids": ids, **arrays}, json)


_FIELDS: Mapping[str, Schema] = {
    "runs": array(STRING, "TensorBoard's names"),
    "image_set": STRING,
    "steps": array(INTEGER, "the iteration of the representations of each run"),
    "share": {**NUMBER, "description": "of the neighbours of all images, those that are shared"},
    "by_chance": {**NUMBER, "description": "the same of maps with nothing in common"},
    "classes": array(obj({"class": STRING, "share": NUMBER})),
}

ROUTES = (
    Route(
        "/compare_maps",
        compare_maps,
        (IMAGE_SET, _STEPS),
        obj(
            {
                **_FIELDS,
                "images": array(
                    obj(
                        {
                            "id": ID,
                            "label": {"type": "integer", "description": "position of its class"},
                            "shared": {"type": "integer", "description": "neighbours in both"},
                            "of": {"type": "integer", "description": "that could be"},
                            "rows": array(INTEGER, "in each run's image set"),
                        }
                    ),
                    "those that are in both maps",
                ),
            }
        ),
        {
            "label": Tensor("int32", ("images",)),
            "shared": Tensor("int32", ("images",), "neighbours in both"),
            "of": Tensor("int32", ("images",), "that could be"),
            "rows": Tensor("int32", ("images", "runs"), "in each run's image set"),
        },
        {**_FIELDS, "ids": array(ID)},
        about=PAIR,
    ),
)
