"""What a question's parameters are if nobody says: what the tab starts with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from ..compute.errors import NotFoundError
from ..events.kinds import Series
from ..features.images.records import VALIDATION
from ..features.layers.records import DUMPS
from ..features.layers.routes import DUMP_STEP
from ..features.map.records import REPRESENTATIONS
from ..features.map.routes import MAP_STEP
from ..features.suggested.routes import SUGGESTIONS
from ..features.validation.records import VALIDATIONS
from ..features.validation.routes import VALIDATION_STEP
from ..http.params import Parameter
from ..http.route import Route
from ..index.run import Snapshot

# The same for every run.
FIXED = {
    "measure": "change",
    "normalize": "none",
    "of": "weight",
    "min_appearances": "1",
    "shuffles": "1000",
    "cells": "64",
    "columns": "1000",
}
# The last iteration of these.
_LAST: tuple[tuple[Parameter, Series[Any], str], ...] = (
    (DUMP_STEP, DUMPS, "weights"),
    (VALIDATION_STEP, VALIDATIONS, "predictions"),
    (MAP_STEP, REPRESENTATIONS, "representations"),
)


def has_usual(parameter: Parameter) -> bool:
    """Whether a parameter that must be given over HTTP need not be in Python."""
    return (
        parameter.name in FIXED
        or parameter.name in SUGGESTIONS
        or any(parameter == each for each, _, _ in _LAST)
    )


def usual(route: Route, snapshot: Snapshot, args: MultiDict[str, str]) -> Mapping[str, str]:
    """Those parameters that must be given and are not.

    Args:
        route: The question.
        snapshot: The run.
        args: The parameters that are given.

    Raises:
        NotFoundError: Nothing was logged that they would be about.
    """
    missing = [own for own in route.parameters if own.required and own.name not in args]
    found = {own.name: FIXED[own.name] for own in missing if own.name in FIXED}
    image_set = args.get("image_set", VALIDATION)
    for own in missing:
        for parameter, series, what in _LAST:
            if own == parameter:
                # A dump is about no image set.
                key = None if series is DUMPS else image_set
                found[own.name] = str(_last(snapshot, series, key, what))
    for own in missing:
        if own.name in SUGGESTIONS and own.name not in found:
            found[own.name] = str(_at_least_one(SUGGESTIONS[own.name](snapshot, image_set)))
    return found


def _at_least_one(value: object) -> object:
    """Classes of which nothing separates any are one cluster."""
    return 1 if value is None else value


def _last(snapshot: Snapshot, series: Series[Any], key: str | None, what: str) -> int:
    steps = snapshot.steps(series, key)
    if not len(steps):
        raise NotFoundError(f"no {what} were logged yet")
    return int(steps[-1])
