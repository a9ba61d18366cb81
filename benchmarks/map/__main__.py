"""The map beside DeepVisualInsight, umap-learn and openTSNE, all of the same networks.

scripts/bench map [--data cifar10 fashion-mnist] [--networks residual plain] [--seeds 1 2]
    [--dumps 20] [--iterations 400] [--images 2000] [--frames 3] [--ways ours umap opentsne dvi]
    [--parts beside large memory call index] [--keep FOLDER] [--again WAY ...]

Small networks learn each dataset (one that torchvision downloads; mnist or digits, which need no
download; or a folder of class folders, with train/ and test/ in it), and what their last layers
are given of validation images is kept at so many iterations. Ours draws the images at all of
these, the others, which take longer, at `--frames` of them, spread evenly and each from the one
before. All are measured by the same code, exactly. *Left out* are the dots around a dot without
itself; *held out* are as many images again, of which no map knows. *Moved*: how far the dots go
when the last features come once more, over the spread of the map.

With `--keep`, networks and figures are put into a folder and not made again; but for those of the
ways named by `--again`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.command import command
from benchmarks.map.dvi import Head
from benchmarks.map.large import measure_call, measure_index, measure_large, measure_memory
from benchmarks.map.measures import Figures, Images, figures_of, moved
from benchmarks.map.networks import NETWORKS, Dumps, load, train
from benchmarks.map.ways import Dump, Way, dvi, others, ours

_PYTHON = Path(".venv/map/bin/python")
WAYS: Mapping[str, Way] = {
    "ours": ours,
    "umap": others("umap", _PYTHON),
    "opentsne": others("opentsne", _PYTHON),
    "dvi": dvi,
}
_PARTS = "beside", "large", "memory", "call", "index"
_LARGE = 10_000
Ints = NDArray[np.int64]
# Of each frame: its iteration, CPU seconds, and what `Figures` has.
Row = dict[str, float]


def main() -> None:
    """The command."""
    parser = command("scripts/bench map", __doc__)
    parser.add_argument("--data", nargs="+", default=["cifar10", "fashion-mnist"])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--dumps", type=int, default=20)
    parser.add_argument("--iterations", type=int, default=400)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--frames", type=int, default=3, help="of the other ways")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=list(_PARTS))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--again", nargs="+", choices=WAYS, default=[])
    options = parser.parse_args()
    torch.set_num_threads(1)
    largest: Dumps | None = None
    trained = {"beside", "large"} & {*options.parts}
    for name in options.data if trained else ():
        for network in options.networks:
            for seed in options.seeds:
                title = f"{Path(name).name}, {network}, seed {seed}"
                dumps = _dumps(name, network, seed, options)
                if largest is None and len(dumps.labels) >= _LARGE:
                    largest = dumps
                if "beside" in options.parts:
                    print(f"\n## {title}\n", flush=True)
                    _beside(dumps, title, seed, options)
    if "large" in options.parts and largest is not None:
        measure_large(largest)
    if "memory" in options.parts:
        measure_memory(_LARGE)
    if "call" in options.parts:
        measure_call()
    if "index" in options.parts:
        measure_index()


def _dumps(name: str, network: str, seed: int, options: argparse.Namespace) -> Dumps:
    kept = options.keep and options.keep / f"{Path(name).name}-{network}-{seed}.npz"
    if kept and kept.exists():
        return Dumps.load(kept)
    found = train(load(name), network, seed, options.iterations, options.dumps, _LARGE)
    if kept:
        found.save(kept)
    return found


def _beside(dumps: Dumps, title: str, seed: int, options: argparse.Namespace) -> None:
    count = len(dumps.steps)
    some = np.linspace(0, count, options.frames + 1).round().astype(np.int64)[1:] - 1
    found: dict[str, list[Row]] = {}
    for way in options.ways:
        kept = options.keep and options.keep / f"{title}, {way}.json"
        if kept and kept.exists() and way not in options.again:
            found[way] = json.loads(kept.read_text())
            continue
        at = np.arange(count) if way == "ours" else some
        found[way] = _rows(way, dumps, at.tolist(), seed, options.images)
        if kept:
            kept.write_text(json.dumps(found[way]))
    steps = dumps.steps[some].tolist()
    names = ["seconds", *(key for key in Figures.__dataclass_fields__), "moved"]
    print("| | iterations | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 2) + "|")
    for way, rows in found.items():
        if way == "ours":
            _print(way, f"all {count}", rows, names)
        own = [row for row in rows if row["step"] in steps]
        _print(way, ", ".join(map(str, steps)), own, names)
        for row in own:
            _print("", str(int(row["step"])), [row], names)


def _print(way: str, of: str, rows: Sequence[Row], names: Sequence[str]) -> None:
    cells = []
    for name in names:
        values = [row[name] for row in rows if name in row and not np.isnan(row[name])]
        cells.append(f"{np.mean(values):.3f}" if values else "")
    print(f"| {way} | {of} | " + " | ".join(cells) + " |", flush=True)


def _rows(way: str, dumps: Dumps, at: Sequence[int], seed: int, images: int) -> list[Row]:
    order = np.random.default_rng(0).permutation(len(dumps.labels))
    shown, new = order[:images], order[images : 2 * images]
    given = [_dump(dumps, each, shown, new) for each in at]
    # DVI's dots move with its weights, which it would have to learn once more.
    again = way != "dvi"
    drawn = WAYS[way](given + given[-1:] * again, seed)
    rows: list[Row] = []
    last = None
    for position, frame in zip([*at, None], drawn, strict=False):
        if position is None:
            assert last is not None
            everything = np.ones(len(frame.places), np.bool_)
            rows[-1]["moved"] = moved(frame.places, last, everything)
            break
        dump = given[len(rows)]
        of_new = (frame.new, dump.new_predicted) if len(frame.new) else None
        figures = figures_of(
            Images.of(dump.features, dump.logits), frame.places, frame.back, of_new
        )
        step = float(dumps.steps[position])
        rows.append({"step": step, "seconds": frame.seconds, **asdict(figures)})
        last = frame.places
    return rows


def _dump(dumps: Dumps, at: int, shown: Ints, new: Ints) -> Dump:
    features, scores = dumps.features[at], dumps.scores[at]
    return Dump(
        features[shown].astype(np.float32),
        scores[shown],
        features[new].astype(np.float32),
        scores[new].argmax(axis=1),
        Head(dumps.weight[at], dumps.bias[at]),
    )


if __name__ == "__main__":
    main()
