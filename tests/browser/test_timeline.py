"""The timeline: zooming, the brush, markers, the training curve; the same in every view."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.pixels import darkness, picture
from tests.browser.tab import Tab, tab_of
from tests.tensorboard_process import TensorBoard


def timeline(tab: Tab) -> Locator:
    return tab.frame.get_by_role("region", name="Timeline", exact=True)


def shown(tab: Tab) -> tuple[float, float]:
    """First and last iteration on screen, as the brush's borders say."""
    names = ("First iteration shown", "Last iteration shown")
    first, last = (
        float(timeline(tab).get_by_role("slider", name=name).get_attribute("aria-valuenow") or "")
        for name in names
    )
    return first, last


def test_the_wheel_zooms_at_the_pointer(digits_tab: Tab) -> None:
    page = digits_tab.page
    plot = timeline(digits_tab).locator(".plot")
    box = plot.bounding_box()
    assert box
    whole = shown(digits_tab)
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 30)
    page.keyboard.down("Control")
    for _ in range(4):
        page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    expect(digits_tab.frame.get_by_role("button", name="Show all iterations")).to_be_visible()
    first, last = shown(digits_tab)
    assert last - first < (whole[1] - whole[0]) / 2
    # What is under the pointer has stayed there.
    under = whole[0] + (whole[1] - whole[0]) / 4
    assert abs(first + (last - first) / 4 - under) < 0.01 * (whole[1] - whole[0])

    page.keyboard.down("Shift")
    page.mouse.wheel(0, 200)
    page.keyboard.up("Shift")
    moved = shown(digits_tab)
    assert moved[0] > first
    assert abs((moved[1] - moved[0]) - (last - first)) < 1e-6 * whole[1]
    plot.dblclick()
    expect(digits_tab.frame.get_by_role("button", name="Show all iterations")).to_have_count(0)
    assert shown(digits_tab) == whole


# Where the first row is whenever the screen is drawn.
_ROWS = """(() => {
  window.tops = [];
  const look = () => {
    const row = document.querySelector('[role=treeitem]');
    if (row) window.tops.push(row.getBoundingClientRect().top);
    requestAnimationFrame(look);
  };
  look();
})()"""


def test_what_arrives_later_moves_nothing(browser: Browser, digits_board: TensorBoard) -> None:
    with tab_of(browser, digits_board.url) as tab:
        tab.page.add_init_script(_ROWS)
        tab.open("2")
        expect(tab.frame.get_by_text("Learning rate", exact=True)).to_be_visible()
        expect(tab.region("Validation view")).to_contain_text(re.compile(r"[1-9]\d* anomalies at"))
        tab.quiet()
        tops = tab.evaluate("window.tops")
        assert len(tops) > 5
        assert len(set(tops)) == 1, sorted(set(tops))


def test_a_drag_selects_what_is_shown(digits_tab: Tab) -> None:
    view = digits_tab.region("Validation view")
    plot = view.get_by_role("tree").locator("[data-plot]").first
    box = plot.bounding_box()
    assert box
    whole = shown(digits_tab)
    mouse = digits_tab.page.mouse
    mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 10)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 14, steps=4)
    mouse.up()
    expect(digits_tab.frame.get_by_role("button", name="Show all iterations")).to_be_visible()
    first, last = shown(digits_tab)
    width = whole[1] - whole[0]
    assert abs(first - (whole[0] + width * 0.25)) < 0.02 * width
    assert abs(last - (whole[0] + width * 0.5)) < 0.02 * width
    # A drag pins nothing and selects nothing.
    expect(digits_tab.frame.get_by_label("Inspector").get_by_text("pinned")).to_have_count(0)
    for _ in range(3):
        digits_tab.page.keyboard.press("Escape")
    assert shown(digits_tab) == whole


