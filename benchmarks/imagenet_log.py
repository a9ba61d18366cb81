"""Writes the standing test log: a ResNet-50 on ImageNet as the paper trained it.

    python -m benchmarks.imagenet_log LOGDIR [--scale 10]

54 layers, 27,560 filters, 1,000 classes of 50 images, 750 dumps and validations in
four learning-rate stages (paper, section 6), with the planted truth of `planted.py`.
Everything goes through the real encoder; the numbers are drawn from seeded
distributions whose course over the training follows the paper's section 8.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from benchmarks.first_layer import Kernels
from benchmarks.looks import Looks
from benchmarks.planted import (
    AFTER,
    BEFORE,
    FLIPPING,
    IMAGES_PER_CLASS,
    STEP_INTERVAL,
    Truth,
    plant,
)
from benchmarks.resnet50 import resnet50
from tensorboard_plugin_deeptracker.events import encode, schema, tfrecord
from tensorboard_plugin_deeptracker.events.session import Session, encode_session
from tensorboard_plugin_deeptracker.features.images.records import (
    ImageSet,
    encode_image_set,
    encode_thumbnails,
)
from tensorboard_plugin_deeptracker.features.layers.records import Model, encode_dump, encode_model
from tensorboard_plugin_deeptracker.features.validation.records import encode_validation

START = 1.5e9  # wall time of the first record; any fixed one makes the log reproducible
SECONDS_PER_DUMP = 600.0
LEARNING_RATES = (0.8, 0.08, 0.008, 0.0008)


def write(
    run: Path,
    *,
    scale: int = 1,
    dumps: int = 750,
    classes: int = 1000,
    thumbnails: bool = True,
    seed: int = 0,
) -> Truth:
    """Writes the log of one run and returns what is planted in it.

    Args:
        run: Directory of the run; it must not have a log yet.
        scale: Factor on the number of filters and of classes.
        dumps: Number of dumps and of validations.
        classes: Number of classes, before scaling.
        thumbnails: Whether to log the images.
        seed: Of another training on the same images: it predicts otherwise.

    Raises:
        FileExistsError: The run already has such a log.
    """
    classes *= scale
    truth = plant(dumps, classes)
    model = resnet50(classes, scale)
    directory = run / schema.LOG_DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / f"standing{schema.LOG_SUFFIX}").open("xb") as log:

        def append(payload: bytes) -> None:
            log.write(tfrecord.frame(payload))

        append(encode_session(Session("standing", START, "benchmarks.imagenet_log")))
        append(encode_model(model))
        append(encode_image_set(_validation_set(truth, classes)))
        if thumbnails:
            looks = Looks(truth)
            for first in range(0, classes, 10):
                group = range(first, min(first + 10, classes))
                rows = range(
                    group.start * IMAGES_PER_CLASS,
                    group.stop * IMAGES_PER_CLASS,
                )
                append(encode_thumbnails(rows, [one for c in group for one in looks.of(c)]))
        weights = _Weights(model, truth)
        predictions = _Predictions(truth, classes, seed)
        errors = np.empty(dumps)
        for t in range(dumps):
            step, wall_time = (t + 1) * STEP_INTERVAL, START + t * SECONDS_PER_DUMP
            predicted = predictions.at(t)
            errors[t] = (predicted != predictions.labels).mean()
            tensors = weights.filters(t), weights.statistics(t)
            append(encode_dump(step, *tensors, wall_time, kernels=weights.kernels(t)))
            append(encode_validation(step, predicted, classes, wall_time))
    _write_scalars(run, truth, errors)
    return truth


def _validation_set(truth: Truth, classes: int) -> ImageSet:
    names = [f"class {c:0{len(str(classes - 1))}d}" for c in range(classes)]
    names[truth.flipping_class] = "mushroom"
    names[truth.episodes[-1].flips[0][1][0]] = "gong"
    labels = np.repeat(np.arange(classes, dtype=np.int32), IMAGES_PER_CLASS)
    return ImageSet(tuple(names), labels, np.arange(len(labels), dtype=np.int64))


class _Predictions:
    """An image is right once its class's progress passes its difficulty."""

    def __init__(self, truth: Truth, classes: int, seed: int = 0) -> None:
        rng = np.random.default_rng(1)
        self.truth = truth
        self.seed = seed
        self.labels = np.repeat(np.arange(classes), IMAGES_PER_CLASS)
        of_class = np.array([0.05, 0.42, 0.70, 1.15])[truth.cluster] + rng.normal(0, 0.04, classes)
        spread = np.array([0.08, 0.12, 0.12, 0.10])[truth.cluster]
        noise = rng.normal(0, 1, len(self.labels))
        self.difficulty = of_class[self.labels] + spread[self.labels] * noise
        if seed:
            own = np.random.default_rng((1, seed))
            self.difficulty += own.normal(0, 0.02, len(self.labels))
        # A wrong image is mostly predicted as the same other class.
        self.confusion = (self.labels + rng.integers(1, 4, len(self.labels))) % classes

    def at(self, t: int) -> NDArray[np.int64]:
        """Predicted class of every image at validation t: int64[images]."""
        # A seed of 0 leaves the log as it has always been.
        truth, rng = self.truth, np.random.default_rng((2, t, self.seed) if self.seed else (2, t))
        progress = 0.55 * (1 - np.exp(-t / (0.05 * len(truth.stage))))
        progress += (0.0, 0.15, 0.22, 0.25)[truth.stage[t]] - 0.25 * (t in truth.peaks)
        wobble = (0.08, 0.02, 0.01, 0.005)[truth.stage[t]]
        eps = rng.normal(0, wobble, len(self.labels))
        correct = progress + eps > self.difficulty
        self._flip(correct, t, truth.flipping_class, truth.flipping_at, len(truth.stage))
        wrong = truth.flipping_class * IMAGES_PER_CLASS + np.array(truth.always_wrong)
        correct[wrong] = False
        for episode in truth.episodes:
            for at, classes in episode.flips:
                for c in classes:
                    self._flip(correct, t, c, at, at + AFTER, FLIPPING, BEFORE)
        return np.where(correct, self.labels, self.confusion)

    @staticmethod
    def _flip(
        correct: NDArray[np.bool_],
        t: int,
        c: int,
        at: int,
        until: int,
        images: Sequence[int] = range(IMAGES_PER_CLASS),
        before: int = 10**9,
    ) -> None:
        rows = c * IMAGES_PER_CLASS + np.array(images)
        if at - before <= t < at:
            correct[rows] = False
        elif at <= t < until:
            correct[rows] = True


