"""The Correlation View and the cube as a user sees them, on the planted truth and on a real run."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from benchmarks.planted import STEP_INTERVAL, plant
from tests.browser.tab import Tab, tab_of
from tests.tensorboard_process import TensorBoard

TRUTH = plant()
EPISODES = {episode.name: episode for episode in TRUTH.episodes}
# Fewer classes and filters than at first: those of the episodes stand out.
STRICT = "1!v*cube!m*0.6!K*40!O*similarity"
A, B = (194, 24, 91), (0, 121, 107)  # The colours of both selections in the light theme.
OPTIONS: dict[str, Any] = {
    "window": 5,
    "min_score": 0.6,
    "top_k": 40,
    "measure": "change",
    "min_appearances": 1,
}


def step_of(dump: int) -> int:
    return (dump + 1) * STEP_INTERVAL


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


@pytest.fixture(scope="module")
def related(standing_board: TensorBoard) -> Related:
    run = standing_board.json("run", run="resnet50")
    return Related(
        standing_board.json("correlation", run="resnet50", **OPTIONS),
        [layer["name"] for layer in run["layers"]],
        [each["name"] for each in run["classes"]],
    )


@pytest.fixture
def cube(browser: Browser, standing_board: TensorBoard) -> Iterator[Tab]:
    with tab_of(browser, standing_board.url) as tab:
        tab.open(STRICT)
        expect(chart(tab).locator("canvas")).to_be_visible()
        expect(chart(tab).locator("canvas")).not_to_have_attribute("width", "300")
        yield tab


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
    plan = faces(tab)
    colored = near(image, color)
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
    found = lit(tab, color)
    assert min(found.values()) >= 10, found


def read_outs(tab: Tab, points: list[tuple[float, float]]) -> list[str]:
    """What the cube says while the pointer goes over some points."""
    script = """async (cube, points) => {
        const { left, top } = cube.getBoundingClientRect();
        const answers = [];
        for (const [x, y] of points) {
            const at = { clientX: left + x, clientY: top + y, bubbles: true };
            cube.dispatchEvent(new PointerEvent('pointermove', at));
            await new Promise((resolve) => setTimeout(resolve));
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


def test_p1_from_the_front_by_mouse(cube: Tab, related: Related) -> None:
    # Pick anomaly filters of a layer on the front: those of the paper's b1.
    b1 = EPISODES["b1"]
    x, y = find_row(cube, b1.layer, "filters 3, 17, 29")
    click(cube, (x, y))
    # Along the rows to the right: which classes they have an impact on.
    expected = related.classes_of(b1.layer, 3)
    planted = {related.classes[c] for _, classes in b1.flips for c in classes}
    assert expected == planted
    expect(selection(cube, "A")).to_contain_text("conv1, filters 3, 17, 29")
    expect(selection(cube, "A")).to_contain_text(f"Classes {len(expected)}")
    # And on top: how these classes evolve, and at which iterations they flip.
    expect(selection(cube, "A")).to_contain_text("Iterations 2 of")
    assert_lit_everywhere(cube)
    shown = selection(cube, "A").get_by_role("heading", level=3)
    assert {text.split(" at ")[0] for text in shown.all_inner_texts()} <= expected
    # Their images at these iterations.
    images = selection(cube, "A").get_by_role("img")
    expect(images.first).to_be_visible()
    state(cube, "!A*0.3..")


def state(tab: Tab, part: str) -> str:
    """The address, once some part is in it."""
    tab.page.wait_for_function("(part) => location.hash.includes(part)", arg=part)
    return tab.state()


def test_p2_from_the_top_by_mouse(cube: Tab, related: Related) -> None:
    # Mark anomaly iterations of two classes on top.
    b2 = EPISODES["b2"]
    ((at, classes),) = b2.flips
    names = [related.classes[c] for c in classes]
    plan = faces(cube)
    u = (step_of(at) - STEP_INTERVAL / 2) / (750 * STEP_INTERVAL)
    along = [plan.top(u, float(v)) for v in np.linspace(0.001, 0.999, 500)]
    points: dict[str, tuple[float, float]] = {}
    for point, text in zip(along, read_outs(cube, along), strict=True):
        name, _, iteration = text.partition(" · ")
        if name in names and iteration == f"iteration {step_of(at):,}" and len(points) < 2:
            points.setdefault(name, point)
    first, second = points.values()
    click(cube, first)
    click(cube, second, more=True)
    cube.page.wait_for_function("/!A[*][^!*]+[*][^!*]+/.test(location.hash)")
    # The correlation's columns: which rows have anomaly filters, and that b2's are among them.
    expect(selection(cube, "A")).to_contain_text("Classes 2")
    expect(selection(cube, "A")).to_contain_text("Iterations 1 of")
    assert_lit_everywhere(cube)
    marks = {
        (cell["layer"], mark["mini_set"])
        for cell in related.answer["cells"]
        if cell["class"] in points
        for mark in cell["marks"]
        if mark["step"] == step_of(at)
    }
    assert (b2.layer, related.mini_set(b2.layer, 100)[0]) in marks
    expect(selection(cube, "A")).to_contain_text(f"in {len(marks)} mini-sets of")


def test_p3_from_the_right_by_mouse(cube: Tab, related: Related) -> None:
    # A horizontal line on the right: its mini-set.
    plan = faces(cube)
    b1 = EPISODES["b1"]
    _, y = find_row(cube, b1.layer, "filters 3, 17, 29")
    v = (y - plan.y) / plan.rows
    along = [plan.right(float(u), v) for u in np.linspace(0.001, 0.999, 900)]
    said = read_outs(cube, along)
    line = next(i for i, text in enumerate(said) if text == "conv1, filters 3, 17, 29")
    click(cube, along[line])
    expect(selection(cube, "A")).to_contain_text("Classes 8")
    assert_lit_everywhere(cube)
    # One rectangle on it: the mini-set with one class at one iteration.
    name = next(text for text in said if "iteration" in text).split(" · ")[1]
    mark = [i for i, text in enumerate(said) if f" · {name} · iteration" in text]
    assert name in related.classes_of(b1.layer, 3)
    click(cube, along[mark[len(mark) // 2]])
    expect(selection(cube, "A")).to_contain_text("Classes 1")
    expect(selection(cube, "A")).to_contain_text("Iterations 1 of")
    assert_lit_everywhere(cube)


def test_p1_p2_p3_by_keyboard(cube: Tab, related: Related) -> None:
    focus = chart(cube)
    focus.focus()

    def press(*keys: str) -> None:
        for key in keys:
            cube.page.keyboard.press(key)

    def walk_until(key: str, words: str) -> None:
        for _ in range(400):
            if words in read_out(cube):
                return
            before = read_out(cube)
            press(key)
            assert read_out(cube) != before, f"{words} is nowhere"
        raise AssertionError(words)

    # P1: the front, down to the filters, along them to the classes.
    press("1")
    expect(focus).to_have_attribute("data-face", "front")
    walk_until("ArrowDown", "conv1, filters 3, 17, 29")
    press("Enter")
    expect(selection(cube, "A")).to_contain_text("Classes 8")
    assert_lit_everywhere(cube)

    # P3: the right, along the line of the same filters to its first rectangle; into B.
    focus.focus()
    press("g", "3")
    walk_until("ArrowDown", "conv1, filters 3, 17, 29")
    press("ArrowRight")
    name = read_out(cube).split(" · ")[1]
    assert name in related.classes_of("conv1", 3)
    press("Enter")
    expect(selection(cube, "B")).to_contain_text("Classes 1")
    assert_lit_everywhere(cube, B)

    # P2: the top, to the class and its first anomaly iteration; more of it with Shift.
    focus.focus()
    press("2")
    walk_until("ArrowUp", name)
    press("ArrowRight", "Enter")
    expect(selection(cube, "B")).to_contain_text(re.compile(rf"{name} · iteration [\d,]+"))
    assert_lit_everywhere(cube, B)
    state(cube, "!A*")
    state(cube, "!B*")

    # Esc lets go of one after the other.
    press("Escape")
    expect(selection(cube, "B")).to_have_count(0)
    press("Escape")
    expect(selection(cube, "A")).to_have_count(0)
    assert max(lit(cube, A).values()) == 0


def test_restless_filters_stand_out(cube: Tab, related: Related) -> None:
    """As d1 and e1 in the paper's Fig. 9: they change all the time, also late in the training."""
    at, filters = related.mini_set(TRUTH.restless_layer, TRUTH.restless[0])
    assert filters == list(TRUTH.restless)
    assert at >= 0
    words = f"filters {', '.join(map(str, TRUTH.restless))}"
    _, y = find_row(cube, TRUTH.restless_layer, words)
    cube.page.mouse.move(2, 2)
    image = pixels(chart(cube))
    plan = faces(cube)
    late = slice(round(plan.front(0.87, 0)[0]), round(plan.front(0.98, 0)[0]))
    # Viridis runs from violet to yellow: what changes much is bright in red and green.
    bright = image[..., :2].sum(axis=2) / 2
    own = bright[round(y), late].mean()
    others = bright[round(plan.y) + 6 : round(plan.bottom) - 6, late]
    assert own > 160
    assert np.median(others) < 90


@pytest.mark.parametrize("detail", ["abstract", "advanced"])
def test_the_grid_is_what_the_log_says(
    browser: Browser, standing_board: TensorBoard, related: Related, detail: str
) -> None:
    """The table, and the pixels of cells with and without anomaly filters."""
    with tab_of(browser, standing_board.url) as tab:
        tab.open(f"1!v*correlation!m*0.6!K*40!O*name!D*{detail}")
        view = tab.region("Correlation view")
        grid = view.get_by_role("application")
        expect(grid.locator("canvas")).to_be_visible()
        image = pixels(grid)
        box = grid.bounding_box()
        assert box
        left, right, top, bottom = 168, box["width"] - 64, 30, box["height"] - 78
        inside = image[top + 1 : round(bottom) - 1, left + 1 : round(right) - 1]
        blue = inside[..., 2] - inside[..., 0] > 17
        layers = [row["layer"] for row in related.answer["layers"]]
        classes = sorted(each["class"] for each in related.answer["classes"])
        if detail == "abstract":
            filled = {(c["layer"], c["class"]) for c in related.answer["cells"]}
            # A row is as blue as the share of classes that it has filters of.
            for row, layer in enumerate(layers):
                middle = blue[round((row + 0.5) * len(blue) / len(layers))]
                share = len({name for own, name in filled if own == layer}) / len(classes)
                assert abs(middle.mean() - share) < 0.02
        view.get_by_role("button", name="Table", exact=True).click()
        rows_text = view.get_by_role("row").all_inner_texts()[1:]
        assert len(rows_text) > 100
        ranked = sorted(related.answer["cells"], key=lambda cell: -cell["filters"])
        assert len(rows_text) == min(500, len(ranked))
        by_cell = {(c["layer"], c["class"]): c for c in ranked}
        for text in rows_text[:: len(rows_text) // 40]:
            layer, name, *numbers = text.split("\t")
            cell = by_cell[layer, name]
            sets = [mark["mini_set"] for mark in cell["marks"]]
            steps = next(e["steps"] for e in related.answer["classes"] if e["class"] == name)
            most = max((sets.count(i) for i in sets), default=0)
            assert [int(n) for n in numbers] == [cell["filters"], len(set(sets)), most, len(steps)]


def test_controls_are_in_step_and_the_ranking_tells_its_chance(
    browser: Browser, standing_board: TensorBoard
) -> None:
    with tab_of(browser, standing_board.url) as tab:
        tab.open("1!v*validation!m*0.6!w*7")
        tab.frame.get_by_role("tab", name="Correlation").click()
        view = tab.region("Correlation view")
        expect(view.get_by_label("Window")).to_have_value("7")
        ranking = tab.region("Ranked mini-sets")
        expect(ranking).to_contain_text("1,000 shuffles of")
        expect(ranking).to_contain_text("some sharing is chance")
        answer = standing_board.json(
            "mini_set_surprise",
            run="resnet50",
            shuffles=1000,
            **{**OPTIONS, "window": 7, "top_k": 100},
        )
        most = max(answer["mini_sets"], key=lambda one: one["classes"])
        first = ranking.get_by_role("listitem").first
        expect(first).to_contain_text(f"{most['classes']} classes")
        expect(first).to_contain_text(most["layer"])
        # The restless filters meet every class because they always move: no surprise at all.
        expect(first).to_contain_text("p 1.000")
        ranking.get_by_role("button", name="Come back for one class").click()
        # The paper's c1: filters that come back for the class of gongs.
        expect(ranking.get_by_role("listitem").first).to_contain_text(
            re.compile(r"layer3\.4\.conv2 filters 7, 19.*gong")
        )

        view.get_by_label("Min. score").fill("0.95")
        expect(view).to_contain_text("No class flips as much")
        tab.frame.get_by_role("tab", name="Validation").click()
        expect(tab.region("Validation view").get_by_label("Min. score")).to_have_value("0.95")


def test_unfolds_zooms_and_is_reproduced_by_its_link(cube: Tab, browser: Browser) -> None:
    folded = pixels(chart(cube))
    plan = faces(cube)
    # The inner edge between the front and the right face.
    x, y = plan.right(0, 0.6)
    box = chart(cube).bounding_box()
    assert box
    cube.page.mouse.move(box["x"] + x, box["y"] + y)
    cube.page.mouse.down()
    cube.page.mouse.move(box["x"] + x - 90, box["y"] + y, steps=4)
    cube.page.mouse.up()
    corner = 0.59 - 90 / (plan.width - 208)
    script = "(x) => Math.abs(location.hash.match(/!E[*](\\d+)|$/)[1] / 1000 - x) < 0.01"
    cube.page.wait_for_function(script, arg=corner)

    cube.region("Cube").get_by_role("button", name="Unfolded").click()
    cube.page.mouse.move(box["x"] + plan.left + 60, box["y"] + plan.y + 80)
    cube.page.keyboard.down("Control")
    cube.page.mouse.wheel(0, -400)
    cube.page.keyboard.up("Control")
    for part in ("!U*1", "!Y*", "!z*"):
        link = state(cube, part)
    cube.page.mouse.move(2, 2)
    shown = pixels(chart(cube))
    assert np.abs(shown - folded).mean() > 5

    with tab_of(browser, cube.url) as other:
        other.open(link)
        expect(chart(other).locator("canvas")).not_to_have_attribute("width", "300")
        other.page.wait_for_timeout(300)
        other.page.mouse.move(2, 2)
        same = np.abs(pixels(chart(other)) - shown).max(axis=2) < 12
        assert same.mean() > 0.995


def test_saves_the_cube_for_print(cube: Tab, tmp_path: Path) -> None:
    view = cube.region("Cube")
    save = view.get_by_role("group", name="Save the cube")
    plan = faces(cube)
    with cube.page.expect_download() as png:
        save.get_by_role("button", name="PNG").click()
    png.value.save_as(tmp_path / "cube.png")
    image = Image.open(tmp_path / "cube.png")
    assert image.width >= 3 * plan.width
    shown = pixels(chart(cube))
    small = np.asarray(image.convert("RGB").resize((plan.width, plan.height))).astype(np.int64)
    for face in ("front", "top", "right"):
        mask = plan.mask(face)
        assert np.abs(small[mask].mean(axis=0) - shown[mask].mean(axis=0)).max() < 20

    with cube.page.expect_download() as svg:
        save.get_by_role("button", name="SVG").click()
    svg.value.save_as(tmp_path / "cube.svg")
    root = ET.parse(tmp_path / "cube.svg").getroot()
    tags = [element.tag.rsplit("}")[-1] for element in root.iter()]
    # Three faces and two scales as pixels; names and numbers as text.
    assert tags.count("image") == 5
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    assert {"fc", "top: error rate", "iterations; ▲ anomaly iterations"} <= texts


def test_a_real_run_and_axe(browser: Browser, digits_board: TensorBoard) -> None:
    with tab_of(browser, digits_board.url, width=900) as tab:
        tab.open("1!v*correlation!w*1!m*0.05")
        grid = tab.region("Correlation view").get_by_role("application")
        grid.focus()
        tab.page.keyboard.press("ArrowDown")
        expect(grid.locator("[aria-live]")).not_to_be_empty()
        tab.page.keyboard.press("ArrowRight")
        tab.page.keyboard.press("Enter")
        expect(selection(tab, "A")).to_be_visible()
        assert tab.serious_axe_findings() == []
        tab.frame.get_by_role("tab", name="Cube").click()
        expect(chart(tab).locator("canvas")).to_be_visible()
        expect(selection(tab, "A").get_by_role("img").first).to_be_visible()
        tab.dark()
        assert tab.serious_axe_findings() == []
