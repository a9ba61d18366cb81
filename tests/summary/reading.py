"""Reads what a writer logged, whole and simply."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

from tensorboard_plugin_deeptracker.events import decode, schema, tfrecord
from tensorboard_plugin_deeptracker.events.session import Session, decode_session
from tensorboard_plugin_deeptracker.features.images.records import (
    CLASSES_TAG,
    THUMBNAIL_ROWS_TAG,
    THUMBNAILS_TAG,
    VALIDATION,
    ImageSet,
    decode_image_set,
)
from tensorboard_plugin_deeptracker.features.layers.records import (
    FILTERS_TAG,
    KERNELS_TAG,
    MODEL,
    STATISTICS_TAG,
    Model,
    decode_first_non_finite,
    decode_model,
)
from tensorboard_plugin_deeptracker.features.validation.records import (
    MARGIN_TAG,
    NOT_FINITE_TAG,
    PREDICTED_TAG,
    PROBABILITY_TAG,
    SECOND_TAG,
    Choices,
)


@dataclass
class Logged:
    """The records of one file."""

    session: Session
    models: list[Model] = field(default_factory=list)
    validation_sets: list[ImageSet] = field(default_factory=list)
    filters: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    statistics: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    kernels: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    predicted: dict[int, NDArray[Any]] = field(default_factory=dict)
    choices: dict[int, Choices] = field(default_factory=dict)
    not_finite: dict[int, int] = field(default_factory=dict)
    images: dict[int, bytes] = field(default_factory=dict)
    image_records: int = 0
    wall_times: list[float] = field(default_factory=list)
    non_finite: dict[int, tuple[str, int]] = field(default_factory=dict)

    @property
    def model(self) -> Model:
        (model,) = self.models
        return model

    def measure(self, name: str, step: int) -> NDArray[np.float32]:
        """float32[filters]."""
        values: NDArray[np.float32] = self.filters[step][self.model.measures.index(name)]
        return values

    def statistic(self, name: str, node: str, step: int) -> float:
        """One statistic of the node with that name."""
        names = [each.name for each in self.model.root.walk()]
        return float(self.statistics[step][self.model.statistics.index(name)][names.index(node)])


def log_files(directory: Path) -> list[Path]:
    """The files of ours in a run directory."""
    return sorted(directory.glob(f"{schema.LOG_DIRECTORY}/*{schema.LOG_SUFFIX}"))


def read_log(directory: Path, image_set: str = VALIDATION) -> Logged:
    """Reads the only file of a run directory."""
    (path,) = log_files(directory)
    return read_file(path, image_set)


def read_file(path: Path, image_set: str = VALIDATION) -> Logged:
    """Reads a file, up to a record that is cut off; of the image sets only one."""
    data = path.read_bytes()

    def read(offset: int, size: int) -> bytes:
        return data[offset : offset + size]

    logged = None
    at = 0
    while at + tfrecord.OVERHEAD <= len(data):
        length = tfrecord.payload_length(data[at : at + tfrecord.HEADER.size])
        assert length is not None
        start = at + tfrecord.HEADER.size
        at = start + length + tfrecord.FOOTER.size
        if at > len(data):
            break
        (crc,) = tfrecord.FOOTER.unpack(data[at - tfrecord.FOOTER.size : at])
        assert tfrecord.masked_crc(data[start : start + length]) == crc
        record = decode.skim(read, start, start + length)
        if logged is None:
            logged = Logged(decode_session(read, record))
            continue
        logged.wall_times.append(record.wall_time)
        tags = record.tensors
        of = {tag.partition("/")[2].partition("/")[2] for tag in tags}
        assert len(of) == 1
        if of != {""}:
            tags = {tag.removesuffix(f"/{image_set}"): each for tag, each in tags.items()}
            record = replace(record, tensors=tags)
        elif image_set != VALIDATION and MODEL.tag not in tags and FILTERS_TAG not in tags:
            continue
        if MODEL.tag in tags:
            logged.models.append(decode_model(read, record))
        elif CLASSES_TAG in tags:
            logged.validation_sets.append(decode_image_set(read, record))
        elif FILTERS_TAG in tags:
            logged.filters[record.step] = decode.array(read, tags[FILTERS_TAG])
            logged.statistics[record.step] = decode.array(read, tags[STATISTICS_TAG])
            if KERNELS_TAG in tags:
                logged.kernels[record.step] = decode.array(read, tags[KERNELS_TAG])
            if mark := decode_first_non_finite(read, record):
                logged.non_finite[record.step] = mark
        elif PREDICTED_TAG in tags:
            predicted = decode.array(read, tags[PREDICTED_TAG])
            logged.predicted[record.step] = predicted
            if NOT_FINITE_TAG in tags:
                logged.not_finite[record.step] = int(decode.array(read, tags[NOT_FINITE_TAG])[0])
            if MARGIN_TAG in tags:
                others = (MARGIN_TAG, PROBABILITY_TAG, SECOND_TAG)
                arrays = (decode.array(read, tags[tag]) for tag in others)
                logged.choices[record.step] = Choices(predicted, *arrays)
        elif THUMBNAILS_TAG in tags:
            rows = decode.array(read, tags[THUMBNAIL_ROWS_TAG])
            blobs = decode.strings(read, tags[THUMBNAILS_TAG])
            logged.images.update(zip(rows.tolist(), blobs, strict=True))
            logged.image_records += 1
    assert logged is not None, "the file has no whole record"
    return logged


def tensorboard_events(directory: Path) -> list[Any]:
    """All events that TensorBoard's own loader finds in a run directory."""
    from tensorboard.compat.proto.event_pb2 import Event

    return [
        Event.FromString(payload)
        for path in sorted(directory.glob("*tfevents*"))
        for payload in RawEventFileLoader(str(path)).Load()
    ]
