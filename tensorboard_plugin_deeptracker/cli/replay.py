"""`deeptracker replay`: a run of the checkpoints that a training has left."""

from __future__ import annotations

import sys
from typing import Any

import click

from .checkpoints import of_checkpoints, of_their_errors
from .output import echo_json, examples, json_option


@click.command(
    epilog=examples(
        "deeptracker replay 'checkpoints/*.pt' --model torchvision:resnet18 --data photos/val \\",
        "    --logdir runs/x",
        "deeptracker replay lightning_logs/version_0/checkpoints --model train:make_model \\",
        "    --data train:validation_images --logdir runs/x --device cuda",
        "deeptracker replay 'checkpoints/*.pt' --model timm:resnet18 --logdir runs/x \\",
        "    --data validation=photos/val --data train=photos/train",
        "deeptracker replay 'out/checkpoint-*' --model hf:out/checkpoint-500 --data photos/val \\",
        "    --logdir runs/x",
    )
)
@click.argument("checkpoints", nargs=-1, required=True)
@of_checkpoints
@click.option("--logdir", required=True, metavar="RUN", help="Where the run is to be.")
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

    Several image sets are given as --data NAME=DATA each; one of them is called validation.

    The iteration is what a checkpoint says, else what is in its name. No code of a checkpoint is
    run. A replay that was interrupted goes on when it is started again.
    """
    with of_their_errors():
        from ..replay.running import WantedRun, look, run

        wanted = WantedRun(**given)
        plan, model, loaders = look(wanted)
        if not as_json:
            for line in plan.lines():
                click.echo(line)
        if dry_run:
            done: dict[str, Any] = {"steps": [], "already": [], "skipped": plan.skipped}
        else:
            done = vars(run(wanted, plan, model, loaders, _Bar(as_json)))
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