class _Weights:
    """Filter measures and layer statistics over the training."""

    def __init__(self, model: Model, truth: Truth) -> None:
        self.model, self.truth = model, truth
        rng = np.random.default_rng(3)
        sizes = [layer.filters for layer in model.layers]
        self.first = dict(
            zip([layer.name for layer in model.layers], np.cumsum([0, *sizes]), strict=False)
        )
        self.layer_of = np.repeat(np.arange(len(sizes)), sizes)
        fan_in = np.array([np.prod(layer.weight_shape[1:]) for layer in model.layers])
        # Each module's weights are spread half as wide as those of the one before it.
        module = [order for order, node in enumerate(model.root.children) for _ in node.layers()]
        self.layer_sd = 0.08 / 2.0 ** np.array(module)
        self.fan_in = fan_in[self.layer_of]
        self.sd = self.layer_sd[self.layer_of] * rng.lognormal(0, 0.1, model.filters)
        depth = self.layer_of / len(sizes)
        self.rate = 2e-4 * (0.5 + depth) * rng.lognormal(0, 0.1, model.filters)
        self.shared = np.concatenate(
            [self.first[layer] + np.array(filters) for layer, filters in truth.shared]
        )
        self.restless = self.first[truth.restless_layer] + np.array(truth.restless)
        self.dead = self.first["conv1"] + np.array(truth.dead)
        shape = model.layers[0].weight_shape
        self._kernels = Kernels(shape, truth.dead, len(truth.stage))

    def filters(self, t: int) -> NDArray[np.float32]:
        """Measures of every filter at dump t: float32[measures, filters]."""
        truth, rng = self.truth, np.random.default_rng((4, t))
        rate = np.array([1.0, 0.1, 0.02, 0.01])[truth.stage[t]]
        ratio = self.rate * rate * rng.lognormal(0, 0.4, self.model.filters)
        ratio[self.restless] = self.rate[self.restless] * 20 * rng.lognormal(0, 0.2, 3)
        for episode in truth.episodes:
            if t in {at for at, _ in episode.flips}:
                moved = self.first[episode.layer] + np.array(episode.filters)
                ratio[moved] = self.rate[moved] * 200
        if t in truth.shared_at:
            ratio[self.shared] = self.rate[self.shared] * 80
        ratio[self.dead] = 0
        sd = self._spread(t)
        values = {
            "change": np.where(t == 0, np.nan, ratio**2 / 2),
            "update_ratio": np.where(t == 0, np.nan, ratio),
            "weight_mean": self._mean(t, self.layer_of == len(self.model.layers) - 1) * sd,
            "weight_sd": sd,
            "weight_norm": sd * np.sqrt(self.fan_in * 1.0004),
            "gradient_norm": ratio * sd,
        }
        return np.stack([values[name] for name in self.model.measures]).astype(np.float32)

    def kernels(self, t: int) -> NDArray[np.float32] | None:
        """The weights of the first layer at dump t, as large as its measures say."""
        if self.model.kernels is None:
            return None
        return self._kernels.at(t, self._spread(t)[: self.model.layers[0].filters])

    def statistics(self, t: int) -> NDArray[np.float32]:
        """Statistics of every node at dump t: float32[statistics, nodes]."""
        nodes = list(self.model.root.walk())
        values = np.empty((len(self.model.statistics), len(nodes)))
        rate = np.array([1.0, 0.1, 0.02, 0.01])[self.truth.stage[t]]
        for i, node in enumerate(nodes):
            below = node.layers()
            count = sum(int(np.prod(self.model.layers[j].weight_shape)) for j in below)
            sd = float(self.layer_sd[below].mean()) * self._decay(t)
            mean = sd * float(self._mean(t, np.array(below == [len(self.model.layers) - 1])))
            of_weights = _normal(mean, sd, count)
            of_gradients = _normal(0.0, sd * 1e-3 * rate, count)
            ratio = np.nan if t == 0 else 2e-4 * rate
            values[:, i] = [*of_weights, *of_gradients, ratio]
        return values.astype(np.float32)

    def _spread(self, t: int) -> NDArray[np.float64]:
        """The standard deviation of every filter; that of dead ones stays."""
        sd = self.sd * self._decay(t)
        sd[self.dead] = self.sd[self.dead]
        return sd

    def _decay(self, t: int) -> float:
        """What is left of the first spread: half is lost after each drop of the learning rate."""
        dumps = len(self.truth.stage)
        since = t - np.array(self.truth.drops)
        lost = np.where(since >= 0, 0.5 * (1 - np.exp(-np.maximum(since, 0) / (0.02 * dumps))), 0)
        return float((1 - 0.1 * t / dumps) * np.prod(1 - lost))

    @staticmethod
    def _mean(t: int, last: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The mean in standard deviations: soon negative, but for the last layer (section 8.2)."""
        return np.where(last, 0.05, -0.05 + 0.08 * np.exp(-t / 10))


def _normal(mean: float, sd: float, count: int) -> list[float]:
    """The statistics, in the log's order, of `count` normally distributed weights."""
    quartile, extreme = 0.6745 * sd, 4.5 * sd
    total, square = mean * count, (mean**2 + sd**2) * count
    spread = [mean - extreme, mean - quartile, mean, mean + quartile, mean + extreme]
    return [*spread, mean, sd, sd**2, total, 0.7979 * sd * count, square**0.5]


def _write_scalars(run: Path, truth: Truth, errors: NDArray[np.float64]) -> None:
    writer = EventFileWriter(str(run))
    writer.add_event(Event(wall_time=START, summary=encode.marker()))
    for t, error in enumerate(errors):
        scalars = {
            "learning_rate": LEARNING_RATES[truth.stage[t]],
            "error/train": 0.9 * error,
        }
        summary = Summary(
            value=[Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
        )
        wall_time = START + t * SECONDS_PER_DUMP
        writer.add_event(Event(wall_time=wall_time, step=(t + 1) * STEP_INTERVAL, summary=summary))
    writer.close()


def main() -> None:
    """Command line; see the module's text."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("logdir", type=Path)
    parser.add_argument("--scale", type=int, default=1, help="times the filters and the classes")
    parser.add_argument("--dumps", type=int, default=750)
    args = parser.parse_args()
    name = "resnet50" if args.scale == 1 else f"resnet50-x{args.scale}"
    try:
        write(args.logdir / name, scale=args.scale, dumps=args.dumps)
    except (FileExistsError, ValueError) as error:
        sys.exit(f"imagenet_log: {error}")


if __name__ == "__main__":
    main()
