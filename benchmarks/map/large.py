"""Maps of many images: time, truth, and the memory of the process that makes them."""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.map.measures import Images, figures_of
from benchmarks.map.networks import FEATURES, Dumps
from benchmarks.map.ways import logged
from benchmarks.table import title
from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.compute.worker import Worker
from tensorboard_plugin_deeptracker.features.map.compute.frame import Frame, make_frame
from tensorboard_plugin_deeptracker.features.map.log.given import Copied
from tensorboard_plugin_deeptracker.features.map.records import Representations

_FRAMES = 50
# Different ones, which come again and again.
_DIFFERENT = 3
# Those that figures are of: measuring them exactly takes longer than drawing them.
_MEASURED = 5
_IMAGES, _MANY, _WIDTH, _CALLS = 10_000, 50_000, 2_048, 3


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


def measure_call() -> None:
    """How long a training waits for `add_representations`, and how long for the copy alone."""
    title(f"add_representations, {_IMAGES:,} x {_WIDTH:,}, {_CALLS} calls, fastest of each")
    features = torch.randn(_IMAGES, _WIDTH)
    rows = np.random.default_rng(0).permutation(_IMAGES)
    calls, copies = [], []
    with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        writer.add_validation_set(rows % 10, [str(each) for each in range(10)])
        for step in range(_CALLS):
            writer.flush()
            started = time.perf_counter()
            Copied.of(features, rows)
            between = time.perf_counter()
            writer.add_representations(features, step)
            calls.append(time.perf_counter() - between)
            copies.append(between - started)
    print(f"{1e3 * min(calls):.1f} ms, of which the copy {1e3 * min(copies):.1f} ms")


def measure_index() -> None:
    """The neighbours of 50,000 x 2,048 by an index, and their map."""
    title(f"{_MANY:,} x {_WIDTH:,}, neighbours by an index of faiss")
    rng = np.random.default_rng(0)
    # Of 64 dimensions that say much, and noise: as a network's are.
    inner = rng.standard_normal((_MANY, 64), np.float32) * np.geomspace(4, 0.4, 64)
    features = inner.astype(np.float32) @ rng.standard_normal((64, _WIDTH), np.float32)
    features += 0.5 * rng.standard_normal(features.shape, np.float32)
    started = time.process_time()
    found = logged(features, features[:, :10])
    times = [started, time.process_time()]
    first = make_frame(found, None, None)
    times.append(time.process_time())
    make_frame(found, found, first)
    near, begun, drawn = np.diff([*times, time.process_time()])
    print(f"CPU seconds: {near:.1f} neighbours, {begun:.1f} a first frame, {drawn:.1f} a later one")
    print(f"recall {found.recall:.3f}" if found.recall is not None else "faiss is not installed")


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
