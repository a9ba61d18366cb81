"""`deeptracker causes`: which filters have flipped images between two checkpoints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click

from .checkpoints import of_checkpoints, of_their_errors
from .output import NO, USAGE, Failure, echo_json, echo_table, examples, json_option

_COLUMNS = "group", "filters", "revert", "of", "by chance", "p", "q", "", "others changed"
# What is done, in the order in which it is told.
_DONE = {
    "put_back": "put back to what they were",
    "put_in": "put into the model before",
    "zero": "switched off, with 0 in the place of their outputs",
    "mean": "switched off, with their means in the place of their outputs",
    "resample": "switched off, with their outputs for other images",
}
_OFF = "zero", "mean", "resample"


@click.command(
    epilog=examples(
        "deeptracker causes epoch7.pt epoch8.pt --model torchvision:resnet18 --data photos/val",
        "deeptracker causes epoch7.pt epoch8.pt --model train:make_model --data train:images \\",
        "    --group layer4.1.conv2:3,17,40 --group fc:0 --json",
        "deeptracker causes epoch7.pt epoch8.pt --model train:make_model --data train:images \\",
        "    --run runs/resnet20 --switch-off mean",
    )
)
@click.argument("before")
@click.argument("after")
@of_checkpoints
@click.option(
    "--group",
    "given",
    multiple=True,
    metavar="LAYER:FILTERS",
    help="Put back these filters of a layer, as layer4.1.conv2:3,17,40, instead of whole layers and"
    " the filters that have moved most.",
)
@click.option(
    "--run",
    metavar="RUN",
    help="Put back the mini-sets of this run (those of the tab's Correlation View as it starts):"
    " first those that appear between the two checkpoints' iterations.",
)
@click.option(
    "--mini-sets",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    help="So many of them at most.",
)
@click.option(
    "--switch-off",
    type=click.Choice(_OFF),
    help="Instead of putting the filters back, switch them off in AFTER: in the place of their"
    " outputs are nothing, their means, or their outputs for other images.",
)
@click.option(
    "--layers",
    default=3,
    show_default=True,
    type=click.IntRange(0),
    help="Of how many layers the most moved filters are tried alone: of those that revert most.",
)
@click.option(
    "--draws",
    default=100,
    show_default=True,
    type=click.IntRange(1),
    help="How many groups are drawn by chance, at most.",
)
@click.option(
    "--images-at-most",
    type=click.IntRange(1),
    help="Try on no more than so many images, those that have flipped first.  [default: 2000]",
)
@click.option(
    "--top", default=10, show_default=True, type=click.IntRange(1), help="So many of the classes."
)
@json_option
def causes(
    as_json: bool,
    before: str,
    after: str,
    given: Sequence[str],
    run: str | None,
    mini_sets: int,
    switch_off: Any,
    layers: int,
    draws: int,
    top: int,
    **options: Any,
) -> None:
    """Says which filters made images flip from BEFORE to AFTER.

    Filters of AFTER are put back to what they were in BEFORE, and flips that revert are counted.

    An image flips if one of the two checkpoints predicts it rightly and the other wrongly. Tried
    are each layer as a whole, the tenth of all filters that has moved most, and that of some
    layers; beside each of them as many filters of the same layers, drawn by chance. Then the same
    filters with their new values are put into BEFORE. It is what a Tracker with causes= does.

    It exits with 1 if no image has flipped.
    """
    groups = dict(map(_group, given))
    if switch_off and not groups and run is None:
        raise Failure("--switch-off needs filters: give them by --group, or a --run", USAGE)
    with of_their_errors():
        from ..replay.between import Tried, between
        from ..replay.running import Wanted

        wanted = Wanted(checkpoints=(before, after), **options)
        if len(wanted.data) > 1:
            raise Failure("flips are those of one image set: give --data once", USAGE)
        found = between(wanted, Tried(groups, run, mini_sets, switch_off, layers, draws))
    from ..features.causes.compute import found_in
    from ..features.causes.records import Experiments
    from ..features.causes.routes import row

    steps = found.before.step, found.after.step
    # Where the checkpoints do not say which iterations they are of, their order does.
    since, step = steps if steps[0] < steps[1] else (0, 1)
    tried = [(step, Experiments(since, 0, 0.0, tuple(found.effects)))]
    rows = [row(each, found.class_names) for each in found_in(tried)]
    images = next((row["images"] for row in rows), 0)
    if as_json:
        names = {"before": found.before.name, "after": found.after.name}
        counts = {"flips": None if switch_off else images, "mini_sets_left_out": found.left_out}
        echo_json({**names, **counts, "effects": rows})
    else:
        if switch_off:
            click.echo(f"{images:,} images are predicted by {found.after.name}")
        else:
            click.echo(f"{images:,} images flip from {found.before.name} to {found.after.name}")
        _echo(rows, top)
        if found.left_out:
            click.echo(f"\nleft out: {found.left_out:,} mini-sets (--mini-sets N)")
    if not rows:
        raise click.exceptions.Exit(NO)


def _echo(rows: Sequence[Mapping[str, Any]], top: int) -> None:
    columns: tuple[str, ...] = _COLUMNS
    for how, title in _DONE.items():
        own = [each for each in rows if each["how"] == how and each["class"] is None]
        if own:
            columns = _columns(how)
            click.echo(f"\n{title}")
            echo_table(columns, [_cells(each) for each in _ordered(own)])
    of_classes = [each for each in rows if each["how"] != "put_in" and each["class"] is not None]
    counts = Counter({(each["class"], each["to"]): each["images"] for each in of_classes})
    if not counts:
        return
    done = "switched off" if of_classes[0]["how"] in _OFF else "put back"
    does = "changes" if done == "switched off" else "reverts"
    click.echo(f"\nof classes, what {does} most when it is {done}")
    strongest = []
    for (name, to), _ in counts.most_common(top):
        own = [each for each in of_classes if (each["class"], each["to"]) == (name, to)]
        strongest.append((name, f"to {to}", *_cells(_ordered(own)[0])))
    echo_table(("class", "flips", *columns), strongest)
    if len(counts) > top:
        click.echo(f"\nleft out: {len(counts) - top} kinds of flips (--top N; all: --json)")


def _columns(how: str) -> tuple[str, ...]:
    return tuple("change" if each == "revert" and how in _OFF else each for each in _COLUMNS)


def _ordered(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What did most first, what is beyond chance before all else."""
    return sorted(
        rows, key=lambda row: (not row["beyond_chance"], (row["chance"] or 0) - row["changed"])
    )


def _cells(row: Mapping[str, Any]) -> tuple[object, ...]:
    size = sum(len(each["filters"]) for each in row["layers"])
    chance, p, q = (row[name] for name in ("chance", "p", "q"))
    return (
        row["group"],
        size,
        row["changed"],
        row["images"],
        None if chance is None else round(chance, 1),
        None if p is None else round(p, 3),
        None if q is None else round(q, 3),
        "beyond chance" if row["beyond_chance"] and chance is not None else "",
        f"{row['others_changed']:,} of {row['others']:,}",
    )


def _group(text: str) -> tuple[str, dict[str, list[int]]]:
    layer, colon, filters = text.rpartition(":")
    try:
        if colon and layer:
            return text, {layer: [int(each) for each in filters.split(",")]}
    except ValueError:
        pass
    raise Failure(f"group {text!r}: must be LAYER:FILTERS, as layer4.1.conv2:3,17,40", USAGE)
