"""What the iterations of a run are on an axis that runs have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ....compute.errors import NotFoundError
from ....index.run import Snapshot
from ....index.scalars import Scalars, scalars

AXES = ("iterations", "epochs", "images")
# The last part of a scalar's tag, as loops and frameworks write it.
_TAGS = {
    "epochs": re.compile(r"(?:^|[/_\-. ])epochs?$", re.IGNORECASE),
    "images": re.compile(
        r"(?:^|[/\-. ])(?:(?:images|samples|examples)(?:[_\- ]seen)?|consumed[_\- ]samples)$",
        re.IGNORECASE,
    ),
}
_WANTED = {
    "epochs": 'writer.add_scalar("epoch", epoch, iteration)',
    "images": 'writer.add_scalar("images_seen", images, iteration)',
}


def places(snapshot: Snapshot, axis: str, steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Where some iterations of a run are on an axis: float64[steps], never falling.

    Args:
        snapshot: The run.
        axis: One of `AXES`.
        steps: Iterations, ascending.

    Raises:
        NotFoundError: The run does not say what they are on that axis.
    """
    if axis == "iterations":
        return steps.astype(np.float64)
    known = _course(scalars(snapshot), axis)
    if known is None:
        raise NotFoundError(
            f"run {snapshot.name!r} does not say how many {axis} its iterations are:"
            f" log a scalar that never falls with {_WANTED[axis]}, or compare by iterations"
        )
    return _between(steps, known)


def known_axes(snapshots: Sequence[Snapshot]) -> tuple[str, ...]:
    """The axes that all of some runs can be put on."""
    found = [scalars(snapshot) for snapshot in snapshots]
    return tuple(
        axis
        for axis in AXES
        if axis == "iterations" or all(_course(own, axis) is not None for own in found)
    )


def _course(known: Mapping[str, Scalars], axis: str) -> Scalars | None:
    """The scalar that says it: of several the one with the shortest tag."""
    tags = sorted(
        (tag for tag in known if _TAGS[axis].search(tag)), key=lambda tag: (len(tag), tag)
    )
    for tag in tags:
        values = known[tag].values
        if len(values) > 1 and np.isfinite(values).all() and (np.diff(values) >= 0).all():
            return known[tag]
    return None


def _between(steps: NDArray[np.int64], known: Scalars) -> NDArray[np.float64]:
    """Between two points in proportion; before and behind them on as fast as on the average."""
    at, values = known.steps.astype(np.float64), known.values
    found = np.interp(steps, at, values)
    pace = (values[-1] - values[0]) / (at[-1] - at[0])
    found += np.minimum(steps - at[0], 0) * pace + np.maximum(steps - at[-1], 0) * pace
    return found
