"""How well wrong labels are found from the history of one training, beside other ways.

scripts/bench labels [--data FOLDER] [--images 6000] [--epochs 15] [--networks resnet vgg resnet9]
    [--noises symmetric pairs none] [--rates 0.1 0.2] [--seeds 0] [--folds 0] [--by-heart]

Labels of CIFAR-10's training images are turned wrong: to any other class (symmetric), or to the one
that looks alike (pairs). A small network learns them; the scores of its own forward passes are
logged once an epoch, and `suspicion` is what the tab shows of that log. Beside it, of the same
scores: the area under the margin (AUM), the mean probability, the loss and the margin in the last
epoch, forgetting counts, and cleanlab on the last epoch's predictions; with `--folds 5`, cleanlab
on out-of-sample predictions too, which take as many trainings more. The average precision is that
of the ranking; then what share of the first 100, of the first 1,000, and of as many as there are
wrong labels is wrong. With no label turned, what counts is how many are called wrong (suspicion
from one half on).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from benchmarks import turned_labels
from benchmarks.turned_labels import (
    NETWORKS,
    NOISES,
    SMALL,
    Labelled,
    cifar10,
    scores_of,
    train,
    turned,
)
from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.features import kinds
from tensorboard_plugin_deeptracker.features.histories.compute import image_scores
from tensorboard_plugin_deeptracker.features.images.compute import image_set_of
from tensorboard_plugin_deeptracker.index.run import Run

_FOUND = (100, 1000)

Scores = NDArray[np.float32]
# The higher, the more probably wrong: float[images].
Ranking = NDArray[np.floating]


def main() -> None:
    """The command."""
    parser = turned_labels.parser("labels", __doc__)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(SMALL))
    parser.add_argument("--noises", nargs="+", choices=NOISES, default=list(NOISES[:2]))
    parser.add_argument("--rates", nargs="+", type=float, default=[0.1, 0.2])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--folds", type=int, default=0, help="out-of-sample predictions, too")
    parser.add_argument("--by-heart", action="store_true", help="images are as they are each time")
    options = parser.parse_args()
    data = cifar10(options.data).some(options.images)
    print(f"{len(data.labels)} images, {options.epochs} epochs", end="")
    print(", learned by heart" if options.by_heart else "", flush=True)
    for noise in options.noises:
        rates = [0.0] if noise == "none" else options.rates
        for rate, network in product(rates, options.networks):
            found = [_measure(data, noise, rate, network, seed, options) for seed in options.seeds]
            seeds = f", mean of {len(found)} seeds" if len(found) > 1 else ""
            print(f"\n## {noise}, {rate:.0%}, {network}{seeds}\n", flush=True)
            means = {name: np.mean([each[name] for each in found], axis=0) for name in found[0]}
            _print_table(means)


def _measure(
    data: Labelled, noise: str, rate: float, network: str, seed: int, options: argparse.Namespace
) -> Mapping[str, NDArray[np.float64]]:
    """Figures of each way to find wrong labels, see `_print_table`."""
    labels = turned(data, noise, rate, seed)
    wrong = labels != data.labels
    epochs: list[Scores] = []
    with tempfile.TemporaryDirectory() as folder:
        with SummaryWriter(folder) as writer:
            writer.add_image_set("train", labels, data.class_names)

            def note(epoch: int, scores: Scores) -> None:
                writer.add_predictions(None, epoch, scores=scores, image_set="train")
                epochs.append(scores)

            train(
                data.images,
                labels,
                network,
                len(data.class_names),
                options.epochs,
                seed,
                note,
                augment=not options.by_heart,
            )
        ours = suspicion(Path(folder))
    rankings: dict[str, Ranking] = {"suspicion": ours}
    if wrong.any():
        rankings |= dict(_others(np.stack(epochs), labels))
        rankings |= dict(_cleanlab("last epoch", _softmax(epochs[-1]), labels))
        if options.folds:
            predicted = _out_of_sample(data, labels, network, seed, options)
            rankings |= dict(_cleanlab(f"{options.folds} folds", predicted, labels))
    flagged = ours >= 0.5
    named = {"suspicion": np.array([flagged.mean(), wrong[flagged].mean() if flagged.any() else 1])}
    return {
        name: np.concatenate([_figures(ranking, wrong), named.get(name, np.full(2, np.nan))])
        for name, ranking in rankings.items()
    }


def suspicion(folder: Path) -> Ranking:
    """That of the log, in the order in which the images were given."""
    snapshot = Run("run", folder, kinds()).snapshot
    images = image_set_of(snapshot, "train")
    found = image_scores(snapshot, "train", images).suspicion
    answer = np.empty_like(found)
    answer[np.asarray(images.ids)] = found
    return answer


def _others(epochs: Scores, labels: NDArray[np.int64]) -> Iterator[tuple[str, Ranking]]:
    """Rankings by the scores of all epochs: float32[epochs, images, classes]."""
    rows = np.arange(len(labels))
    own = epochs[:, rows, labels]
    rest = epochs.copy()
    rest[:, rows, labels] = -np.inf
    margin = own - rest.max(axis=2)
    probability = _softmax(epochs)[:, rows, labels]
    right = margin > 0
    forgotten = (right[:-1] & ~right[1:]).sum(axis=0)
    yield "AUM (mean margin)", -margin.mean(axis=0)
    yield "mean probability", -probability.mean(axis=0)
    yield "last loss", -np.log(probability[-1])
    yield "last margin", -margin[-1]
    # As published: what is never learned counts as forgotten most often.
    yield "forgetting counts", np.where(right.any(axis=0), forgotten, len(epochs))


def _cleanlab(
    of: str, predicted: Scores, labels: NDArray[np.int64]
) -> Iterator[tuple[str, Ranking]]:
    """Cleanlab's scores, and its filter with the first of these as the order within."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    names = "self_confidence", "normalized_margin", "confidence_weighted_entropy"
    qualities = {name: get_label_quality_scores(labels, predicted, method=name) for name in names}
    for name, quality in qualities.items():
        yield f"cleanlab, {of}: {name}", -quality
    issues = find_label_issues(labels, predicted)
    yield f"cleanlab, {of}: filter", issues - qualities["self_confidence"]


