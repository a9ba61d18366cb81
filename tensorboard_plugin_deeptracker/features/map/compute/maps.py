"""Questions about the map of an image set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....compute.errors import NotFoundError, NotReadyError, position_of_step
from ....compute.worker import in_worker
from ....index.run import Snapshot
from ...images.compute import image_set_of
from ...images.records import ImageSet
from ...validation.compute import predictions
from ...validation.records import VALIDATIONS
from ..records import REPRESENTATIONS, Representations, Scores
from .back import scores_at
from .frame import Frame
from .making import Failure, Maker, maker_of
from .quality import Quality
from .reading import read_representations

# How long a question waits for a frame: a live run's newest is there by then.
_WAIT = 1.0
# Cells of a background that are computed here: sending them would take as long.
_FEW = 256


@dataclass(frozen=True)
class Map:
    """A frame of a map with what is known of its images.

    Attributes:
        frame: Where they lie.
        rows: int64[images]: their rows in the image set.
        labels: int32[images].
        predicted: int32[images]: the class predicted; -1: not known.
        margins: float32[images]: score of the label less the largest other; NaN: not known.
        logged: What it was made from.
        steps: Iterations of the frames that are ready: int64[frames].
    """

    frame: Frame
    rows: NDArray[np.int64]
    labels: NDArray[np.int32]
    predicted: NDArray[np.int32]
    margins: NDArray[np.float32]
    logged: Representations
    steps: NDArray[np.int64]


@dataclass(frozen=True)
class Background:
    """What would be predicted at the places of a map.

    Attributes:
        extent: Of the cells: the least x and y, the largest x and y.
        predicted: int32[cells, cells], from the least y on; -1: there is nothing.
        margin: float32[cells, cells]: how far the largest score is above the second.
    """

    extent: tuple[float, float, float, float]
    predicted: NDArray[np.int32]
    margin: NDArray[np.float32]


def map_at(snapshot: Snapshot, image_set: str, step: int) -> Map:
    """The map at an iteration.

    Raises:
        NotFoundError: Nothing was logged for it, or its frame could not be made.
        NotReadyError: It is being made.
    """
    images, at = image_set_of(snapshot, image_set), _position(snapshot, image_set, step)
    record = snapshot.of(REPRESENTATIONS, image_set)[at]
    logged = read_representations(record)
    maker, ready = _made(snapshot, image_set)
    frame = maker.frame(at, len(logged.neighbours))
    if frame is None and maker.wait(_WAIT, at):
        _, ready = _made(snapshot, image_set)
        frame = maker.frame(at, len(logged.neighbours))
    if frame is None:
        if maker.failure is not None and maker.failure.at <= at:
            raise NotFoundError(_why(snapshot, image_set, maker.failure))
        count = sum(each is not None for each in ready)
        raise NotReadyError(
            f"the map at step {step} is being made: {count} of {len(ready)} frames are ready",
            count,
            len(ready),
        )
    there = np.array([each is not None for each in ready], np.bool_)
    rows = _rows(logged, images)
    labels = images.labels[rows]
    predicted, margins = _predicted(snapshot, image_set, step, logged, rows, labels)
    steps = snapshot.steps(REPRESENTATIONS, image_set)[there]
    return Map(frame, rows, labels, predicted, margins, logged, steps)


def background_at(snapshot: Snapshot, image_set: str, step: int, cells: int) -> Background:
    """The background of the map at an iteration.

    Raises:
        NotFoundError: Nothing was logged for it, or no scores.
        NotReadyError: The map is being made.
    """
    found = map_at(snapshot, image_set, step)
    scores = found.logged.scores
    if scores is None:
        raise NotFoundError(
            f"no scores were logged at step {step}, so no regions are known: pass the logits too,"
            " as in writer.add_representations(features, step, scores=logits)"
        )

    def compute(_: Background | None) -> Background:
        arguments = found.frame.places, scores, cells
        return in_worker(background, *arguments, heavy=cells > _FEW**0.5)

    # A frame is made of all that was logged up to it.
    basis = snapshot.of(REPRESENTATIONS, image_set)[: _position(snapshot, image_set, step) + 1]
    return snapshot.memo.get(("background", image_set, step, cells), basis, compute)


def background(places: NDArray[np.float32], scores: Scores, cells: int) -> Background:
    """What would be predicted in the cells of a square around some dots.

    Args:
        places: float32[images, 2]; NaN where an image has none.
        scores: Theirs.
        cells: How many along each side.
    """
    low, high = extent_of(places)
    shape = cells, cells
    known = np.flatnonzero((scores.predicted >= 0) & np.isfinite(places[:, 0]))
    predicted = np.full(shape, -1, np.int32)
    margin = np.full(shape, np.nan, np.float32)
    if len(known):
        centers = [low[i] + (np.arange(cells) + 0.5) / cells * (high - low)[i] for i in (0, 1)]
        x, y = np.meshgrid(*centers)
        queries = np.stack([x.ravel(), y.ravel()], axis=1)
        dots = places[known].astype(np.float64)
        found = scores_at(queries, dots, scores.of(known))
        predicted[:], margin[:] = (each.reshape(shape) for each in found)
    return Background((*low.tolist(), *high.tolist()), predicted, margin)


# Around the dots, as a share of how far they spread: the tab's regions end softly within it.
_ROOM = 0.12


def extent_of(places: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners of a square with some room around all dots: float64[2] each."""
    there = places[np.isfinite(places[:, 0])].astype(np.float64)
    if not len(there):
        return np.full(2, -1.0), np.full(2, 1.0)
    low, high = there.min(axis=0), there.max(axis=0)
    half = max(float((high - low).max()) * (0.5 + _ROOM), 1e-3)
    center = (low + high) / 2
    return center - half, center + half


