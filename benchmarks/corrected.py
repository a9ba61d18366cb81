"""What it gains to look at the labels that are most probably wrong, and to train again.

scripts/bench corrected [--data FOLDER] [--images 6000] [--held-out 4000] [--epochs 15]
    [--network vgg] [--noise symmetric] [--rate 0.2] [--looked-at 1000] [--seeds 0 1]

Labels of CIFAR-10's training images are turned wrong and a small network is trained on them, as in
`scripts/bench labels`. Then the most suspicious images are looked at (each gets its true label) or
left out, and a network is trained anew from the same seed; beside it one whose labels are
corrected of as many images drawn by chance, and one that never had a wrong label. Each is judged
by images that are held out, whose labels are true.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import turned_labels
from benchmarks.labels import suspicion
from benchmarks.turned_labels import NETWORKS, NOISES, Labelled, cifar10, scores_of, train, turned
from tensorboard_plugin_deeptracker import SummaryWriter

Labels = NDArray[np.int64]


def main() -> None:
    """The command."""
    parser = turned_labels.parser("corrected", __doc__)
    parser.add_argument("--held-out", type=int, default=4000)
    parser.add_argument("--network", choices=NETWORKS, default="vgg")
    parser.add_argument("--noise", choices=NOISES[:2], default="symmetric")
    parser.add_argument("--rate", type=float, default=0.2)
    parser.add_argument("--looked-at", type=int, default=1000)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    options = parser.parse_args()
    drawn = cifar10(options.data).some(options.images + options.held_out)
    data, held_out = _split(drawn, options.images)
    print(
        "| trained on | labels wrong | held-out images wrong, each seed | mean |\n|---|--:|--:|--:|"
    )
    found = [dict(_errors(data, held_out, seed, options)) for seed in options.seeds]
    for name in found[0]:
        wrong, errors = zip(*(each[name] for each in found), strict=True)
        seeds = ", ".join(f"{error:.1%}" for error in errors)
        print(f"| {name} | {np.mean(wrong):.1%} | {seeds} | {np.mean(errors):.1%} |", flush=True)


def _split(data: Labelled, count: int) -> tuple[Labelled, Labelled]:
    parts = slice(count), slice(count, None)
    first, rest = (Labelled(data.images[p], data.labels[p], data.class_names) for p in parts)
    return first, rest


def _errors(
    data: Labelled, held_out: Labelled, seed: int, options: argparse.Namespace
) -> Iterator[tuple[str, tuple[float, float]]]:
    """Of each training: the share of its labels that are wrong, and its error."""

    def trained(labels: Labels, kept: Labels, writer: SummaryWriter | None) -> tuple[float, float]:
        def note(epoch: int, scores: NDArray[np.float32]) -> None:
            if writer is not None:
                writer.add_predictions(None, epoch, scores=scores, image_set="train")

        classes = len(data.class_names)
        model = train(
            data.images[kept], labels[kept], options.network, classes, options.epochs, seed, note
        )
        predicted = scores_of(model, held_out.images).argmax(axis=1)
        wrong = labels[kept] != data.labels[kept]
        return float(wrong.mean()), float((predicted != held_out.labels).mean())

    every = np.arange(len(data.labels))
    labels = turned(data, options.noise, options.rate, seed)
    with tempfile.TemporaryDirectory() as folder:
        with SummaryWriter(folder) as writer:
            writer.add_image_set("train", labels, data.class_names)
            yield "the labels as they are", trained(labels, every, writer)
        order = np.argsort(-suspicion(Path(folder)), kind="stable")
    n = options.looked_at
    by_chance = np.random.default_rng(seed).permutation(every)[:n]
    corrected = {
        f"{n:,} drawn by chance, corrected": by_chance,
        f"the {n:,} most suspicious, corrected": order[:n],
        "no label wrong": every,
    }
    yield f"the {n:,} most suspicious, left out", trained(labels, np.sort(order[n:]), None)
    for name, images in corrected.items():
        better = labels.copy()
        better[images] = data.labels[images]
        yield name, trained(better, every, None)


if __name__ == "__main__":
    main()
