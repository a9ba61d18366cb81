"""Small logs, written through the real encoder."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tensorboard_plugin_deeptracker.events import schema, tfrecord
from tensorboard_plugin_deeptracker.events.session import Session, encode_session
from tensorboard_plugin_deeptracker.features import kinds
from tensorboard_plugin_deeptracker.features.causes.records import (
    Effect,
    Experiments,
    encode_experiments,
)
from tensorboard_plugin_deeptracker.features.images.records import (
    VALIDATION,
    ImageSet,
    encode_image_set,
    encode_thumbnails,
)
from tensorboard_plugin_deeptracker.features.layers.records import (
    Layer,
    Model,
    Node,
    encode_dump,
    encode_model,
)
from tensorboard_plugin_deeptracker.features.map.records import (
    NEIGHBOURS,
    Representations,
    Scores,
    encode_representations,
)
from tensorboard_plugin_deeptracker.features.validation.records import encode_validation
from tensorboard_plugin_deeptracker.index.opening import Opener, open_reader
from tensorboard_plugin_deeptracker.index.run import Run
from tensorboard_plugin_deeptracker.index.source import AnyPath


def png(shade: int) -> bytes:
    """An image file of one grey pixel."""
    file = io.BytesIO()
    Image.new("L", (1, 1), shade).save(file, "png")
    return file.getvalue()


def small_model(*filters: int) -> Model:
    """A chain of layers: the first on its own, the others in a block."""
    layers = tuple(
        Layer("stem" if i == 0 else f"block.conv{i}", "Conv2d", count, (count, 2, 3, 3))
        for i, count in enumerate(filters)
    )
    nodes = [Node(layer.name, layer.type, layer=i) for i, layer in enumerate(layers)]
    children = [nodes[0], Node("block", "Block", tuple(nodes[1:]))] if len(nodes) > 1 else nodes
    edges = tuple((i, i + 1) for i in range(len(layers) - 1))
    return Model(layers, Node("", "Net", tuple(children)), edges)


def small_validation_set(*images_per_class: int) -> ImageSet:
    """Classes `class 0`, `class 1`, ...; identifiers count from 100 downwards."""
    labels = np.repeat(np.arange(len(images_per_class), dtype=np.int32), images_per_class)
    names = tuple(f"class {c}" for c in range(len(images_per_class)))
    return ImageSet(names, labels, 100 - np.arange(len(labels), dtype=np.int64))


def random_dump(model: Model, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Filters and statistics of a dump."""
    rng = np.random.default_rng(seed)
    nodes = sum(1 for _ in model.root.walk())
    filters = rng.random((len(model.measures), model.filters), np.float32)
    return filters, rng.random((len(model.statistics), nodes), np.float32)


def small_representations(images: int, classes: int, seed: int = 0) -> Representations:
    """Images in a ring, each alike to those beside it."""
    rng = np.random.default_rng(seed)
    beside = np.arange(images)[:, None] + np.arange(1, NEIGHBOURS + 1)
    near = np.where(np.arange(1, NEIGHBOURS + 1) < images, beside % images, -1).astype(np.int32)
    scores = rng.standard_normal((images, classes))
    scores -= scores.max(axis=1, keepdims=True)
    places = rng.standard_normal((images, 2)).astype(np.float16)
    given = Scores(scores.astype(np.float16))
    return Representations(near, places, images, 0, 0, scores=given, border=near)


def small_experiments() -> Experiments:
    """Two filters of two classes of five images each."""
    effect = Effect(
        name="most moved",
        how="put_back",
        filters={"layer0": np.array([0, 2])},
        classes=np.array([0, 1]),
        to_right=np.array([False, True]),
        images=np.array([5, 5]),
        changed=np.array([4, 1]),
        chance=np.array([[0, 1], [1, 1], [0, 2]]),
        others=3,
        others_changed=1,
    )
    return Experiments(since=2, images=13, seconds=0.5, effects=(effect,))


