"""The cube as a user sees it, on the planted truth: the paper's pipelines (section 7.4)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, expect

from benchmarks.planted import STEP_INTERVAL, plant
from tests.browser.cube import (
    A,
    B,
    Faces,
    Related,
    assert_lit_everywhere,
    chart,
    click,
    faces,
    find_row,
    lit,
    pixels,
    read_out,
    read_outs,
    selection,
    state,
)
from tests.browser.tab import Tab, tab_of
from tests.waiting import until

TRUTH = plant()
EPISODES = {episode.name: episode for episode in TRUTH.episodes}


def step_of(dump: int) -> int:
    return (dump + 1) * STEP_INTERVAL


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
    state(cube, "correlation.picksA*0.3..")


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
    cube.page.wait_for_function("/picksA[*][^!*]+[*][^!*]+/.test(location.hash)")
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
    state(cube, "correlation.picksA*")
    state(cube, "correlation.picksB*")

    picked = lit(cube, A)

    # Esc lets go of one after the other.
    press("Escape")
    expect(selection(cube, "B")).to_have_count(0)
    press("Escape")
    expect(selection(cube, "A")).to_have_count(0)
    # Some pixels of error rates have nearly the same colour.
    assert all(count < picked[face] / 4 for face, count in lit(cube, A).items())


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
    script = "(x) => Math.abs(location.hash.match(/corner[*](\\d+)|$/)[1] / 1000 - x) < 0.01"
    cube.page.wait_for_function(script, arg=corner)

    cube.region("Cube").get_by_role("button", name="Unfolded").click()
    cube.page.mouse.move(box["x"] + plan.left + 60, box["y"] + plan.y + 80)
    cube.page.keyboard.down("Control")
    cube.page.mouse.wheel(0, -400)
    cube.page.keyboard.up("Control")
    for part in ("cube.unfolded*1", "correlation.layerZoom*", "axis.zoom*"):
        link = state(cube, part)
    cube.page.mouse.move(2, 2)
    shown = pixels(chart(cube))
    height = min(len(shown), len(folded))
    assert np.abs(shown[:height] - folded[:height]).mean() > 5

    with tab_of(browser, cube.url) as other:
        other.open(link)
        expect(chart(other).locator("canvas")).not_to_have_attribute("width", "300")
        other.page.mouse.move(2, 2)

        def alike() -> bool:
            both = [pixels(chart(each)) for each in (cube, other)]
            if both[0].shape != both[1].shape:
                return False
            same = np.abs(both[0] - both[1]).max(axis=2) < 12
            return bool(same.mean() > 0.995)

        # Answers may be a moment behind.
        until(alike)


def test_saves_the_cube_for_print(cube: Tab, tmp_path: Path) -> None:
    view = cube.region("Cube")
    save = view.get_by_role("group", name="Save the cube")
    with cube.page.expect_download() as png:
        save.get_by_role("button", name="PNG").click()
    png.value.save_as(tmp_path / "cube.png")
    image = Image.open(tmp_path / "cube.png")
    shown = pixels(chart(cube))
    plan = Faces(shown.shape[1], shown.shape[0])
    assert image.width >= 3 * plan.width
    small = np.asarray(image.convert("RGB").resize((plan.width, plan.height))).astype(np.int64)
    for face in ("front", "top", "right"):
        mask = plan.mask(face)
        assert np.abs(small[mask].mean(axis=0) - shown[mask].mean(axis=0)).max() < 20

    with cube.page.expect_download() as svg:
        save.get_by_role("button", name="SVG").click()
    svg.value.save_as(tmp_path / "cube.svg")
    root = ET.parse(tmp_path / "cube.svg").getroot()
    tags = [element.tag.rsplit("}")[-1] for element in root.iter()]
    # Three faces and three scales as pixels; names and numbers as text.
    assert tags.count("image") == 6
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    assert {"fc", "top: error rate", "iterations; ▲ anomaly iterations"} <= texts
