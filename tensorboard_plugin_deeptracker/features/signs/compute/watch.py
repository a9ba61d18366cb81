"""A run's records, fed to the rules as they come; in the training's process and in the viewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ....compute.sent import of_snapshot
from ....index.reading import columns
from ....index.record import Record
from ....index.run import Snapshot
from ....index.scalars import Scalars, scalars
from ...findings.compute import findings
from ...histories.compute import Scores
from ...images.records import IMAGE_SETS, ImageSet
from ...layers.records import DUMPS, FILTERS_TAG, MODEL, STATISTICS_TAG, Model
from ...map.compute import read_representations
from ...map.records import REPRESENTATIONS
from ...validation.records import (
    MARGIN_TAG,
    NOT_FINITE_TAG,
    PREDICTED_TAG,
    PROBABILITY_TAG,
    SECOND_TAG,
    VALIDATIONS,
)
from . import of_features, of_images, of_layers, of_trained
from .found import of_findings
from .images import ImagesCourse
from .layers import LayersCourse
from .of_runs import overfitting
from .of_scalars import of_scalars
from .rates import rates_of
from .representations import FeaturesCourse
from .rule import Judged
from .sign import Sign
from .together import together
from .validation import Validation

# Dumps that are read at once, and those by which signs of one cause may be apart.
_CHUNK = 8
_SLACK = 3
# Image sets of more classes are not judged: of each, a few numbers are kept for every dump.
_CLASSES = 5_000
# Nor models of more filters, of which a dump is 100 MB.
_FILTERS = 1 << 22
# What rules take, about: for a number, and for a record whatever is in it.
_NUMBER, _RECORD = 24e-9, 5e-4
# What is looked at.
_KINDS = (MODEL, DUMPS, IMAGE_SETS, VALIDATIONS, REPRESENTATIONS)


def signs(snapshot: Snapshot) -> list[Sign]:
    """All signs of a run, most severe first; what is new costs only itself.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    model = snapshot.of(MODEL)
    names = snapshot.keys(IMAGE_SETS)
    basis = (
        model,
        snapshot.of(DUMPS),
        _version(scalars(snapshot)),
        *((snapshot.of(VALIDATIONS, name), snapshot.of(REPRESENTATIONS, name)) for name in names),
    )

    def extend(known: Watch | None) -> Watch:
        watch = known or Watch()
        seconds = watch.seconds(snapshot)
        here = partial(watch.take, snapshot)
        return of_snapshot(_watched, snapshot, _KINDS, here=here, seconds=seconds)

    return snapshot.memo.get("signs", basis, extend).signs


def _watched(snapshot: Snapshot) -> Watch:
    return Watch().take(snapshot)


class Watch:
    """What is known of a run so far.

    Attributes:
        signs: All that were raised, most severe first.
    """

    def __init__(self) -> None:
        self._layers: _Layers | None = None
        self._images: dict[str, _Images] = {}
        self._features: dict[str, _Features] = {}
        self.signs: list[Sign] = []

    @property
    def images(self) -> Mapping[str, ImagesCourse]:
        """What is known of each image set."""
        return {name: own.judged.course for name, own in self._images.items()}

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        parts = (*self._images.values(), *self._features.values())
        own = self._layers.nbytes if self._layers else 0
        return own + sum(each.nbytes for each in parts)

    def seconds(self, snapshot: Snapshot) -> float:
        """About how long it takes to take in what is new."""
        seconds = 0.0
        model = snapshot.of(MODEL)
        if model is not None and model.filters <= _FILTERS:
            new = len(snapshot.of(DUMPS)) - (self._layers.rows if self._layers else 0)
            seconds += new * (_RECORD + len(model.measures) * model.filters * _NUMBER)
        for name in snapshot.keys(IMAGE_SETS):
            images = snapshot.of(IMAGE_SETS, name)
            if images is not None and len(images.class_names) <= _CLASSES:
                known = self._images.get(name)
                new = len(snapshot.of(VALIDATIONS, name)) - (known.rows if known else 0)
                seconds += new * (_RECORD + len(images.labels) * _NUMBER)
        return seconds

    def take(self, snapshot: Snapshot) -> Watch:
        """Takes in what is new.

        Raises:
            DamagedRecordError, OSError: See `columns` in `index.reading`.
        """
        found: list[Sign] = []
        model = snapshot.of(MODEL)
        if model is not None and model.filters <= _FILTERS:
            dumps = snapshot.of(DUMPS)
            if self._layers is None or not self._layers.continues(model, dumps):
                self._layers = _Layers(model)
            self._layers.take(dumps)
            found += self._layers.judged.signs()
            steps = snapshot.steps(DUMPS).tolist()
            found += of_findings(model, findings(snapshot, model), steps)
        for name in snapshot.keys(IMAGE_SETS):
            images = snapshot.of(IMAGE_SETS, name)
            assert images is not None
            if len(images.class_names) > _CLASSES:
                continue
            validations = snapshot.of(VALIDATIONS, name)
            own = self._images.get(name)
            if own is None or not own.continues(images, validations):
                own = self._images[name] = _Images(images, name)
            own.take(validations)
            found += own.judged.signs()
            records = snapshot.of(REPRESENTATIONS, name)
            features = self._features.get(name)
            if features is None or not features.continues(images, records):
                features = self._features[name] = _Features(images, name)
            features.take(records)
            found += features.judged.signs()
        found += self._across(snapshot)
        self.signs = together(found, _slack(snapshot))
        return self

    def _across(self, snapshot: Snapshot) -> Iterator[Sign]:
        """What several courses say together."""
        trained = [each for name, each in self._images.items() if is_trained(name)]
        for name, own in self._images.items():
            if trained and not is_trained(name):
                yield from overfitting(trained[0].judged.course, own.judged.course, name)
        if self._layers is not None:
            steps = self._layers.judged.course.steps
            yield from of_scalars(rates_of(scalars(snapshot), steps), steps)


