"""The read-out at the pointer: beside what it is about, and only while it is read."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.tab import Tab
from tests.tensorboard_process import TensorBoard


def readout(tab: Tab) -> Locator:
    return tab.frame.locator(".readout")


def images_of_the_first_class(tab: Tab) -> Locator:
    """Their rows, opened."""
    view = tab.region("Validation view")
    expect(view).to_contain_text(re.compile("best separated|No clear clusters"))
    view.locator("[data-row^='class-']").first.locator(".label").click()
    rows = view.get_by_role("treeitem").filter(has_text=re.compile(r"\d+ images"))
    plot: Locator = rows.first.locator("[data-plot]")
    expect(plot.locator("canvas")).to_be_visible()
    tab.quiet()
    return plot


def test_the_timeline_is_read_at_the_pointer(digits_tab: Tab) -> None:
    plot = digits_tab.frame.get_by_role("img", name=re.compile("^Curves over iterations"))
    box = plot.bounding_box()
    assert box
    page = digits_tab.page
    expect(readout(digits_tab)).to_have_count(0)
    expect(digits_tab.frame.get_by_role("treeitem").first).to_be_visible()
    before = digits_tab.evaluate("document.querySelector('[role=treeitem]').offsetTop")
    for share in (0.02, 0.5, 0.98):
        x, y = box["x"] + share * box["width"], box["y"] + 30
        page.mouse.move(x, y)
        expect(readout(digits_tab)).to_contain_text(
            re.compile(r"Iteration [\d,]+.*Validation error")
        )
        # The same as is said to those who do not see it.
        for word in readout(digits_tab).locator("dd").all_inner_texts():
            expect(plot).to_have_attribute("aria-label", re.compile(re.escape(word.strip())))
        place = readout(digits_tab).bounding_box()
        assert place
        crosshair = digits_tab.frame.locator(".crosshair").first.bounding_box()
        assert crosshair
        assert place["x"] > crosshair["x"] or place["x"] + place["width"] < crosshair["x"]
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= digits_tab.evaluate("innerWidth")
    assert digits_tab.evaluate("document.querySelector('[role=treeitem]').offsetTop") == before
    digits_tab.frame.get_by_role("tab", name="Validation").focus()
    page.keyboard.press("Escape")
    expect(readout(digits_tab)).to_have_count(0)
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 30)
    expect(readout(digits_tab)).to_be_visible()
    page.mouse.move(box["x"] + 0.4 * box["width"], 5)
    expect(readout(digits_tab)).to_have_count(0)


def test_it_follows_the_keyboard(digits_tab: Tab) -> None:
    plot = digits_tab.frame.get_by_role("img", name=re.compile("^Curves over iterations"))
    plot.focus()
    digits_tab.page.keyboard.press("ArrowLeft")
    expect(readout(digits_tab)).to_be_visible()
    first = readout(digits_tab).inner_text()
    digits_tab.page.keyboard.press("ArrowLeft")
    expect(readout(digits_tab)).not_to_have_text(first)
    digits_tab.frame.get_by_role("tab", name="Layers").focus()
    expect(readout(digits_tab)).to_have_count(0)


def test_a_class_is_read_beside_its_cell(digits_tab: Tab, digits_board: TensorBoard) -> None:
    view = digits_tab.region("Validation view")
    expect(view).to_contain_text(re.compile("best separated|No clear clusters"))
    name = view.locator("[data-row^='class-'] .clipped").first.get_attribute("title")
    assert name
    row = view.locator("[data-row^='class-']").filter(
        has=digits_tab.frame.get_by_title(name, exact=True)
    )
    plot = row.locator("[data-plot]")
    plot.hover()
    expect(readout(digits_tab).locator("strong")).to_have_text(name)
    box = plot.bounding_box()
    assert box
    x = box["x"] + box["width"] / 2
    readings = dict(
        zip(
            readout(digits_tab).locator("dt").all_inner_texts(),
            readout(digits_tab).locator("dd").all_inner_texts(),
            strict=True,
        )
    )
    step = int(re.sub(r"\D", "", readings["Iteration"]))
    (run,) = digits_board.json("runs")["runs"]
    rates = digits_board.json("class_stat", run=run["run"], class_=name, window=5)
    rate = rates["error_rate"][rates["steps"].index(step)]
    assert readings["Error rate"].strip() == f"{100 * rate:.1f}%"
    place = readout(digits_tab).bounding_box()
    assert place
    assert not place["x"] <= x <= place["x"] + place["width"]


def test_an_image_is_read_with_its_prediction(digits_tab: Tab, digits_board: TensorBoard) -> None:
    plot = images_of_the_first_class(digits_tab)
    box = plot.bounding_box()
    assert box
    digits_tab.page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 40)
    expect(readout(digits_tab)).to_contain_text("Predicted as")
    text = readout(digits_tab).inner_text().split("\n")
    (run,) = digits_board.json("runs")["runs"]
    step = int(re.sub(r"\D", "", text[text.index("Iteration") + 1]))
    answer = digits_board.json("iteration_image", run=run["run"], step=step)
    at = [str(each) for each in answer["ids"]].index(text[0].split()[1])
    names = [each["name"] for each in digits_board.json("run", run=run["run"])["classes"]]
    predicted = answer["predicted"][at]
    assert text[text.index("Predicted as") + 1] == names[predicted]
    right = "correct" if predicted == answer["labels"][at] else "wrong"
    assert text[text.index("Result") + 1] == right


def test_a_prediction_strip_is_read(digits_tab: Tab) -> None:
    plot = images_of_the_first_class(digits_tab)
    plot.click(position={"x": 100, "y": 40})
    strip = digits_tab.frame.get_by_label("Inspector").locator(".strip").first
    strip.hover()
    expect(readout(digits_tab)).to_contain_text(re.compile(r"^Iteration [\d,]+"))
    expect(readout(digits_tab)).to_contain_text("Predicted as")
