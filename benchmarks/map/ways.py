"""Ways to draw maps, frame after frame: ours and DVI's here, others' in their own environment."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.map.dvi import Autoencoder, Head
from benchmarks.map.measures import Back, Floats, Images, Places
from tensorboard_plugin_deeptracker.features.map.compute.frame import Frame, make_frame
from tensorboard_plugin_deeptracker.features.map.log.given import Copied
from tensorboard_plugin_deeptracker.features.map.log.represent import represent
from tensorboard_plugin_deeptracker.features.map.records import Representations


@dataclass(frozen=True)
class Dump:
    """What a network made of images at an iteration.

    Attributes:
        features: float32[images, dimensions].
        logits: float32[images, classes].
        new: float32[others, dimensions]: features of images that the map does not know.
        new_predicted: int64[others].
        head: The network's last layer.
    """

    features: Floats
    logits: Floats
    new: Floats
    new_predicted: NDArray[np.int64]
    head: Head


@dataclass(frozen=True)
class Drawn:
    """A frame.

    Attributes:
        places: float64[images, 2].
        seconds: Of CPU time.
        new: float64[others, 2]: places of images that it does not know.
        back: What is predicted at places; None: what the dots around do.
    """

    places: Places
    seconds: float
    new: Places
    back: Back | None = None


Way = Callable[[Sequence[Dump], int], Iterator[Drawn]]


def ours(dumps: Sequence[Dump], seed: int) -> Iterator[Drawn]:
    """As the product draws them, neighbours and all that is measured of a frame included."""
    del seed  # Nothing is random.
    before: Representations | None = None
    frame: Frame | None = None
    for dump in dumps:
        started = time.process_time()
        now = logged(dump.features, dump.logits)
        frame = make_frame(now, before, frame)
        seconds = time.process_time() - started
        before = now
        places = frame.places.astype(np.float64)
        yield Drawn(places, seconds, places[_medoids(dump)])


def logged(features: Floats, logits: Floats) -> Representations:
    """What is logged of a dump."""
    every = np.arange(len(features))
    copied, scores = (Copied.of(torch.from_numpy(each), every) for each in (features, logits))
    return represent(copied, scores, every, np.zeros(len(every), np.int32), None, 1)


def _medoids(dump: Dump) -> NDArray[np.int64]:
    """The nearest image of each new one, of those that are predicted like it."""
    known, new = dump.features.astype(np.float64), dump.new.astype(np.float64)
    squares = (known**2).sum(axis=1) - 2 * new @ known.T
    unlike = dump.new_predicted[:, None] != dump.logits.argmax(axis=1)[None]
    # Where no image of the map is predicted so, it is the nearest of all.
    unlike &= ~unlike.all(axis=1, keepdims=True)
    found: NDArray[np.int64] = np.where(unlike, np.inf, squares).argmin(axis=1)
    return found


def dvi(dumps: Sequence[Dump], seed: int) -> Iterator[Drawn]:
    """As DeepVisualInsight draws them."""
    model = Autoencoder(dumps[0].features.shape[1], seed)
    for dump in dumps:
        low = Images.of(dump.features, dump.logits).low
        started = time.process_time()
        model.fit(dump.features, low, dump.head)
        seconds = time.process_time() - started

        def back(places: Places, head: Head = dump.head) -> NDArray[np.integer]:
            found: NDArray[np.integer] = head.scores(model.features(places)).argmax(axis=1)
            return found

        yield Drawn(model.places(dump.features), seconds, model.places(dump.new), back)


def others(name: str, python: Path) -> Way:
    """As a library draws them, which lies in an environment of its own.

    Args:
        name: `umap` or `opentsne`.
        python: Of that environment.
    """

    def draw(dumps: Sequence[Dump], seed: int) -> Iterator[Drawn]:
        with tempfile.TemporaryDirectory() as folder:
            given, found = Path(folder) / "given.npz", Path(folder) / "found.npz"
            features, new = ([getattr(d, which) for d in dumps] for which in ("features", "new"))
            np.savez(given, features=np.stack(features), new=np.stack(new))
            script = Path(__file__).with_name("others.py")
            command = [*map(str, (python, script, name, given, found, seed))]
            subprocess.run(command, check=True)
            with np.load(found) as arrays:
                rows = [arrays[each] for each in ("places", "seconds", "new")]
        for places, seconds, of_new in zip(*rows, strict=True):
            yield Drawn(places.astype(np.float64), float(seconds), of_new.astype(np.float64))

    return draw