def _version(found: Mapping[str, Scalars]) -> tuple[tuple[str, int], ...]:
    """Tells scalars from those with more points."""
    return tuple((tag, len(points.steps)) for tag, points in found.items())


def is_trained(name: str) -> bool:
    """Whether an image set is one that is trained on: as `tracker.observe` calls it, or alike."""
    return "train" in name.lower()


def _slack(snapshot: Snapshot) -> int:
    """As many iterations as rules may take longer than others to see the same."""
    series = [snapshot.steps(DUMPS)]
    series += [snapshot.steps(VALIDATIONS, name) for name in snapshot.keys(IMAGE_SETS)]
    return max((_SLACK * int(np.median(np.diff(own))) for own in series if len(own) > 1), default=0)


class _Taken:
    """Records that were taken in."""

    judged: Judged[Any]

    def __init__(self, about: Model | ImageSet) -> None:
        self._about = about
        self._records: tuple[Record, ...] = ()

    def continues(self, about: Model | ImageSet, records: tuple[Record, ...]) -> bool:
        """Whether these records begin with those that were taken in."""
        return self._about is about and self._records == records[: len(self._records)]

    @property
    def rows(self) -> int:
        """How many were taken in."""
        return len(self._records)

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        return self.judged.nbytes + int(self.judged.course.nbytes)

    def _new(self, records: tuple[Record, ...]) -> Iterator[Sequence[Record]]:
        for first in range(len(self._records), len(records), _CHUNK):
            chunk = records[first : first + _CHUNK]
            yield chunk
            self._records += chunk


class _Layers(_Taken):
    """The dumps."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._model = model
        names = [layer.name for layer in model.layers]
        self.judged = Judged(LayersCourse(model), of_layers.RULES, names, "layer")

    def take(self, records: tuple[Record, ...]) -> None:
        model = self._model
        shapes = (
            (len(model.measures), model.filters),
            (len(model.statistics), len(model.nodes)),
        )
        for chunk in self._new(records):
            filters, statistics = (
                columns(chunk, tag, 0, int(np.prod(shape))).reshape(-1, *shape)
                for tag, shape in zip((FILTERS_TAG, STATISTICS_TAG), shapes, strict=True)
            )
            for record, own, of_nodes in zip(chunk, filters, statistics, strict=True):
                self.judged.course.add(record.step, own, of_nodes)
        self.judged.judge()


class _Images(_Taken):
    """The validations of an image set."""

    def __init__(self, images: ImageSet, name: str) -> None:
        super().__init__(images)
        self._images = images
        # Only what is trained on spoils a training.
        trained = is_trained(name)
        rules = of_images.RULES + (of_trained.RULES if trained else ())
        course = ImagesCourse(images, trained)
        self.judged: Judged[ImagesCourse] = Judged(
            course, rules, images.class_names, "class_name", name
        )

    def take(self, records: tuple[Record, ...]) -> None:
        count = len(self._images.labels)
        tags = MARGIN_TAG, PROBABILITY_TAG, SECOND_TAG
        for chunk in self._new(records):
            predicted = columns(chunk, PREDICTED_TAG, 0, count)
            for record, own in zip(chunk, predicted, strict=True):
                scores, bad = None, 0
                if MARGIN_TAG in record.tensors:
                    scores = Scores(*(columns([record], tag, 0, count) for tag in tags))
                if NOT_FINITE_TAG in record.tensors:
                    bad = int(columns([record], NOT_FINITE_TAG, 0, 1)[0, 0])
                self.judged.course.add(Validation(record.step, own, scores, bad))
        self.judged.judge()


class _Features(_Taken):
    """The representations of an image set."""

    def __init__(self, images: ImageSet, name: str) -> None:
        super().__init__(images)
        course = FeaturesCourse(images)
        self.judged = Judged(course, of_features.RULES, images.class_names, "class_name", name)

    def take(self, records: tuple[Record, ...]) -> None:
        for chunk in self._new(records):
            for record in chunk:
                self.judged.course.add(record.step, read_representations(record))
        self.judged.judge()
