"""What the tests of the Correlation View and of the cube look at."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator

from tests.browser.tab import Tab
from tests.waiting import until

# Few classes and filters, so that the planted ones are large enough to be pointed at.
STRICT = "m*0.6!K*40"
OPTIONS: dict[str, Any] = {
    "window": 5,
    "min_score": 0.6,
    "top_k": 40,
    "measure": "change",
    "min_appearances": 1,
}
A, B = (194, 24, 91), (0, 121, 107)  # The colours of both selections in the light theme.


@dataclass
class Related:
    """The correlation by itself, as the grid must show it: from the route's JSON."""

    answer: Any
    layers: list[str]
    classes: list[str]

    def mini_set(self, layer: str, first: int) -> tuple[int, list[int]]:
        """Position and filters of the mini-set that has a filter."""
        row = next(each for each in self.answer["layers"] if each["layer"] == layer)
        return next(
            (i, each["filters"])
            for i, each in enumerate(row["mini_sets"])
            if first in each["filters"]
        )

    def classes_of(self, layer: str, first: int) -> set[str]:
        """Classes that a mini-set appears with."""
        at, _ = self.mini_set(layer, first)
        return {
            cell["class"]
            for cell in self.answer["cells"]
            if cell["layer"] == layer and any(mark["mini_set"] == at for mark in cell["marks"])
        }


def chart(tab: Tab) -> Locator:
    found: Locator = tab.frame.locator(".cube")
    return found


def pixels(element: Locator) -> NDArray[np.int64]:
    """What an element shows: int64[height, width, 3]."""
    image = Image.open(io.BytesIO(element.screenshot())).convert("RGB")
    # A box may end within a pixel, what is drawn in it does not.
    width, height = element.evaluate("(it) => [it.clientWidth, it.clientHeight]")
    return np.asarray(image).astype(np.int64)[:height, :width]


def near(image: NDArray[np.int64], color: tuple[int, int, int], by: int = 60) -> NDArray[np.bool_]:
    answer: NDArray[np.bool_] = np.abs(image - np.array(color)).max(axis=2) <= by
    return answer


@dataclass
class Faces:
    """Which pixels of the cube's picture belong to which face, in the layout it begins with."""

    width: int
    height: int
    corner: tuple[float, float] = (0.59, 0.34)

    def __post_init__(self) -> None:
        left, top = 146, 10
        box = (self.width - left - 62, self.height - top - 58)
        self.left, self.bottom = left, top + box[1]
        self.x, self.y = left + self.corner[0] * box[0], top + self.corner[1] * box[1]
        self.depth = (left + box[0] - self.x, top - self.y)
        self.rows = self.bottom - self.y

    def front(self, u: float, v: float) -> tuple[float, float]:
        return self.left + u * (self.x - self.left), self.y + v * self.rows

    def top(self, u: float, v: float) -> tuple[float, float]:
        x, y = self.front(u, 0)
        return x + v * self.depth[0], y + v * self.depth[1]

    def right(self, u: float, v: float) -> tuple[float, float]:
        return self.x + u * self.depth[0], self.y + u * self.depth[1] + v * self.rows

    def mask(self, face: str) -> NDArray[np.bool_]:
        """bool[height, width]: the face without its rim."""
        y, x = np.mgrid[: self.height, : self.width].astype(float)
        if face == "front":
            u, v = (x - self.left) / (self.x - self.left), (y - self.y) / self.rows
        elif face == "top":
            v = (y - self.y) / self.depth[1]
            u = (x - self.left - v * self.depth[0]) / (self.x - self.left)
        else:
            u = (x - self.x) / self.depth[0]
            v = (y - self.y - u * self.depth[1]) / self.rows
        rim = 0.01
        answer: NDArray[np.bool_] = (u > rim) & (u < 1 - rim) & (v > rim) & (v < 1 - rim)
        return answer


