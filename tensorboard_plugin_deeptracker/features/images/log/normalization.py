"""What a dataset's transform did to the colours of its images, so that it can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .datasets import attribute, parts_of

# Where datasets keep what they do to images.
_TRANSFORMS = ("transform", "transforms", "image_transform")
# What is called so of torchvision's `Normalize`, and of Hugging Face's processors.
_NAMES = (("mean", "std"), ("image_mean", "image_std"))
# A function may name half a program.
_MANY = 1000
# Rounding, and what a transform does behind it.
_TOLERANCE = 0.02


@dataclass(frozen=True)
class Normalization:
    """That of each channel, a mean was subtracted, and the rest divided by a deviation.

    Attributes:
        mean: A number for each channel, or one for all.
        deviation: Likewise.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def undone(self, image: NDArray[Any]) -> NDArray[Any]:
        """An image before it was normalised, with values from 0 to 1.

        Args:
            image: float[height, width] or [height, width, channels].

        Returns:
            The same, if it cannot be what the normalisation gave.
        """
        channels = image.shape[2] if image.ndim == 3 else 1
        if len(self.mean) not in (1, channels):
            return image
        mean, deviation = (
            each[0] if len(each) == 1 else np.array(each) for each in (self.mean, self.deviation)
        )
        before = (image * deviation + mean) / (255 if max(self.mean) > 1 else 1)
        if -_TOLERANCE <= before.min() <= before.max() <= 1 + _TOLERANCE:
            answer: NDArray[Any] = np.clip(before, 0, 1)
            return answer
        return image


def normalizations(images: Any, count: int) -> list[Normalization | None]:
    """What was done to each image of a dataset, if its transform says so."""
    found: list[Normalization | None] = [None] * count
    for part in parts_of(images, count, np.arange(count)):
        transforms = (_transform(each) for each in part.path)
        own = next((last for each in transforms if (last := _last(each))), None)
        if own is not None:
            for i in part.images.tolist():
                found[i] = own
    return found


def _transform(dataset: Any) -> list[Any]:
    own = [attribute(dataset, name) for name in _TRANSFORMS]
    form = attribute(dataset, "format")  # Hugging Face's.
    if isinstance(form, dict):
        own.append((form.get("format_kwargs") or {}).get("transform"))
    return [each for each in own if each is not None]


def _last(transforms: Iterable[Any]) -> Normalization | None:
    """The normalisation that comes last."""
    found: list[Normalization] = []
    seen: set[int] = set()
    for each in transforms:
        found += _within(each, seen)
    return found[-1] if found else None


def _within(transform: Any, seen: set[int]) -> Iterator[Normalization]:
    """All normalisations in a transform, in what it is composed of, and in what a function uses."""
    if id(transform) in seen or len(seen) > _MANY or isinstance(transform, ModuleType):
        return
    seen.add(id(transform))
    for names in _NAMES:
        mean, deviation = (_numbers(attribute(transform, name)) for name in names)
        if mean and deviation and len(mean) == len(deviation):
            yield Normalization(mean, deviation)
            return
    for each in _steps(transform):
        yield from _within(each, seen)


def _steps(transform: Any) -> Iterator[Any]:
    if isinstance(transform, list | tuple):
        yield from transform
    for name in ("transforms", "transform", "_modules"):
        steps = attribute(transform, name)
        if isinstance(steps, dict):
            yield from steps.values()
        elif steps is not None:
            yield steps
    code = attribute(transform, "__code__")
    if isinstance(code, CodeType):  # A function: what it closes over, and the globals it names.
        cells = attribute(transform, "__closure__") or ()
        yield from (attribute(cell, "cell_contents") for cell in cells)
        known = attribute(transform, "__globals__") or {}
        yield from (known[name] for name in _names(code) if name in known)


def _names(code: CodeType) -> Iterator[str]:
    """What a function names, also in the comprehensions and functions within."""
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _names(each)


def _numbers(value: Any) -> tuple[float, ...] | None:
    """Some numbers as they are given to a `Normalize`; None if it is something else."""
    if callable(value) or isinstance(value, str):
        return None
    try:
        numbers = tuple(float(each) for each in np.ravel(np.asarray(value)))
    except (TypeError, ValueError):
        return None
    return numbers if 0 < len(numbers) < 1024 and all(map(np.isfinite, numbers)) else None
