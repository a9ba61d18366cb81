"""Links that 0.1.0 wrote show what they showed; and today's say the same in their own words."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.cube import chart, selection
from tests.browser.tab import Tab, tab_of
from tests.tensorboard_process import TensorBoard


def opened(tab: Tab, old: str, new: str) -> None:
    """Opens a link of 0.1.0, and waits until the address is that of today."""
    tab.open_page(f"1!r*resnet50!{old}")
    expected = f"2!screen.run*resnet50!{new}"
    tab.page.wait_for_function("(it) => location.hash.endsWith(`s=${it}`)", arg=expected)


def test_validation(browser: Browser, standing_board: TensorBoard) -> None:
    with tab_of(browser, standing_board.url) as tab:
        opened(
            tab,
            "z*200000*700000!s*540800!e*class*2!d*540800*jump*99200*peak!c*802!p*2!u*error!w*4",
            "screen.selected*class*2!axis.step*540800!axis.zoom*200000*700000"
            "!axis.markers*99200*peak*540800*jump!validation.k*4!validation.openClasses*802"
            "!validation.pinned*2!validation.classSort*error!anomalies.window*4"
            "!anomalies.minScore*0.2!layers.sharedScale*0!layers.logColors*0!correlation.topK*100",
        )
        view = tab.region("Validation view")
        expect(view.get_by_role("treeitem").first).to_contain_text("mushroom")
        expect(view.get_by_label("Window")).to_have_value("4")
        expect(view.get_by_role("combobox", name="Classes by")).to_have_value("error")
        inspector = tab.frame.get_by_label("Inspector")
        expect(inspector.get_by_role("heading", name="mushroom")).to_be_visible()
        expect(inspector.get_by_role("heading", name="Iteration 540,800 pinned")).to_be_visible()
        marker = tab.frame.get_by_role(
            "textbox", name=re.compile("Name of the marker at .*540,800")
        )
        expect(marker).to_have_value("jump")
        first = tab.frame.get_by_role("slider", name="First iteration shown")
        expect(first).to_have_attribute("aria-valuenow", "200000")


def test_layers_and_kernels(browser: Browser, standing_board: TensorBoard) -> None:
    with tab_of(browser, standing_board.url) as tab:
        opened(
            tab,
            "v*layers!n**1!F*1!M*1!C*horizon!H*2!L*3!e*filter*0*17",
            "screen.view*layers!screen.selected*filter*0*17!validation.k*4!anomalies.window*5"
            "!anomalies.minScore*0.2!layers.closedNodes**1"
            "!layers.sharedScale*0!layers.chart*horizon!layers.bands*2!layers.overlaid*3"
            "!layers.openLayers*1!layers.logColors*0!kernels.shown*1!correlation.topK*100",
        )
        view = tab.region("Layer view")
        expect(view.get_by_label("conv1 as images")).to_be_checked()
        expect(view.get_by_role("button", name="Horizon")).to_have_attribute("aria-pressed", "true")
        expect(view.get_by_label("Bands")).to_have_value("2")
        expect(tab.region("Overlaid layers").get_by_role("listitem")).to_have_count(1)
        expect(tab.frame.get_by_role("img", name="Filter 17")).to_be_visible()


def test_cube(browser: Browser, standing_board: TensorBoard) -> None:
    with tab_of(browser, standing_board.url) as tab:
        opened(
            tab,
            "v*cube!m*0.5!K*60!O*similarity!A*0.3..!B*..6.!U*1",
            "screen.view*cube!validation.k*4!anomalies.window*5!anomalies.minScore*0.5"
            "!layers.sharedScale*0!layers.logColors*0!correlation.topK*60"
            "!correlation.classOrder*similarity!correlation.picksA*0.3..!correlation.picksB*..6."
            "!cube.unfolded*1",
        )
        expect(chart(tab).locator("canvas")).to_be_visible()
        expect(selection(tab, "A")).to_contain_text("conv1, filter")
        expect(selection(tab, "B")).to_be_visible()
        unfolded = tab.region("Cube").get_by_role("button", name="Unfolded")
        expect(unfolded).to_have_attribute("aria-pressed", "true")
        expect(tab.region("Cube").get_by_label("Top filters")).to_have_value("60")
