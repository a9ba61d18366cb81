"""Takes the pictures of the documentation: python -m tests.browser.pictures [--logs DIR] [NAME ...]

Of runs of the demo and of the map's recipes and of the standing log, as a reader would see them,
light and dark; of the demo's studies and of compared runs, light. With `--logs`, the runs are kept
in that directory, and those that are there are not made again. The run of CIFAR-10 (`causes`) needs
its images in `data/cifar10` (docs/causes.md), and is shown only if it is named.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from benchmarks.map.recipes import BOUGHT_AT, EVERY
from benchmarks.planted import STEP_INTERVAL, plant
from benchmarks.resnet50 import resnet50
from tests.browser.moving import training
from tests.browser.tab import Tab, launch, tab_of
from tests.tensorboard_process import tensorboard

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
SIZE = (1280, 800)
SMALL = (1200, 700)
SETTLED = 5_000
WIDEST = 1280
TRUTH = plant()
LAYERS = [layer.name for layer in resnet50().layers]


def digits(tab: Tab) -> None:
    tab.open("2!validation.openClasses*8")
    chart = tab.region("Validation view").get_by_role("treeitem", name="images of 8")
    chart.locator("canvas").first.click(position={"x": 330, "y": 180})
    expect(tab.frame.get_by_label("Inspector").get_by_role("img").first).to_be_visible()


def confusion(tab: Tab) -> None:
    tab.open("2!screen.view*confusion!axis.step*201")
    expect(tab.frame.get_by_text("rows: label")).to_be_visible()


def images(tab: Tab) -> None:
    tab.open("2!screen.view*images!run.imageSet*train")
    expect(
        tab.region("Images view").get_by_role("listbox").get_by_role("option").first
    ).to_be_visible()


def ambiguous(tab: Tab) -> None:
    view = tab.region("Images view")
    shown = "histories.mode*gallery!histories.sort*variability"
    tab.open(f"2!screen.view*images!run.imageSet*train!{shown}")
    view.get_by_role("button", name="Ambiguous").click()


def gap(tab: Tab) -> None:
    tab.open("2!screen.view*images!histories.mode*gap!histories.other*train")
    expect(tab.region("Images view").get_by_text("the largest on top")).to_be_visible()


def causes(tab: Tab) -> None:
    tab.open("2!screen.view*correlation!axis.step*477!screen.selected*class*4")
    expect(tab.frame.get_by_label("Inspector")).to_contain_text("put back")


def frames(tab: Tab) -> None:
    """The map, when all its frames are made."""
    all_frames(tab)


def all_frames(tab: Tab, *fields: str) -> None:
    """A map of one of the runs of recipes, when all its frames are made."""
    tab.open("!".join(["2!screen.view*map", *fields]))
    expect(tab.frame.get_by_role("img", name=re.compile("^Map of"))).to_be_visible()
    expect(tab.frame.get_by_text("frames are ready")).to_have_count(0, timeout=300_000)


def late(tab: Tab) -> None:
    """An image of the run that was learned last and stayed so, by the scores that the tab shows."""

    def ask(route: str, **query: str) -> Any:
        url = f"{tab.url}data/plugin/deeptracker/{route}"
        every: dict[str, str | float | bool] = {
            "run": "noisy",
            "image_set": "validation",
            "format": "json",
            **query,
        }
        return tab.page.request.get(url, params=every).json()

    every = ask("image_scores")["images"]
    # Learned once, and never forgotten.
    learned = [each for each in every if each["learned_at"] is not None and each["flips"] == 1]
    found = max(learned, key=lambda image: image["learned_at"])
    shown = ask("class_image", **{"class": str(found["label"])})
    at = [image["id"] for image in shown["images"]].index(found["id"])
    selected = f"screen.selected*image*{found['label']}*{at}"
    all_frames(tab, f"screen.run*noisy!map.trails*1!{selected}")


def border(tab: Tab) -> None:
    all_frames(tab, "screen.run*bought!map.coloring*margin!map.lowMargin*1")


def noisy(tab: Tab) -> None:
    all_frames(tab, "screen.run*noisy!run.imageSet*train!map.wrong*1")


def bought(tab: Tab) -> None:
    step = BOUGHT_AT + EVERY
    all_frames(tab, f"screen.run*bought!map.coloring*change!axis.step*{step}")


def clusters(tab: Tab) -> None:
    tab.open("2")
    expect(tab.region("Validation view").get_by_role("treeitem")).to_have_count(4)


def mushrooms(tab: Tab) -> None:
    c, step = TRUTH.flipping_class, (TRUTH.flipping_at + 1) * STEP_INTERVAL
    tab.open(
        f"2!validation.onlyAnomalies*1!validation.openClasses*{c}!validation.pinned*{c}"
        f"!screen.selected*class*{c}!axis.step*{step}"
    )
    chart = tab.region("Validation view").get_by_role("treeitem", name="images of mushroom")
    expect(chart.first).to_be_visible()


def spread(tab: Tab) -> None:
    layers(tab, "layers.statistic*weight_sd!layers.chart*horizon")


def means(tab: Tab) -> None:
    layers(tab, "layers.statistic*weight_mean!layers.chart*horizon!layers.sharedScale*0")


def layers(tab: Tab, fields: str) -> None:
    tab.open(f"2!screen.view*layers!{fields}")
    expect(tab.region("Layer view").get_by_role("treeitem").nth(5)).to_be_visible()


def dead(tab: Tab) -> None:
    tab.open("2!screen.view*layers")
    row = tab.region("Layer view").get_by_role("treeitem").filter(has_text="conv1").first
    row.locator(".label").click()
    expect(tab.region("Layer view").locator("canvas").first).to_be_visible()


def restless(tab: Tab) -> None:
    tab.open("2!screen.view*findings!layers.normalize*iteration")
    place = f"{TRUTH.restless_layer}, filter {TRUTH.restless[0]}"
    tab.region("Findings").get_by_role("button", name=place, exact=True).click()
    expect(tab.frame.locator("[data-filters] canvas")).to_be_visible()


def kernels(tab: Tab) -> None:
    tab.open("1!v*layers!n**1!F*1!M*1!e*filter*0*17")
    expect(tab.frame.get_by_role("img", name="Filter 17")).to_be_visible()


def findings(tab: Tab) -> None:
    tab.open("2!screen.view*findings")
    expect(tab.frame.get_by_text("Filters that never change")).to_be_visible()


def cells(tab: Tab) -> None:
    correlation(tab, "correlation.detail*abstract")


def mini_sets(tab: Tab) -> None:
    correlation(tab, f"correlation.detail*advanced!correlation.picksA*{picked('b1')}")


def correlation(tab: Tab, fields: str) -> None:
    tab.open(f"2!screen.view*correlation!{fields}")
    expect(tab.region("Correlation view").locator("canvas").first).to_be_visible()


def unfolded(tab: Tab) -> None:
    picks = f"correlation.picksA*{picked('b1')}"
    tab.open(f"2!screen.view*cube!cube.unfolded*1!{picks}")
    expect(tab.region("Selection A")).to_be_visible()


def cube(tab: Tab) -> bytes:
    """As it is saved for print: shallow filters that many classes share (A), and the gongs' (B)."""
    picks = f"correlation.picksA*{picked('b1')}!correlation.picksB*{picked('c1')}"
    tab.open(f"2!screen.view*cube!correlation.classOrder*similarity!{picks}")
    for selection in "AB":
        expect(tab.region(f"Selection {selection}")).to_be_visible()
    tab.page.set_viewport_size({"width": 1440, "height": 960})
    tab.page.wait_for_timeout(SETTLED)
    with tab.page.expect_download() as download:
        tab.region("Cube").get_by_role("group", name="Save the cube").get_by_text("PNG").click()
    return download.value.path().read_bytes()