class SessionLog:
    """One session's file, open for appending.

    Args:
        run: Directory of the run.
        name: Session's id and, with the suffix, the file's name.
        started: Seconds since the epoch.
        purge_step: See `Session`.
    """

    def __init__(
        self, run: Path, name: str = "first", started: float = 1.0, purge_step: int | None = None
    ) -> None:
        self.path = run / schema.LOG_DIRECTORY / f"{name}{schema.LOG_SUFFIX}"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("ab")
        self.offsets: list[int] = []
        self.append(encode_session(Session(name, started, "tests", purge_step)))

    def append(self, payload: bytes) -> None:
        """Appends a record of any payload."""
        self.offsets.append(self._file.tell())
        self.write(tfrecord.frame(payload))

    def write(self, data: bytes) -> None:
        """Appends bytes that need not be a record."""
        self._file.write(data)
        self._file.flush()

    def model(self, model: Model) -> None:
        """Appends the model."""
        self.append(encode_model(model))

    def validation_set(self, images: ImageSet, name: str = VALIDATION) -> None:
        """Appends the validation set, or another image set."""
        self.append(encode_image_set(images, name))

    def images(
        self, rows: Sequence[int], blobs: Sequence[bytes], image_set: str = VALIDATION
    ) -> None:
        """Appends images."""
        self.append(encode_thumbnails(rows, blobs, image_set))

    def dump(
        self,
        step: int,
        filters: NDArray[np.float32],
        statistics: NDArray[np.float32],
        kernels: NDArray[np.float32] | None = None,
    ) -> None:
        """Appends a dump."""
        self.append(encode_dump(step, filters, statistics, kernels=kernels))

    def validation(
        self,
        step: int,
        predicted: Sequence[int],
        classes: int,
        image_set: str = VALIDATION,
        not_finite: int = 0,
    ) -> None:
        """Appends a validation."""
        options: dict[str, Any] = {"image_set": image_set, "not_finite": not_finite}
        self.append(encode_validation(step, np.array(predicted, np.int64), classes, **options))

    def representations(self, step: int, of: Representations, image_set: str = VALIDATION) -> None:
        """Appends representations."""
        self.append(encode_representations(step, of, image_set=image_set))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __enter__(self) -> SessionLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def write_damaged_run(run: Path, model: Model) -> None:
    """A run of four dumps at iterations 0 to 3; the third does not match its checksum."""
    with SessionLog(run) as log:
        log.model(model)
        for step in range(4):
            log.dump(step, *random_dump(model, step))
    damage(log.path, 4)


def damage(path: Path, *records: int) -> None:
    """Changes a bit of some of a file's records, by their positions: of their wall times."""
    data = bytearray(path.read_bytes())
    at = 0
    for record in range(max(records, default=-1) + 1):
        length = tfrecord.payload_length(bytes(data[at : at + tfrecord.HEADER.size]))
        assert length is not None
        if record in records:
            data[at + tfrecord.HEADER.size + 4] ^= 1
        at += tfrecord.OVERHEAD + length
    path.write_bytes(data)


def write_small_run(run: Path, steps: int = 6, kernels: bool = False, **session: Any) -> None:
    """A run with everything in it: two layers, two classes, images, dumps and validations.

    Args:
        run: Its directory.
        steps: How many dumps and validations.
        kernels: Whether to log the first layer's weights.
        **session: See `SessionLog`.
    """
    model, images = small_model(3, 2), small_validation_set(2, 2)
    weights = np.zeros(model.layers[0].weight_shape, np.float32) if kernels else None
    if kernels:
        model = replace(model, kernels=0)
    with SessionLog(run, **session) as log:
        log.model(model)
        log.validation_set(images)
        log.images(range(4), [png(i) for i in range(4)])
        for step in range(steps):
            log.dump(step, *random_dump(model, step), weights)
            log.validation(step, [step % 2, 0, 1, 1 - step % 2], 2)
            log.representations(step, small_representations(4, 2, step))
        log.append(encode_experiments(min(3, steps - 1), small_experiments()))


def open_run(path: AnyPath, name: str = "run", opener: Opener = open_reader) -> Run:
    """A run, with the kinds of records of all features."""
    return Run(name, path, kinds(), opener=opener)
