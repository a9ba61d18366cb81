"""Maps of many images: time, truth, and the memory of the process that makes them."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np

from benchmarks.map.measures import Images, figures_of
from benchmarks.map.networks import FEATURES, Dumps
from benchmarks.map.ways import logged
from benchmarks.table import title
from tensorboard_plugin_deeptracker.compute.worker import Worker
from tensorboard_plugin_deeptracker.features.map.compute.frame import Frame, make_frame
from tensorboard_plugin_deeptracker.features.map.records import Representations

_FRAMES = 50
# Different ones, which come again and again.
_DIFFERENT = 3
# Those that figures are of: measuring them exactly takes longer than drawing them.
_MEASURED = 5


def measure_large(dumps: Dumps) -> None:
    """CPU seconds and truth of frames of all images that were evaluated."""
    count = len(dumps.labels)
    title(f"{count:,} images of {FEATURES} features, {len(dumps.steps)} frames")
    before: Representations | None = None
    frame: Frame | None = None
    seconds, found = [], []
    for at in range(len(dumps.steps)):
        features, scores = dumps.features[at].astype(np.float32), dumps.scores[at]
        started = time.process_time()
        now = logged(features, scores)
        between = time.process_time()
        frame = make_frame(now, before, frame)
        seconds.append((between - started, time.process_time() - between))
        before = now
        if (at + 1) % (len(dumps.steps) // _MEASURED) == 0:
            figures = figures_of(Images.of(features, scores), frame.places.astype(np.float64))
            found.append((figures.neighbours, figures.boundary, figures.left_out))
    near, drawn = np.mean(seconds, axis=0)
    neighbours, boundary, left_out = np.mean(found, axis=0)
    print(f"CPU seconds a frame: {near:.2f} neighbours, {drawn:.2f} layout and truth")
    print(f"neighbours kept {neighbours:.2f}, boundary {boundary:.2f}, left out {left_out:.3f}")


def measure_memory(images: int) -> None:
    """Of the process that makes frames, as the tab starts it."""
    title(f"memory of the worker: {images:,} images, {_FRAMES} frames")
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((10, FEATURES))
    labels = rng.integers(0, 10, images)
    noise = rng.standard_normal((images, FEATURES))
    records = []
    for at in range(1, _DIFFERENT + 1):
        features = (centers[labels] * at / 4 + noise).astype(np.float32)
        records.append(logged(features, features @ centers.T.astype(np.float32)))
    worker = Worker()
    worker.start(make_frame.__module__)
    if not worker.ready(None):
        raise RuntimeError("the worker did not start")
    frame: Frame | None = None
    for at in range(_FRAMES):
        now, before = records[at % _DIFFERENT], records[(at - 1) % _DIFFERENT]
        frame = worker.call(make_frame, now, before if at else None, frame)
    status = Path(f"/proc/{worker.pid}/status").read_text()
    peak = re.search(r"VmHWM:\s*(\d+) kB", status)
    worker.close()
    print(f"{int(peak[1]) / 1024:.0f} MB at most" if peak else "not known here")
