"""Trains a CNN, logs all of it, and shows it in TensorBoard."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from . import idle
from . import options as command_line
from .options import Options

# Passes over the training images that get each dataset somewhere.
_EPOCHS = {"mnist-m": 11, "digits": 36}
_OTHER_EPOCHS = 12
# High enough that classes flip while it lasts, and low enough that they are learned.
_LEARNING_RATE = 0.05


def main(arguments: list[str] | None = None) -> str | None:
    """Runs the demo; returns an error message, or None if all went well."""
    options = command_line.parse(arguments)
    # Threads that spin while they wait make PyTorch a third faster on a machine that has nothing
    # else to do, and several times slower on one that has. Read when it is imported.
    if options.serve_first or not idle.is_idle():
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # PyTorch takes seconds to import: not for --help and not for a wrong option.
    from . import datasets, models, serve

    # A terminal that closes stops TensorBoard too, as Ctrl-C does.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with contextlib.ExitStack() as stack:
            if options.serve_first:
                options.logdir.mkdir(parents=True, exist_ok=True)
                server = stack.enter_context(serve.tensorboard(options.logdir, options.port))
            if options.study:
                _study(options.study, options)
            else:
                _train(options)
            if options.serve and not options.serve_first:
                server = stack.enter_context(serve.tensorboard(options.logdir, options.port))
            if options.serve:
                print("Ctrl-C stops TensorBoard.", flush=True)
                server.wait()
    except KeyboardInterrupt:
        print()
    except (datasets.DatasetError, models.ModelError, serve.ServeError) as error:
        return f"scripts/demo: {error}"
    return None


def _study(name: str, options: Options) -> None:
    from . import studies

    directory = _new_directory(options, name)
    print(f"Study {name}; logging to {directory}", flush=True)
    started = time.monotonic()
    studies.run(name, directory, options.seed)
    print(
        f"Done in {time.monotonic() - started:.0f} s. What there is to see: docs/studies.md#{name}",
        flush=True,
    )


def _train(options: Options) -> None:
    import torch

    from tensorboard_plugin_deeptracker import SummaryWriter

    from . import copies, datasets, models, training

    torch.manual_seed(options.seed)
    dataset = datasets.load(options.dataset)
    network = models.build(options.model, dataset.train.images, len(dataset.class_names))
    directory = _new_directory(options, _name(options))
    print(
        f"Training {options.model} on {len(dataset.train.labels):,} images of {options.dataset},"
        f" validating on {len(dataset.validation.labels):,}; logging to {directory}",
        flush=True,
    )
    started = time.monotonic()
    epochs = options.epochs or _EPOCHS.get(options.dataset, _OTHER_EPOCHS)
    rate = options.learning_rate or _LEARNING_RATE
    with SummaryWriter(str(directory)) as writer:
        training.log_hparams(
            writer, {"learning_rate": rate, "epochs": epochs, "seed": options.seed}
        )
        error = training.train(
            dataset, network, writer, epochs=epochs, dumps=options.dumps, learning_rate=rate
        )
    for name, copy in copies.copies(network.module) if options.copies else ():
        with SummaryWriter(f"{directory}-{name}") as writer:
            training.log_once(dataset, models.Network(copy, network.prepare), writer, epochs)
    size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    print(
        f"Trained in {time.monotonic() - started:.0f} s; {error:.1%} of the validation images are"
        f" wrong. The log has {size / 1e6:.1f} MB.",
        flush=True,
    )


def _name(options: Options) -> str:
    dataset = options.dataset
    if dataset not in command_line.NAMED_DATASETS:
        dataset = Path(dataset).expanduser().resolve().name
    return f"{dataset}-{options.model}"


def _new_directory(options: Options, what: str) -> Path:
    """A directory of its own, so that a second run stands beside the first."""
    name = f"{what}-{time.strftime('%Y%m%d-%H%M%S')}"
    directory = options.logdir / name
    number = 2
    while directory.exists():
        directory = options.logdir / f"{name}-{number}"
        number += 1
    directory.mkdir(parents=True)
    return directory


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