def faces(tab: Tab) -> Faces:
    width, height = chart(tab).evaluate("(it) => [it.clientWidth, it.clientHeight]")
    return Faces(width, height)


def lit(tab: Tab, color: tuple[int, int, int]) -> dict[str, int]:
    """How many pixels of each face have the colour of a selection."""
    tab.page.mouse.move(2, 2)
    image = pixels(chart(tab))
    # Of this picture: a selection may come with words that take a part of a pixel's height.
    plan = Faces(image.shape[1], image.shape[0])
    # Nearer than a mix of the error rates' two ends is.
    colored = near(image, color, by=45)
    return {face: int((colored & plan.mask(face)).sum()) for face in ("front", "top", "right")}


def read_out(tab: Tab) -> str:
    return chart(tab).locator("[aria-live]").inner_text()


def selection(tab: Tab, group: str) -> Locator:
    found: Locator = tab.frame.get_by_role("region", name=f"Selection {group}")
    return found


def click(tab: Tab, point: tuple[float, float], *, more: bool = False) -> None:
    modifiers: list[Any] = ["Shift"] if more else []
    chart(tab).click(position={"x": point[0], "y": point[1]}, modifiers=modifiers)


def assert_lit_everywhere(tab: Tab, color: tuple[int, int, int] = A) -> None:
    until(lambda: min(lit(tab, color).values()) >= 10, lambda: f"lit pixels: {lit(tab, color)}")


def read_outs(tab: Tab, points: list[tuple[float, float]]) -> list[str]:
    """What the cube says while the pointer goes over some points."""
    script = """async (cube, points) => {
        const { left, top } = cube.getBoundingClientRect();
        const answers = [];
        for (const [x, y] of points) {
            const at = { clientX: left + x, clientY: top + y, bubbles: true };
            cube.dispatchEvent(new PointerEvent('pointermove', at));
            await scheduler.postTask(() => {});  // At once, which no timer is.
            answers.push(cube.querySelector('[aria-live]').textContent);
        }
        cube.dispatchEvent(new PointerEvent('pointerleave'));
        return answers;
    }"""
    answers: list[str] = chart(tab).evaluate(script, points)
    return answers


def find_row(tab: Tab, layer: str, words: str) -> tuple[float, float]:
    """A point of the front where a mini-set is: found as a user finds it, by pointing."""
    plan = faces(tab)
    points = [plan.front(0.03, float(v)) for v in np.linspace(0.001, 0.999, 500)]
    said = read_outs(tab, points)
    found = [i for i, text in enumerate(said) if text.startswith(f"{layer},") and words in text]
    assert found, f"nothing on the front is {layer}, {words}: {sorted(set(said))[:8]}"
    return points[found[len(found) // 2]]


# From fewer than expected over as many to more, in the light theme.
_CHANCE = ("0b4f94", "4a90c9", "a6cde6", "f3f1ec", "fbc189", "e8842f", "9c4300")


def chance_color(observed: int, expected: float, low: int, high: int) -> NDArray[np.int64]:
    """The colour of a cell: within the range of chance a tenth of the full one at most."""
    above = observed - expected
    unit = max(1, high - expected if above > 0 else expected - low)
    units = min(2, abs(above) / unit)
    share = 0.1 * units if units <= 1 else 0.1 + 0.9 * (units - 1)
    at = round(255 * (0.5 + np.sign(above) * share / 2)) / 255 * (len(_CHANCE) - 1)
    stops = np.array([[int(each[i : i + 2], 16) for i in (0, 2, 4)] for each in _CHANCE])
    first = min(int(at), len(_CHANCE) - 2)
    color = stops[first] + (stops[first + 1] - stops[first]) * (at - first)
    answer: NDArray[np.int64] = np.rint(color).astype(np.int64)
    return answer


def state(tab: Tab, part: str) -> str:
    """The address, once some part is in it."""
    tab.page.wait_for_function("(part) => location.hash.includes(part)", arg=part)
    return tab.state()
