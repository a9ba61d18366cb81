"""What the demo can be asked to do."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

NAMED_DATASETS = ("mnist-m", "digits", "cifar10", "fashion-mnist")
SMALL_MODEL = "small"
STUDIES = (
    "healthy",
    "forgetting",
    "transfer",
    "active",
    "noise",
    "rate",
    "imbalance",
    "dead",
    "overfit",
)

_EPILOG = """\
examples:
  scripts/demo                                          handwritten digits, under two minutes
  scripts/demo --serve-first                            watch the tab fill while it trains
  scripts/demo --dataset cifar10 --model resnet18       a larger one: better with a GPU
  scripts/demo --study forgetting                       one thing to see; docs/studies.md
  scripts/demo --dataset ~/pictures --epochs 20         folders of your own images
  scripts/demo --seed 1 --copies                        more runs to compare the first one with

Every run gets a directory of its own under --logdir, so that runs can be compared.
"""


class Options(NamedTuple):
    """The command line.

    Attributes:
        study: One of `STUDIES`, instead of a dataset and a model; None for no study.
        dataset: One of `NAMED_DATASETS`, or a directory with a folder of images for each class.
        model: `SMALL_MODEL` or the name of a torchvision classification model.
        epochs: How often the training images are gone through; None for the dataset's own default.
        dumps: Log at least this often, evenly spread, if the training has so many iterations.
        learning_rate: Of the first of the stages; None for the model's own default.
        seed: Of everything random but the data: which images are held out stays.
        copies: Log the trained network's pruned and its quantised copy, too.
        logdir: The run gets a new directory in it.
        serve: Start TensorBoard when the training is over.
        serve_first: Start it before.
        port: For TensorBoard; None for 6006 or, if that is taken, any other.
    """

    study: str | None
    dataset: str
    model: str
    epochs: int | None
    dumps: int
    learning_rate: float | None
    seed: int
    copies: bool
    logdir: Path
    serve: bool
    serve_first: bool
    port: int | None


def parse(arguments: list[str] | None = None) -> Options:
    """Reads the command line; exits with a message if it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Train a CNN on images, log all of it, and show it in TensorBoard.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--study",
        choices=STUDIES,
        metavar="NAME",
        help="a small training on digits in which one thing happens, instead of what --dataset,"
        f" --model, --epochs, --dumps and --learning-rate say: {', '.join(STUDIES)}",
    )
    parser.add_argument(
        "--dataset",
        default="mnist-m",
        metavar="{" + ",".join(NAMED_DATASETS) + ",DIR}",
        help="mnist-m: handwritten digits before pieces of photographs; digits: small grey ones;"
        " neither is downloaded, but cifar10 and fashion-mnist are; DIR has a folder of images for"
        " each class, or train/ and val/ (or test/) with such folders (default: mnist-m)",
    )
    parser.add_argument(
        "--model",
        default=SMALL_MODEL,
        help="small (a ResNet-20) or any classification model of torchvision, for example"
        " resnet18 (default: small)",
    )
    parser.add_argument(
        "--epochs",
        type=_count,
        help="passes over the training images (default: 11 for mnist-m, 36 for digits, otherwise"
        " 12)",
    )
    parser.add_argument(
        "--dumps",
        type=_count,
        default=240,
        help="how often weights and predictions are logged, at least (default: 240)",
    )
    parser.add_argument(
        "--learning-rate",
        type=_positive,
        help="of the first of four stages, each next one has 0.3 of it (default: 0.05)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="same seed, same run; another one: the same images, to be compared (default: 0)",
    )
    parser.add_argument(
        "--copies",
        action="store_true",
        help="two more runs: the trained network with half of its weights removed, and with its"
        " weights rounded to 4 bits",
    )
    parser.add_argument(
        "--logdir",
        type=Path,
        default=Path("runs"),
        help="the run gets a new directory in it (default: runs)",
    )
    serving = parser.add_mutually_exclusive_group()
    serving.add_argument("--no-serve", action="store_true", help="train and log, no TensorBoard")
    serving.add_argument(
        "--serve-first",
        action="store_true",
        help="start TensorBoard before the training, so that the tab fills while it runs",
    )
    parser.add_argument(
        "--port", type=int, help="for TensorBoard (default: 6006, or a free one if it is taken)"
    )
    parsed = vars(parser.parse_args(arguments))
    return Options(serve=not parsed.pop("no_serve"), **parsed)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return number