def test_the_brush_by_keyboard_and_the_keys(digits_tab: Tab) -> None:
    whole = shown(digits_tab)
    border = timeline(digits_tab).get_by_role("slider", name="Last iteration shown")
    for _ in range(10):
        border.press("ArrowLeft")
    last = shown(digits_tab)[1]
    assert last < whole[1] - 0.15 * (whole[1] - whole[0])
    border.blur()
    before = shown(digits_tab)
    digits_tab.page.keyboard.press("w")
    first, last = shown(digits_tab)
    assert last - first < before[1] - before[0]
    digits_tab.page.keyboard.press("a")
    assert shown(digits_tab)[0] <= first


def test_markers_run_through_the_views(digits_tab: Tab, browser: Browser) -> None:
    frame = digits_tab.frame
    plot = timeline(digits_tab).locator(".plot")
    plot.click(position={"x": 300, "y": 30})
    inspector = frame.get_by_label("Inspector")
    heading = inspector.get_by_role("heading", name=re.compile("pinned")).inner_text()
    step = int(re.sub(r"\D", "", heading.split("\n")[0]))
    inspector.get_by_role("button", name="Set marker").click()
    name = timeline(digits_tab).get_by_role("textbox", name=re.compile("^Name of the marker"))
    expect(name).to_have_value("A")
    name.fill("here it jumps")
    name.press("Enter")
    # Without the crosshair the dotted line is alone there.
    plot.click(position={"x": 500, "y": 30})
    digits_tab.page.mouse.move(700, 5)
    box = plot.bounding_box()
    assert box
    for view in ("Validation", "Layers"):
        frame.get_by_role("tab", name=view).click()
        digits_tab.page.mouse.move(700, 5)
        region = digits_tab.region(f"{view.removesuffix('s')} view")
        expect(region.get_by_role("treeitem").first).to_be_visible()
        digits_tab.quiet()
        tree = region.get_by_role("tree")
        area = tree.bounding_box()
        assert area
        line = frame.locator(f"[data-marker='{step}']").first.bounding_box()
        assert line
        x = round(line["x"] - area["x"])
        marks = darkness(picture(tree))
        assert marks[:, x - 1 : x + 3].any(axis=1).mean() > 0.3, view

    digits_tab.page.wait_for_function("location.hash.includes('axis.markers*')")
    with tab_of(browser, digits_tab.url) as other:
        other.open(digits_tab.state())
        again = timeline(other).get_by_role("textbox", name=re.compile("^Name of the marker"))
        expect(again).to_have_value("here it jumps")
        timeline(other).get_by_role("button", name=re.compile("^Remove the marker")).click()
        expect(again).to_have_count(0)


def test_the_training_curve_is_a_choice(digits_tab: Tab, digits_board: TensorBoard) -> None:
    (run,) = digits_board.json("runs")["runs"]
    tags = list(digits_board.get("data/plugin/scalars/tags")[run["run"]])
    choice = timeline(digits_tab).get_by_role("combobox", name="Training curve")
    expect(choice.locator("option")).to_have_text(tags)
    curve = timeline(digits_tab).locator("[data-curves]")
    before = picture(curve)
    other = next(tag for tag in tags if tag != choice.input_value())
    choice.select_option(other)
    expect(choice).to_have_value(other)
    points = digits_board.get("data/plugin/scalars/scalars", run=run["run"], tag=other)
    digits_tab.page.wait_for_function("location.hash.includes('scalars.tag*')")
    expect(timeline(digits_tab).get_by_role("img")).to_have_attribute(
        "aria-label", re.compile(rf"{other} .*")
    )
    assert len(points) > 0
    digits_tab.quiet()
    assert (np.abs(picture(curve) - before).max(axis=-1) > 40).mean() > 0.002


def test_a_curve_that_is_no_error_has_an_axis_of_its_own(digits_tab: Tab) -> None:
    here = timeline(digits_tab)
    here.get_by_role("combobox", name="Training curve").select_option("loss/train")
    labels = here.locator("[data-axis]")
    expect(here.locator("[data-axis=linear]").first).to_be_visible()
    left = here.locator(".labels text:not([data-axis])").first
    expect(left).to_have_text(re.compile(r"^\d+%$"))
    here.get_by_role("combobox", name="Scale of its axis").select_option("log")
    expect(here.locator("[data-axis=log]").first).to_be_visible()
    digits_tab.page.wait_for_function("location.hash.includes('scalars.axis*log')")
    digits_tab.quiet()
    # Beside the plot, so that no curve crosses them.
    plot = here.locator("[data-curves]").bounding_box()
    assert plot
    for label in labels.all():
        box = label.bounding_box()
        assert box
        assert box["x"] > plot["x"] + plot["width"]
    rate = left.bounding_box()
    assert rate
    assert rate["x"] + rate["width"] < plot["x"]


