"""`deeptracker replay`: a run of the checkpoints that a training has left."""

from __future__ import annotations

import sys
from typing import Any

import click

from .output import NO, UNREADABLE, USAGE, Failure, echo_json, examples, json_option


@click.command(
    epilog=examples(
        "deeptracker replay 'checkpoints/*.pt' --model torchvision:resnet18 --data photos/val \\",
        "    --logdir runs/x",
        "deeptracker replay lightning_logs/version_0/checkpoints --model train:make_model \\",
        "    --data train:validation_images --logdir runs/x --device cuda",
        "deeptracker replay 'out/checkpoint-*' --model hf:out/checkpoint-500 --data photos/val \\",
        "    --logdir runs/x",
    )
)
@click.argument("checkpoints", nargs=-1, required=True)
@click.option(
    "--model",
    required=True,
    metavar="MODEL",
    help="What the checkpoints are of: torchvision:NAME, timm:NAME, hf:NAME, or module:function,"
    " which is called and returns it.",
)
@click.option(
    "--model-option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="What it is made with, as num_classes=10. A torchvision or timm model has as many classes"
    " as the data if it is not given.",
)
@click.option(
    "--data",
    required=True,
    metavar="DATA",
    help="The images to evaluate: a folder of a folder for each class, torchvision:NAME (its test"
    " images in ./data, or NAME@FOLDER), or module:function, which returns a data set or a loader.",
)
@click.option("--logdir", required=True, metavar="RUN", help="Where the run is to be.")
@click.option("--ema", is_flag=True, help="Take the averaged weights (EMA).")
@click.option("--prefix", help="What the weights' names begin with, where several fit.")
@click.option("--device", default="cpu", show_default=True, help="Where to evaluate, as cuda:0.")
@click.option("--batch-size", default=64, show_default=True, type=click.IntRange(1))
@click.option("--workers", default=0, show_default=True, type=click.IntRange(0), help="That read.")
@click.option(
    "--size",
    type=click.IntRange(1),
    help="Pixels a side that images are scaled and cut to; a folder's to 224 if it is not given.",
)
@click.option(
    "--images-at-most", type=click.IntRange(1), help="Evaluate no more than so many images."
)
@click.option("--no-map", is_flag=True, help="Log no representations, which the map is made of.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@json_option
def replay(as_json: bool, dry_run: bool, **given: Any) -> None:
    """Makes a run of CHECKPOINTS that a training has left.

    For whoever has trained already: each checkpoint is evaluated, and the run has what a training
    with a Tracker would have logged, but gradients. CHECKPOINTS are files, patterns or
    directories: state dicts, whole checkpoints of Lightning, timm, MMEngine, fastai, Ultralytics,
    directories of Hugging Face and torch.distributed.checkpoint, safetensors.

    The iteration is what a checkpoint says, else what is in its name. No code of a checkpoint is
    run. A replay that was interrupted goes on when it is started again.
    """
    try:
        from ..replay.errors import DamagedError, MisfitError, NeedsCodeError
        from ..replay.running import Wanted, look, run
    except ImportError as error:
        raise Failure(
            'this needs PyTorch: pip install "tensorboard-plugin-deeptracker[torch]"', USAGE
        ) from error
    try:
        wanted = Wanted(**given)
        plan, model, loader = look(wanted)
        if not as_json:
            for line in plan.lines():
                click.echo(line)
        if dry_run:
            done: dict[str, Any] = {"steps": [], "already": [], "skipped": plan.skipped}
        else:
            done = vars(run(wanted, plan, model, loader, _Bar(as_json)))
    except (DamagedError, NeedsCodeError) as error:
        raise Failure(str(error), UNREADABLE) from error
    except MisfitError as error:
        raise Failure(str(error), NO) from error
    except ValueError as error:
        raise Failure(str(error), USAGE) from error
    if as_json:
        skipped = [{"checkpoint": name, "reason": reason} for name, reason in done["skipped"]]
        planned = [
            {"step": each.step, "checkpoint": each.name, "weights": each.fit.where}
            for each in plan.checkpoints
        ]
        own = {"run": given["logdir"], "iterations_by": plan.way, "checkpoints": planned}
        steps = {"logged": done["steps"], "logged_before": done["already"]}
        echo_json({**own, **steps, "skipped": skipped})
        return
    for name, reason in done["skipped"]:
        click.echo(f"skipped {name}: {reason}", err=True)
    if not dry_run:
        before = f", {len(done['already'])} were logged before" if done["already"] else ""
        click.echo(f"{len(done['steps'])} checkpoints logged in {given['logdir']}{before}")


class _Bar:
    """Says which checkpoint is evaluated, where somebody looks on."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet or not sys.stderr.isatty()

    def __call__(self, done: int, total: int, planned: Any) -> None:
        if not self._quiet:
            click.echo(f"\r{done + 1} of {total}: iteration {planned.step}", err=True, nl=False)
            if done + 1 == total:
                click.echo(err=True)
