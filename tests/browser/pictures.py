"""Takes the pictures of the documentation: python -m tests.browser.pictures [NAME ...]

Of a run of the demo and of the standing log, as a reader would see them.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from tests.browser.tab import Tab, launch, tab_of
from tests.tensorboard_process import tensorboard

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
SIZE = (1280, 800)
SETTLED = 5_000
WIDEST = 1600


def images_of_a_class(tab: Tab) -> None:
    tab.open("2!validation.openClasses*8")
    chart = tab.region("Validation view").get_by_role("treeitem", name="images of 8")
    chart.locator("canvas").first.click(position={"x": 330, "y": 180})
    expect(tab.frame.get_by_label("Inspector").get_by_role("img").first).to_be_visible()


def clusters(tab: Tab) -> None:
    tab.open()
    stripes = tab.region("Validation view").get_by_role("treeitem")
    expect(stripes).to_have_count(4)
    tab.frame.get_by_label("Timeline", exact=True).locator(".plot").hover(
        position={"x": 72, "y": 60}
    )


def horizon(tab: Tab) -> None:
    tab.open("1!v*layers!C*horizon")
    expect(tab.region("Layer view").get_by_role("treeitem").nth(5)).to_be_visible()


def filters(tab: Tab) -> None:
    tab.open("1!v*layers")
    row = tab.region("Layer view").get_by_role("treeitem").filter(has_text="conv1").first
    row.locator(".label").click()
    expect(tab.region("Layer view").locator("canvas").first).to_be_visible()


def kernels(tab: Tab) -> None:
    tab.open("1!v*layers!n**1!F*1!M*1!e*filter*0*17")
    expect(tab.frame.get_by_role("img", name="Filter 17")).to_be_visible()


def findings(tab: Tab) -> None:
    tab.open("1!v*findings")
    expect(tab.frame.get_by_text("Filters that never change")).to_be_visible()


def correlation(tab: Tab) -> None:
    tab.open("2!screen.view*correlation")
    expect(tab.region("Correlation view").locator("canvas").first).to_be_visible()


def cube(tab: Tab) -> bytes:
    """As it is saved for print: filters of the first layer (A), and the class of gongs (B)."""
    tab.open("1!v*cube!m*0.5!K*60!O*similarity!A*0.3..!B*..6.")
    for selection in "AB":
        expect(tab.region(f"Selection {selection}")).to_be_visible()
    tab.page.set_viewport_size({"width": 1440, "height": 960})
    tab.page.wait_for_timeout(SETTLED)
    with tab.page.expect_download() as download:
        tab.region("Cube").get_by_role("group", name="Save the cube").get_by_text("PNG").click()
    return download.value.path().read_bytes()


# What they return is the picture; nothing: what is on screen then.
PICTURES: dict[str, dict[str, Callable[[Tab], bytes | None]]] = {
    "demo": {"tab-light": images_of_a_class},
    "benchmarks.imagenet_log": {
        "validation": clusters,
        "layers": horizon,
        "filters": filters,
        "kernels": kernels,
        "findings": findings,
        "correlation": correlation,
        "cube-light": cube,
    },
}
ARGUMENTS = {"demo": ["--no-serve", "--logdir"], "benchmarks.imagenet_log": []}


def save(picture: bytes, path: Path) -> None:
    """As a PNG with a palette, which takes a third of the bytes."""
    with Image.open(io.BytesIO(picture)) as image:
        image.thumbnail((WIDEST, WIDEST))
        colors = image.convert("RGB")
        # Moving the colours of the palette to where the pixels are keeps the ends of scales.
        reduced = colors.quantize(256, kmeans=3, dither=Image.Dither.NONE)
        reduced.save(path, optimize=True)
    print(path, f"{path.stat().st_size / 1000:.0f} kB")


def main(wanted: list[str]) -> None:
    """Takes the named pictures, or all."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as temporary:
        browser = launch(playwright)
        for program, pictures in PICTURES.items():
            names = [name for name in pictures if not wanted or name in wanted]
            if not names:
                continue
            logdir = Path(temporary, program)
            command = [sys.executable, "-m", program, *ARGUMENTS[program], str(logdir)]
            subprocess.run(command, cwd=ROOT, check=True)
            with tensorboard(Path(temporary, "out"), f"--logdir={logdir}") as board:
                for name in names:
                    with tab_of(browser, board.url, *SIZE) as tab:
                        picture = pictures[name](tab)
                        # The tab never stops asking, so there is no end to wait for.
                        tab.page.wait_for_timeout(SETTLED)
                        save(picture or tab.page.screenshot(), IMAGES / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