def _out_of_sample(
    data: Labelled,
    labels: NDArray[np.int64],
    network: str,
    seed: int,
    options: argparse.Namespace,
) -> Scores:
    """Probabilities of each image by a network that has not seen it."""
    folds = np.random.default_rng(seed).permutation(len(labels)) % options.folds
    classes = len(data.class_names)
    answer = np.zeros((len(labels), classes), np.float32)
    for fold in range(options.folds):
        seen = folds != fold
        model = train(data.images[seen], labels[seen], network, classes, options.epochs, seed)
        answer[~seen] = _softmax(scores_of(model, data.images[~seen]))
    return answer


def _softmax(scores: Scores) -> Scores:
    shares: Scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares


def _figures(ranking: Ranking, wrong: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Average precision; of the first so many, and of as many as are wrong, how many are."""
    if not wrong.any():
        return np.full(2 + len(_FOUND), np.nan)
    order = np.argsort(-ranking, kind="stable")
    shares = [wrong[order[:count]].mean() for count in (*_FOUND, wrong.sum())]
    return np.array([average_precision_score(wrong, ranking), *shares])


def _print_table(found: Mapping[str, NDArray[np.float64]]) -> None:
    head = ["", "average precision", *(f"of first {n}" for n in _FOUND), "of as many as wrong"]
    print("| " + " | ".join([*head, "called wrong", "of these, wrong"]) + " |")
    print("|---" * (len(head) + 2) + "|")
    for name, figures in found.items():
        cells = ["" if np.isnan(each) else f"{each:.3f}" for each in figures]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