def picked(episode: str) -> str:
    """The filters of an episode as the address names them."""
    (found,) = (one for one in TRUTH.episodes if one.name == episode)
    return f"{LAYERS.index(found.layer)}.{found.filters[0]}.."


def told(tab: Tab) -> None:
    """The story of the first run of a study."""
    tab.open()
    expect(tab.region("Story").get_by_role("listitem").first).to_be_visible()


def sentence(kind: str, view: str) -> Callable[[Tab], None]:
    """Where a sentence of the story leads to."""

    def shown(tab: Tab) -> None:
        told(tab)
        tab.region("Story").get_by_role("button", name=re.compile(kind)).first.click()
        expect(tab.region(view)).to_be_visible()

    return shown


def state(address: str, view: str) -> Callable[[Tab], None]:
    """A state, and the view that it is of."""

    def shown(tab: Tab) -> None:
        tab.open(address)
        expect(tab.region(view)).to_be_visible()

    return shown


def compared(*runs: str, view: str = "compare", more: str = "") -> Callable[[Tab], None]:
    """Runs of docs/compare.md side by side."""

    def shown(tab: Tab) -> None:
        chosen = f"screen.run*{runs[0]}!screen.runs*{'*'.join(runs)}"
        tab.open(f"2!{chosen}!screen.view*{view}{more}")
        where = tab.region("Compare view" if view == "compare" else "Validation view")
        expect(where.locator("[data-verdict], [data-beside]").first).to_be_visible()

    return shown