@dataclass(frozen=True)
class Made:
    """How far a map has got.

    Attributes:
        steps: Iterations of the frames that are ready: int64[frames].
        qualities: How true these are.
        logged: Iterations of all that were logged: int64[records].
        failure: Why there are no more; None if nothing has failed.
    """

    steps: NDArray[np.int64]
    qualities: list[Quality]
    logged: NDArray[np.int64]
    failure: str | None


def made(snapshot: Snapshot, image_set: str, retry: bool = False) -> Made:
    """The frames that are ready, and how true they are.

    Args:
        snapshot: The run.
        image_set: Name of the set.
        retry: Try once more to make a frame that could not be made.
    """
    image_set_of(snapshot, image_set)
    maker, ready = _made(snapshot, image_set, retry)
    steps = snapshot.steps(REPRESENTATIONS, image_set)
    there = np.array([each is not None for each in ready], np.bool_)
    why = None if maker.failure is None else _why(snapshot, image_set, maker.failure)
    return Made(steps[there], [each for each in ready if each is not None], steps, why)


def _why(snapshot: Snapshot, image_set: str, failure: Failure) -> str:
    steps = snapshot.steps(REPRESENTATIONS, image_set)
    at = f" at step {int(steps[failure.at])}" if failure.at < len(steps) else ""
    return (
        f"the frame of the map{at} could not be made, and each is made from the one before:"
        f" {failure.reason}"
    )


def neighbours_of(
    snapshot: Snapshot, image_set: str, step: int, row: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """The images nearest to one in the features, from the nearest on.

    Args:
        snapshot: The run.
        image_set: Name of the set.
        step: Training iteration.
        row: The image's in the set.

    Returns:
        Their rows, labels and predicted classes.

    Raises:
        NotFoundError: Nothing was logged for it.
    """
    images, at = image_set_of(snapshot, image_set), _position(snapshot, image_set, step)
    logged = read_representations(snapshot.of(REPRESENTATIONS, image_set)[at])
    rows = _rows(logged, images)
    place = np.flatnonzero(rows == row)
    if not len(place):
        raise NotFoundError(
            f"the map is of a sample of {len(rows)} images, and this one is not among them: a"
            " writer with a larger map_images= would take more"
        )
    near = logged.neighbours[place[0]]
    near = near[near >= 0]
    labels = images.labels[rows]
    predicted, _ = _predicted(snapshot, image_set, step, logged, rows, labels)
    return rows[near], labels[near], predicted[near]


def _position(snapshot: Snapshot, image_set: str, step: int) -> int:
    steps = snapshot.steps(REPRESENTATIONS, image_set)
    if not len(steps):
        raise NotFoundError(
            f"no representations of {image_set!r} were logged yet: make the tracker with"
            " representations=True, or call writer.add_representations(features, step,"
            " scores=logits)"
        )
    return position_of_step("frame of the map", step, steps)


def _made(
    snapshot: Snapshot, image_set: str, retry: bool = False
) -> tuple[Maker, list[Quality | None]]:
    maker = maker_of(snapshot.memo, image_set)
    return maker, maker.follow(snapshot.of(REPRESENTATIONS, image_set), retry)


def _rows(logged: Representations, images: ImageSet) -> NDArray[np.int64]:
    if logged.rows is None:
        return np.arange(len(images.labels))
    # Whatever a log says.
    return np.clip(logged.rows.astype(np.int64), 0, len(images.labels) - 1)


def _predicted(
    snapshot: Snapshot,
    image_set: str,
    step: int,
    logged: Representations,
    rows: NDArray[np.int64],
    labels: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The classes predicted and the margins; where no scores are, by the validation at the step."""
    if logged.scores is not None:
        return logged.scores.predicted, logged.scores.margins(labels)
    margins = np.full(len(rows), np.nan, np.float32)
    at = np.flatnonzero(snapshot.steps(VALIDATIONS, image_set) == step)
    if not len(at):
        return np.full(len(rows), -1, np.int32), margins
    record = snapshot.of(VALIDATIONS, image_set)[int(at[0])]
    images = image_set_of(snapshot, image_set)
    (predicted,) = predictions([record], len(images.labels))
    return predicted[rows].astype(np.int32), margins
