"""How much of a small window the charts get, and what stands above them on demand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.tab import tab_of
from tests.tensorboard_process import TensorBoard
from tests.waiting import until

LINES = 2
LINE = 28
VIEWS = {
    "Validation": "Validation view",
    "Confusion": "Confusion view",
    "Images": "Images view",
    "Layers": "Layer view",
    "Correlation": "Correlation view",
    "Cube": "Cube",
    "Map": "Map view",
}


@pytest.mark.parametrize("run", ["digits", "standing"])
def test_what_stands_above_a_chart_takes_two_lines(
    browser: Browser, run: str, request: pytest.FixtureRequest
) -> None:
    board: TensorBoard = request.getfixturevalue(f"{run}_board")
    with tab_of(browser, board.url, 1100, 800) as tab:
        # With filters on screen, the Layer View has the most controls.
        tab.open("2!layers.openLayers*0")
        for name, region in VIEWS.items():
            tab.frame.get_by_role("tab", name=name, exact=True).click()
            tab.quiet()
            header = tab.region(region).locator("header")
            if (run, name) == ("standing", "Map"):
                expect(header).to_have_count(0)
                continue
            box = header.bounding_box()
            assert box
            assert box["height"] <= LINES * LINE + 16, name


def gap(below: Locator, above: Locator) -> float | None:
    """From the end of one element to the beginning of another, in pixels; None: unseen."""
    upper, lower = above.bounding_box(), below.bounding_box()
    return lower["y"] - upper["y"] - upper["height"] if upper and lower else None


def test_choices_open_below_their_button_and_close_with_escape(
    browser: Browser, digits_board: TensorBoard
) -> None:
    with tab_of(browser, digits_board.url, 1100, 800) as tab:
        tab.open("2!screen.view*correlation!screen.selected*class*3")
        tab.quiet()
        options = tab.options("Correlation view")
        expect(options.get_by_label("Top filters")).to_be_visible()
        box = options.bounding_box()
        button = tab.region("Correlation view").get_by_role("button", name="Options")
        above = button.bounding_box()
        assert box
        assert above
        assert box["y"] >= above["y"] + above["height"]
        assert box["x"] + box["width"] <= 1100
        assert tab.serious_axe_findings() == []
        # It goes where the button goes.
        tab.page.set_viewport_size({"width": 700, "height": 800})
        until(lambda: (button.bounding_box() or {}) != above)
        until(lambda: gap(options, button) == box["y"] - above["y"] - above["height"])
        tab.page.set_viewport_size({"width": 1100, "height": 800})
        until(lambda: options.bounding_box() == box)
        # Escape closes it, and what is selected stays so.
        options.get_by_label("Top filters").press("Escape")
        expect(options).to_be_hidden()
        button.press("Enter")
        expect(options).to_be_visible()
        button.press("Escape")
        expect(options).to_be_hidden()
        assert "screen.selected*class*3" in tab.state()
        # What is not as the run suggests is marked, closed as well.
        button.press("Enter")
        options.get_by_label("Min. appearances").fill("2")
        expect(button).to_have_attribute("data-changed", "")