# What a study is for, as `study-<name>`.
STUDIES: dict[str, Callable[[Tab], bytes | None]] = {
    "healthy": told,
    "forgetting": told,
    "transfer": lambda tab: all_frames(tab, "axis.step*300"),
    "active": state("2!screen.run*by-uncertainty!screen.view*validation", "Validation view"),
    "noise": sentence("look mislabelled", "Images view"),
    "rate": state("2!screen.view*layers!layers.statistic*update_ratio", "Layer view"),
    "imbalance": sentence("are predicted", "Confusion view"),
    "dead": state("2!screen.view*layers!layers.openLayers*1!layers.measure*change", "Layer view"),
    "overfit": sentence("of the images of validation are wrong", "Images view"),
}
# What they return is the picture; nothing: what is on screen then.
PICTURES: dict[str, dict[str, Callable[[Tab], bytes | None]]] = {
    "demo": {
        "digits": digits,
        "confusion": confusion,
        "images": images,
        "ambiguous": ambiguous,
        "gap": gap,
        "map": frames,
        "training": training,
    },
    "demo on CIFAR-10": {"causes": causes},
    "benchmarks.map.recipes": {
        "late": late,
        "border": border,
        "noisy": noisy,
        "bought": bought,
    },
    "benchmarks.imagenet_log": {
        "clusters": clusters,
        "mushrooms": mushrooms,
        "spread": spread,
        "means": means,
        "dead": dead,
        "restless": restless,
        "kernels": kernels,
        "cells": cells,
        "mini-sets": mini_sets,
        "unfolded": unfolded,
        "cube": cube,
        "findings": findings,
    },
}
ALL_COMPARED = ("A", "seed-1", "seed-2", "lower-rate", "pruned", "quantised")
PICTURES["benchmarks.compared"] = {
    "compare-seeds": compared("A", "seed-1", view="validation", more="!axis.step*40"),
    "compare-rate": compared("A", "lower-rate", "seed-1", "seed-2"),
    "compare-pruned": compared("A", "pruned", more="!compare.mode*images"),
    "compare-runs": compared(*ALL_COMPARED, more="!compare.mode*runs"),
}
PICTURES |= {f"study {name}": {f"study-{name}": picture} for name, picture in STUDIES.items()}
COMMANDS = {
    "demo": ["demo", "--no-serve", "--logdir"],
    "demo on CIFAR-10": [
        "demo",
        "--dataset",
        "data/cifar10",
        "--epochs",
        "6",
        "--no-serve",
        "--logdir",
    ],
    "benchmarks.imagenet_log": ["benchmarks.imagenet_log"],
    "benchmarks.map.recipes": ["benchmarks.map.recipes"],
    "benchmarks.compared": ["benchmarks.compared"],
    **{f"study {name}": ["demo", "--study", name, "--no-serve", "--logdir"] for name in STUDIES},
}


def save(picture: bytes, path: Path) -> None:
    """As a PNG with a palette, which takes a third of the bytes; as it is if it moves."""
    with Image.open(io.BytesIO(picture)) as image:
        if image.format == "WEBP":
            path = path.with_suffix(".webp")
            path.write_bytes(picture)
            print(path, f"{len(picture) / 1000:.0f} kB")
            return
        image.thumbnail((WIDEST, WIDEST))
        colors = image.convert("RGB")
        # Moving the colours of the palette to where the pixels are keeps the ends of scales.
        reduced = colors.quantize(256, kmeans=3, dither=Image.Dither.NONE)
        reduced.save(path, optimize=True)
    print(path, f"{path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Takes the named pictures, or all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones (default: all)")
    parser.add_argument("--logs", type=Path, help="where the runs are kept")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        browser = launch(stack.enter_context(sync_playwright()))
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for program, pictures in PICTURES.items():
            names = [name for name in pictures if not arguments.names or name in arguments.names]
            if not names or (program == "demo on CIFAR-10" and not arguments.names):
                continue
            logdir = (arguments.logs or temporary) / program
            if not logdir.exists():
                command = [sys.executable, "-m", *COMMANDS[program], str(logdir)]
                subprocess.run(command, cwd=ROOT, check=True)
            is_study = program.startswith("study")
            # A study's runs are in a directory of their own.
            shown = next(logdir.iterdir()) if is_study else logdir
            with tensorboard(temporary / f"{program}.out", f"--logdir={shown}") as board:
                for name in names:
                    is_small = is_study or program == "benchmarks.compared"
                    is_light = is_small or name == "training"
                    for theme in ("light",) if is_light else ("light", "dark"):
                        with tab_of(browser, board.url, *(SMALL if is_small else SIZE)) as tab:
                            tab.open()
                            if theme == "dark":
                                tab.dark()
                            picture = pictures[name](tab)
                            # The tab never stops asking, so there is no end to wait for.
                            tab.page.wait_for_timeout(SETTLED)
                            shot = picture or tab.page.screenshot()
                            save(shot, IMAGES / f"{name}-{theme}.png")


if __name__ == "__main__":
    main()