def test_a_smoothed_curve_has_the_raw_one_behind_it(
    digits_tab: Tab, digits_board: TensorBoard
) -> None:
    here = timeline(digits_tab)
    here.get_by_role("combobox", name="Training curve").select_option("loss/train")
    expect(here.locator("path.raw")).to_have_count(0)
    here.get_by_role("slider", name="Smoothing").fill("0.9")
    expect(here.locator("path.raw")).to_have_count(1)
    digits_tab.page.wait_for_function("location.hash.includes('scalars.smoothing*0.9')")
    digits_tab.quiet()
    (run,) = digits_board.json("runs")["runs"]
    points = digits_board.get("data/plugin/scalars/scalars", run=run["run"], tag="loss/train")
    weights = 0.9 ** np.arange(len(points))[::-1]
    last = float(np.average([value for _, _, value in points], weights=weights))
    said = here.get_by_role("img").get_attribute("aria-label") or ""
    assert float(re.findall(r"smoothed ([\d.]+)", said)[0]) == pytest.approx(last, rel=1e-3)


def test_the_axis_is_read_in_the_unit_that_is_known(digits_tab: Tab) -> None:
    here = timeline(digits_tab)
    choice = here.get_by_role("combobox", name="Unit of the axis")
    expect(choice.locator("option", has_text="Epochs")).to_be_disabled()
    expect(choice.locator("option", has_text="Epochs")).to_contain_text("a scalar called epoch")
    choice.select_option("time")
    expect(here.locator("svg.axis text").last).to_have_text(re.compile(r"\d (s|min)$"))
    expect(here.get_by_role("img")).to_have_attribute("aria-label", re.compile(r" · \d+ (s|min)"))
    digits_tab.page.wait_for_function("location.hash.includes('axis.unit*time')")
    # Distances are in proportion to the time that passed.
    ticks = here.locator("svg.axis text")
    seconds = [
        sum(int(n) * {"s": 1, "min": 60}[unit] for n, unit in re.findall(r"(\d+) (s|min)", text))
        for text in ticks.all_text_contents()
    ]
    places = ticks.evaluate_all("its => its.map((it) => Number(it.getAttribute('x')))")
    assert len(seconds) > 2
    line = np.polyfit(seconds, places, 1)
    assert np.abs(np.polyval(line, seconds) - places).max() < 0.5


def test_the_curves_height_is_the_persons_own(digits_tab: Tab) -> None:
    here = timeline(digits_tab)
    curves = here.locator("[data-curves]")
    handle = here.get_by_role("separator", name="Height of the curves")
    before = curves.bounding_box()
    assert before
    assert before["height"] > 100
    for _ in range(3):
        handle.press("ArrowDown")
    expect(curves).to_have_attribute("height", str(round(before["height"]) + 30))
    box = handle.bounding_box()
    assert box
    mouse = digits_tab.page.mouse
    mouse.move(box["x"] + 300, box["y"] + 3)
    mouse.down()
    mouse.move(box["x"] + 300, box["y"] + 23, steps=3)
    mouse.up()
    expect(curves).to_have_attribute("height", str(round(before["height"]) + 50))
    digits_tab.page.wait_for_function("location.hash.includes('timeline.height')")
    digits_tab.page.goto("about:blank")
    digits_tab.open("2")
    expect(timeline(digits_tab).locator("[data-curves]")).to_have_attribute(
        "height", str(round(before["height"]) + 50)
    )
    expect(digits_tab.region("Validation view").get_by_role("treeitem").first).to_be_visible()
