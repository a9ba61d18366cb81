"""A part of the screen that fails says so and can be tried again; the others go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.tab import Tab, tab_of
from tests.tensorboard_process import TensorBoard


@pytest.fixture
def tab(browser: Browser, digits_board: TensorBoard) -> Iterator[Tab]:
    """A tab whose console may complain: that is what these tests are about."""
    with tab_of(browser, digits_board.url) as tab:
        yield tab
        tab.complaints.clear()


def spoil(tab: Tab, route: str, **fields: Any) -> None:
    """Has a route answer with other fields than it promises."""

    def answer(asked: Route) -> None:
        response = asked.fetch()
        asked.fulfill(response=response, body=json.dumps({**response.json(), **fields}))

    tab.page.route(f"**/plugin/deeptracker/{route}?*", answer)


def test_a_view_fails_alone_and_is_tried_again(tab: Tab) -> None:
    place = {"layer": 0, "filter": None, "step": 0, "until": 0, "value": 1, "unknown": False}
    spoil(tab, "findings", findings=[{"rule": None, "title": "t", "says": "", "places": [place]}])
    tab.open("1!v*findings")
    alert = tab.frame.get_by_role("main").get_by_role("alert")
    expect(alert).to_contain_text("Findings failed.")
    expect(tab.frame.get_by_label("Timeline", exact=True)).to_contain_text("Validation error")
    expect(tab.frame.get_by_label("Inspector")).to_contain_text("Iteration")
    assert any("TypeError" in complaint for complaint in tab.complaints)

    tab.frame.get_by_role("tab", name="Validation").click()
    expect(tab.region("Validation view").get_by_role("treeitem").first).to_be_visible()
    # Whoever comes back asks again: an answer on its way would mend the view by itself.
    with tab.page.expect_response("**/plugin/deeptracker/findings?*"):
        tab.frame.get_by_role("tab", name="Findings").click()
    expect(alert).to_contain_text("Findings failed.")

    tab.page.unroute("**/plugin/deeptracker/findings?*")
    alert.get_by_role("button", name="Try again").click()
    expect(tab.region("Findings").get_by_role("heading").nth(1)).to_be_visible()
    expect(alert).to_have_count(0)


def test_a_section_of_the_inspector_fails_alone(tab: Tab) -> None:
    spoil(tab, "run", edges=None)
    tab.open("1!e*layer*1")
    inspector = tab.frame.get_by_label("Inspector")
    expect(inspector.get_by_role("alert")).to_contain_text("layers failed.")
    expect(inspector).to_contain_text("Anomaly iterations")
    label = tab.region("Validation view").locator("[data-row^='cluster-'] .label").first
    label.click()
    expect(inspector.get_by_role("alert")).to_have_count(0)
    expect(inspector).to_contain_text(" ".join(label.inner_text().split()[:2]))


def test_a_click_that_fails_leaves_its_part_there(tab: Tab) -> None:
    tab.open("1!v*layers")
    view = tab.region("Layer view")
    expect(view.get_by_role("treeitem").first).to_be_visible()
    # Nothing in the tab fails by itself: an attribute that it reads does, of whichever row is there
    # when it is clicked.
    tab.evaluate("""() => {
        const { get } = Object.getOwnPropertyDescriptor(HTMLElement.prototype, 'dataset');
        Object.defineProperty(HTMLElement.prototype, 'dataset', { get() {
            if (this.hasAttribute('data-row')) throw new Error('no rows today');
            return get.call(this);
        } });
    }""")
    view.get_by_role("treeitem").first.locator(".label").click()
    expect(tab.frame.get_by_role("main").get_by_role("alert")).to_contain_text("no rows today")
    expect(view.get_by_role("treeitem").nth(1)).to_be_visible()
