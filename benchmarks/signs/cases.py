"""Which trainings there are: those that rules are developed with, and those that are reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from torch import nn

from . import networks as nets
from .data import Images, cifar, digits
from .training import HEALTHY, SICK, Case

# Of CIFAR-10: classes with which rules are developed, and those that are reported on.
_DEVELOPED = (0, 2, 4, 6, 8)
_REPORTED = (1, 3, 5, 7, 9)
Pairs = Callable[[int], tuple[Images, Images]]


Sets = dict[str, tuple[Pairs, int, int, int]]


def _developed(data: Path) -> tuple[Sets, Callable[[str], dict[str, Callable[[], nn.Module]]]]:
    """The images and networks that rules may be looked at with."""
    sets: Sets = {
        "digits": (partial(digits, 0), 1, 8, 10),
        "cifar": (lambda seed: cifar(data, _DEVELOPED, seed), 3, 16, len(_DEVELOPED)),
    }

    def networks(of: str) -> dict[str, Callable[[], nn.Module]]:
        _, channels, side, classes = sets[of]
        return {
            "plain": partial(nets.plain, channels, classes),
            "normed": partial(nets.normed, channels, classes),
            "perceptron": partial(nets.perceptron, channels * side**2, classes),
            "mixer": partial(nets.Mixer, channels, side, classes),
        }

    return sets, networks


def rates(data: Path) -> Iterator[Case]:
    """Trainings at 20 and 40 times the rate that works; and at 4 times, which works as well."""
    sets, networks = _developed(data)
    optimizers = (("sgd", 0.0), ("adam", 0.0), ("sgd", 5e-4), ("adamw", 0.01))
    seed = 500
    for network, of, (optimizer, decay), factor in product(
        ("normed", "mixer", "plain", "perceptron"), sets, optimizers, (20, 40, 4)
    ):
        seed += 1
        usual = _usual(of, network, optimizer)
        yield Case(
            f"dev-rate{factor}-{of}-{network}-{optimizer}-{seed}",
            HEALTHY if factor == 4 else "rate",
            networks(of)[network],
            sets[of][0],
            optimizer,
            usual["rate"] * factor,
            epochs=usual["epochs"],
            mirror=of == "cifar",
            decay=decay,
            seed=seed,
        )


def development(data: Path) -> Iterator[Case]:
    """Trainings that rules may be looked at with."""
    sets, networks = _developed(data)
    squashed: dict[str, Callable[[str], nn.Module]] = {
        "sigmoid": lambda of: nets.deep(sets[of][1], sets[of][3], nn.Sigmoid, 6),
        "small": lambda of: _scaled(nets.deep(sets[of][1], sets[of][3], nn.Tanh, 7), 0.4),
    }
    yield from _cases("dev", sets, networks, squashed, seeds=0)


def reported(data: Path) -> Iterator[Case]:
    """Trainings that are counted: other networks, images and seeds."""
    sets: Sets = {
        "digits": (partial(digits, 1), 1, 8, 10),
        "cifar": (lambda seed: cifar(data, _REPORTED, seed), 3, 16, len(_REPORTED)),
    }

    def networks(of: str) -> dict[str, Callable[[], nn.Module]]:
        _, channels, side, classes = sets[of]
        return {
            "lenet": partial(nets.lenet, channels, side, classes),
            "resnet": partial(nets.resnet, channels, classes),
            "grouped": partial(nets.grouped, channels, classes),
            "vit": partial(nets.ViT, channels, side, classes),
        }

    squashed: dict[str, Callable[[str], nn.Module]] = {
        "sigmoid": lambda of: nets.deep(sets[of][1], sets[of][3], nn.Sigmoid, 8, 24),
        "small": lambda of: _scaled(nets.deep(sets[of][1], sets[of][3], nn.Tanh, 9, 20), 0.35),
    }
    yield from _cases("report", sets, networks, squashed, seeds=3000)


def _scaled(model: nn.Module, factor: float) -> nn.Module:
    for parameter in model.parameters():
        parameter.data *= factor
    return model


def _cases(
    prefix: str,
    sets: Sets,
    networks: Callable[[str], dict[str, Callable[[], nn.Module]]],
    squashed: dict[str, Callable[[str], nn.Module]],
    seeds: int,
) -> Iterator[Case]:
    seed = seeds
    optimizers: list[dict[str, Any]] = [
        {"optimizer": "sgd", "schedule": "cosine", "augment": True},
        {"optimizer": "adam", "schedule": "constant"},
        {"optimizer": "sgd", "schedule": "steps", "decay": 5e-4},
        {"optimizer": "adamw", "schedule": "warmup", "augment": True, "decay": 0.01},
    ]

    def case(kind: str, of: str, network: str, options: dict[str, Any], **more: Any) -> Case:
        nonlocal seed
        seed += 1
        own = {**_usual(of, network, options["optimizer"]), **options, **more}
        name = f"{prefix}-{kind}-{of}-{network}-{options['optimizer']}-{seed}"
        build = own.pop("build", None) or networks(of)[network]
        return Case(name, kind, build, sets[of][0], seed=seed, mirror=of == "cifar", **own)

    for of in sets:
        for i, network in enumerate(networks(of)):
            for options in optimizers:
                yield case(HEALTHY, of, network, options)
            # A sickness of each kind, of one network of each set and two of the others.
            for j, kind in enumerate(SICK):
                if kind == "vanishing":
                    continue
                options = optimizers[(i + j) % 4]
                more: dict[str, Any] = {}
                usual = _usual(of, network, options["optimizer"])
                if kind in ("dead", "rate"):
                    more["augment"] = False
                if kind == "rate":
                    more.update(schedule="constant", rate=usual["rate"] * (20 if i % 2 else 40))
                if kind == "overfit":
                    more.update(augment=False, decay=0.0, epochs=usual["epochs"] * 7)
                if kind == "noise":
                    more.update(augment=False, decay=0.0, epochs=usual["epochs"] * 2)
                if (i + j + (of == "cifar")) % 2:
                    yield case(kind, of, network, options, **more)
        for (name, build), options in zip(squashed.items(), optimizers[1:3], strict=True):
            own = {**options, "build": partial(build, of), "augment": False}
            yield case("vanishing", of, name, own)


def _usual(of: str, network: str, optimizer: str) -> dict[str, Any]:
    """What works."""
    rate = 0.05 if optimizer == "sgd" else 2e-3
    if network in ("mixer", "vit") and optimizer == "sgd":
        rate = 0.03
    if network in ("plain", "perceptron", "lenet") and optimizer == "sgd":
        rate = 0.02  # Nothing normalises them.
    return {"rate": rate, "epochs": 40 if of == "digits" else 10}
