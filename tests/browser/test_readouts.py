"""The read-out at the pointer: beside what it is about, and only while it is read."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.tab import Tab


def readout(tab: Tab) -> Locator:
    return tab.frame.locator(".readout")


def test_the_timeline_is_read_at_the_pointer(digits_tab: Tab) -> None:
    plot = digits_tab.frame.get_by_role("img", name=re.compile("^Curves over iterations"))
    box = plot.bounding_box()
    assert box
    page = digits_tab.page
    expect(readout(digits_tab)).to_have_count(0)
    before = digits_tab.evaluate("document.querySelector('[role=treeitem]').offsetTop")
    for share in (0.02, 0.5, 0.98):
        x, y = box["x"] + share * box["width"], box["y"] + 30
        page.mouse.move(x, y)
        expect(readout(digits_tab)).to_contain_text(
            re.compile(r"Iteration [\d,]+.*Validation error")
        )
        # The same as is said to those who do not see it.
        said = plot.get_attribute("aria-label") or ""
        for word in readout(digits_tab).locator("dd").all_inner_texts():
            assert word in said
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
