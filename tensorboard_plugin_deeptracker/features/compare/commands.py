"""`deeptracker compare`: a regression test for models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from ...cli.output import NO, Failure, echo_json, echo_table, examples, json_option

# Classes and images that are listed to be read; JSON has all.
_LISTED = 20


def _rate_of(ctx: click.Context, param: click.Parameter, text: str | None) -> float | None:
    """A share of the images that is given as 0.5% or 0.005."""
    if text is None:
        return None
    number = text.strip()
    try:
        rate = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        reason = f"{text!r} is no share of the images: give it like 0.5% or 0.005"
        raise click.BadParameter(reason, ctx, param)
    return rate


@click.command(
    epilog=examples(
        "deeptracker compare runs/released runs/candidate",
        "deeptracker compare runs/released runs/candidate --max-negative-flips 0.5%",
        "deeptracker compare s3://bucket/runs/a runs/b --json | jq '.images[].id'",
    )
)
@click.argument("a")
@click.argument("b")
@click.option(
    "--image-set", default="validation", show_default=True, help="Which images to compare."
)
@click.option(
    "--steps",
    nargs=2,
    type=int,
    metavar="A B",
    help="The iteration of a validation of each run; the last ones if it is not given.",
)
@click.option(
    "--max-negative-flips",
    callback=_rate_of,
    metavar="RATE",
    help="Exit with 1 if B has more of the images wrong that A has right, as 0.5% or 0.005.",
)
@click.option(
    "--top",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="With --json: a short answer, of at most so many classes and images, with their names.",
)
@json_option
def compare(
    a: str,
    b: str,
    image_set: str,
    steps: tuple[int, int] | None,
    max_negative_flips: float | None,
    top: int | None,
    as_json: bool,
) -> None:
    """Compares two runs: what A has right and B wrong, and conversely.

    A and B are directories of runs, or addresses. Classes are the same by their names, images by
    their ids; of images that not both have, nothing is said but how many there are.
    """
    from ...reader.run import open_run

    runs = open_run(a), open_run(b)
    if as_json and top is not None:
        from ...reader import brief

        answer = brief.compare(*runs, image_set, steps, top)
    else:
        answer = runs[0].compare(runs[1], image_set=image_set, steps=steps).to_json()
    rate = answer["negative_flip_rate"]
    exceeded = max_negative_flips is not None and rate is not None and rate > max_negative_flips
    if as_json:
        limit = {"max_negative_flip_rate": max_negative_flips, "exceeded": exceeded}
        echo_json({**answer, **(limit if max_negative_flips is not None else {})})
    else:
        _echo(answer, exceeded)
    if exceeded:
        raise Failure(
            f"{answer['lost']:,} of {answer['evaluated']:,} images are wrong in {b} that are right"
            f" in {a}: {rate:.2%}, more than {max_negative_flips:.2%}",
            NO,
        )


def _echo(answer: Mapping[str, Any], every: bool) -> None:
    """Writes an answer to be read; with all images if a limit is exceeded."""
    names = answer["runs"]
    errors = zip("AB", names, answer["steps"], answer["error"], strict=True)
    for letter, name, step, error in errors:
        click.echo(f"{letter}: {name} at iteration {step}: {_percent(error)} wrong")
    lone = [own["images"] for own in answer["alone"]]
    beside = f"; only in A: {lone[0]:,}, only in B: {lone[1]:,}" if any(lone) else ""
    click.echo(f"{answer['evaluated']:,} images in both{beside}")
    for warning in _warnings(answer["aligned"]):
        click.echo(f"warning: {warning}", err=True)
    if said := _alike(**answer["weights"]):
        click.echo(said)
    click.echo()
    echo_table(
        ["", "images", "rate", "95 % interval"],
        [
            ["lost (right in A, wrong in B)", answer["lost"], *_rate(answer, "negative_flip_rate")],
            ["won (wrong in A, right in B)", answer["won"], *_rate(answer, "positive_flip_rate")],
            ["predicted as another class", None, *_rate(answer, "churn")],
            ["error of B less that of A", None, *_difference(answer)],
        ],
    )
    click.echo(f"\nMcNemar's exact test: p = {_number(answer['p'])}")
    _echo_classes(answer["classes"])
    _echo_images(answer, every)


def _echo_classes(classes: Sequence[Mapping[str, Any]]) -> None:
    changed = [own for own in classes if own["lost"] or own["won"]]
    changed.sort(key=lambda own: (own["won"] - own["lost"], -own["lost"]))
    if changed:
        click.echo()
        echo_table(
            ["class", "lost", "won", "error A", "error B", "q"],
            [
                [
                    *(own[name] for name in ("class", "lost", "won")),
                    *map(_percent, own["error"]),
                    _number(own["q"]),
                ]
                for own in changed[:_LISTED]
            ],
        )
    if len(changed) > _LISTED:
        click.echo(f"and {len(changed) - _LISTED:,} classes more: --json has all")


def _echo_images(answer: Mapping[str, Any], every: bool) -> None:
    """The images that were lost, with the classes' names."""
    names = [own["class"] for own in answer["classes"]]
    lost = answer["images"] if every else answer["images"][:_LISTED]
    if lost:
        click.echo()
        echo_table(
            ["lost image", "class", "B says", "since iteration"],
            [
                [
                    str(own["id"]),
                    names[own["label"]],
                    "?" if own["predicted"][1] is None else names[own["predicted"][1]],
                    own["lost_at"],
                ]
                for own in lost
            ],
        )
    if len(lost) < len(answer["images"]):
        click.echo(f"and {len(answer['images']) - len(lost):,} images more: --json has all")


def _warnings(aligned: Mapping[str, Any]) -> list[str]:
    found = []
    if aligned["relabelled"]:
        found.append(
            f"{len(aligned['relabelled']):,} images have another class in B, and are left out"
        )
    if aligned["differing_pictures"]:
        found.append(
            f"of {aligned['pictures']} images with the same id, {aligned['differing_pictures']} do"
            " not look the same in both runs: do both evaluate the same images?"
        )
    return found


def _alike(dumps: int, alike: int, until: int | None) -> str | None:
    if not alike:
        return None
    if alike == dumps > 1:
        return f"the same weights at all {dumps:,} dumps: one training, logged twice?"
    return f"the same weights up to iteration {until:,}"


def _rate(answer: Mapping[str, Any], name: str) -> tuple[str, str]:
    low, high = answer[f"{name}_ci"]
    return _percent(answer[name]), f"{_percent(low)} to {_percent(high)}"


def _difference(answer: Mapping[str, Any]) -> tuple[str, str]:
    (a, b), (low, high) = answer["error"], answer["ci"]
    difference = None if a is None else b - a
    return _percent(difference, "+"), f"{_percent(low, '+')} to {_percent(high, '+')}"


def _percent(value: float | None, sign: str = "") -> str:
    return "-" if value is None else f"{value:{sign}.2%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"


COMMANDS = (compare,)
