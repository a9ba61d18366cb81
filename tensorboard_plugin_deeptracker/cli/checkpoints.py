"""What commands have in common that evaluate checkpoints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from .output import NO, UNREADABLE, USAGE, Failure

Command = TypeVar("Command", bound=Callable[..., Any])

# What an image set may be called here, and is if nothing is said.
_NAME = re.compile(r"[\w-]+")
_USUAL = "validation"
_OPTIONS = (
    click.option(
        "--model",
        required=True,
        metavar="MODEL",
        help="What the checkpoints are of: torchvision:NAME, timm:NAME, hf:NAME, or"
        " module:function, which is called and returns it.",
    ),
    click.option(
        "--model-option",
        "options",
        multiple=True,
        metavar="NAME=VALUE",
        help="What it is made with, as num_classes=10. A torchvision or timm model has as many"
        " classes as the data if it is not given.",
    ),
    click.option(
        "--data",
        required=True,
        multiple=True,
        callback=lambda _context, _parameter, given: _by_name(given),
        metavar="DATA",
        help="The images to evaluate: a folder of a folder for each class, torchvision:NAME (its"
        " test images in ./data, or NAME@FOLDER), or module:function, which returns a data set or"
        " a loader.",
    ),
    click.option("--ema", is_flag=True, help="Take the averaged weights (EMA)."),
    click.option("--prefix", help="What the weights' names begin with, where several fit."),
    click.option(
        "--device", default="cpu", show_default=True, help="Where to evaluate, as cuda:0."
    ),
    click.option("--batch-size", default=64, show_default=True, type=click.IntRange(1)),
    click.option(
        "--workers", default=0, show_default=True, type=click.IntRange(0), help="That read."
    ),
    click.option(
        "--size",
        type=click.IntRange(1),
        help="Pixels a side that images are scaled and cut to; a folder's to 224 if it is not"
        " given.",
    ),
    click.option(
        "--crop",
        default=0.875,
        show_default=True,
        type=click.FloatRange(0, 1, min_open=True),
        help="The share of a scaled image's side that is left of it in its middle; 1: all.",
    ),
    click.option(
        "--mean",
        default="0.485,0.456,0.406",
        show_default=True,
        callback=lambda _context, _parameter, given: _channels(given),
        metavar="R,G,B",
        help="What is subtracted from images, whose values are from 0 to 1; one number for all"
        " channels, or three.",
    ),
    click.option(
        "--std",
        default="0.229,0.224,0.225",
        show_default=True,
        callback=lambda _context, _parameter, given: _channels(given),
        metavar="R,G,B",
        help="What they are divided by then.",
    ),
)


def _by_name(given: Sequence[str]) -> dict[str, str]:
    """Image sets by name: what is before an equals sign, where that can be one."""
    named: dict[str, str] = {}
    for each in given:
        name, equals, of = each.partition("=")
        if not equals or not _NAME.fullmatch(name) or Path(each).expanduser().exists():
            name, of = _USUAL, each
        if name in named:
            raise click.BadParameter(
                f"two image sets are called {name!r}: give each as NAME=DATA, as in"
                " validation=photos/val and train=photos/train"
            )
        named[name] = of
    return named


def _channels(given: str) -> tuple[float, ...]:
    """One number for each channel."""
    try:
        values = tuple(map(float, given.split(",")))
    except ValueError:
        values = ()
    if len(values) not in (1, 3):
        raise click.BadParameter(f"{given!r}: must be one number, or three as in 0.5,0.5,0.5")
    return values * (3 // len(values))


def of_checkpoints(command: Command) -> Command:
    """Adds the options that say what checkpoints are of, and how they are evaluated."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextmanager
def of_their_errors() -> Iterator[None]:
    """Ends a command with what is wrong with checkpoints."""
    try:
        from ..replay.errors import DamagedError, MisfitError, NeedsCodeError
    except ImportError as error:
        raise Failure(
            'this needs PyTorch: pip install "tensorboard-plugin-deeptracker[torch]"', USAGE
        ) from error
    try:
        yield
    except (DamagedError, NeedsCodeError) as error:
        raise Failure(str(error), UNREADABLE) from error
    except MisfitError as error:
        raise Failure(str(error), NO) from error
    except ValueError as error:
        raise Failure(str(error), USAGE) from error
