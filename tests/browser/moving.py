"""A picture that moves: the map while the network trains."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from playwright.sync_api import expect

from tests.browser.tab import Tab

WIDTH = 960
# Frames that follow each other fast, and the last one, in milliseconds.
FAST = 350
LAST = 2500
# Most happens in the first frames: of these, and of the others, so many are left out after each.
FIRST = 24
SKIPPED = 2
# Until dots have moved to where they are in the next frame.
MOVED = 900


def training(tab: Tab) -> bytes:
    """The map, the timeline and the images that flip, from the first iteration to the last.

    Returns:
        A WebP of some frames.
    """
    tab.open("2!screen.view*map")
    run = _ask(tab, "runs")["runs"][0]["run"]
    while not _ask(tab, "map_quality", run=run)["steps"]:
        tab.page.wait_for_timeout(MOVED)
    expect(tab.frame.get_by_text("frames are ready")).to_have_count(0, timeout=300_000)
    steps = _ask(tab, "map_quality", run=run)["steps"]
    shown = steps[:FIRST:SKIPPED] + steps[FIRST :: 3 * SKIPPED]
    frames = [_frame(tab, step) for step in [*shown, steps[-1]]]
    moving = io.BytesIO()
    frames[0].save(
        moving,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=[*[FAST] * (len(frames) - 1), LAST],
        loop=0,
        quality=60,
        method=6,
        minimize_size=True,
    )
    return moving.getvalue()


def _ask(tab: Tab, route: str, **query: str) -> Any:
    url = f"{tab.url}data/plugin/deeptracker/{route}"
    params: dict[str, str | float | bool] = {**query, "format": "json"}
    if "run" in query:
        params["image_set"] = "validation"
    return tab.page.request.get(url, params=params).json()


def _frame(tab: Tab, step: int) -> Image.Image:
    state = f"#deeptracker&p.deeptracker.s=2!screen.view*map!axis.step*{step}"
    tab.page.evaluate("(hash) => { location.hash = hash; }", state)
    expect(tab.frame.get_by_label("Inspector")).to_contain_text(f"Iteration {step:,}")
    tab.page.wait_for_timeout(MOVED)
    image = Image.open(io.BytesIO(tab.quiet().page.screenshot())).convert("RGB")
    return image.resize((WIDTH, image.height * WIDTH // image.width), Image.Resampling.LANCZOS)
