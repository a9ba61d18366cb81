"""Every view without a mouse, at 200 % zoom, and to a screen reader."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.tab import Tab, tab_of
from tests.browser.test_site import VIEWS
from tests.tensorboard_process import TensorBoard

# Keeps what has the focus after each key: its name, whether it is seen to have it, and whether it
# has had it before.
_WATCH = """() => {
  window.reached = [];
  document.addEventListener('keyup', () => {
    const it = document.activeElement;
    if (it === null || it === document.body) return;
    const { outlineStyle, outlineWidth } = getComputedStyle(it);
    const { left, right, top, bottom, width } = it.getBoundingClientRect();
    const inWindow = width > 2 && right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
    window.reached.push({
      name: `${it.tagName} ${it.getAttribute('aria-label') ?? it.innerText ?? it.className}`,
      seen: inWindow && outlineStyle !== 'none' && parseFloat(outlineWidth) > 0,
      again: 'visited' in it.dataset,
    });
    it.dataset.visited = '';
  });
}"""
# Axe's rules about colours.
COLOURS = "color-contrast", "link-in-text-block"
# Keys between two looks at what they have reached.
_KEYS = 20
_LEFT_OUT = """() => [...document.querySelectorAll(
  'main :is(button, select, input, a[href], summary, [tabindex="0"]), aside button'
)].filter((it) => it.tabIndex >= 0 && !it.disabled && !('visited' in it.dataset)
  && it.checkVisibility({ visibilityProperty: true }))
  .map((it) => it.outerHTML.slice(0, 200))"""
_FORGET = """() => {
  document.querySelectorAll('[data-visited]').forEach((it) => delete it.dataset.visited);
  document.activeElement.dataset.visited = '';
}"""
# What is cut off at the sides, where nobody can scroll.
_CUT = """() => [...document.querySelectorAll(
  'header button, header input, main :is(button, select, input, h2), aside button'
)].filter((it) => it.checkVisibility({ visibilityProperty: true }))
  .filter((it) => {
    const { left, right } = it.getBoundingClientRect();
    return left < -1 || right > innerWidth + 1;
  }).map((it) => it.outerHTML.slice(0, 200))"""


def show(tab: Tab, view: str) -> None:
    tab.frame.get_by_role("tab", name=view, exact=True).click()
    expect(tab.region(VIEWS[view])).to_be_visible()
    tab.quiet()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, digits_board: TensorBoard, theme: str) -> None:
    with tab_of(browser, digits_board.url) as tab:
        tab.open("2")
        if theme == "dark":
            tab.dark()
        # Nothing but the colours differs between the themes.
        rules = COLOURS if theme == "dark" else ()
        for view in VIEWS:
            show(tab, view)
            assert tab.axe_findings(rules=rules) == [], view
        show(tab, "Validation")
        tab.region(VIEWS["Validation"]).get_by_role("button", name="Table", exact=True).click()
        assert tab.axe_findings(rules=rules) == []
        tab.frame.get_by_role("button", name="Help").click()
        expect(tab.frame.get_by_role("dialog")).to_be_visible()
        assert tab.axe_findings(rules=rules) == []


def test_all_is_reached_by_keyboard(browser: Browser, digits_board: TensorBoard) -> None:
    """And each is seen to have the focus, which leaves the tab in the end."""
    with tab_of(browser, digits_board.url) as tab:
        tab.open("2!screen.view*findings")
        tab.evaluate(_WATCH)
        for view in VIEWS:
            tab.quiet()
            tab.frame.get_by_role("tab", selected=True).focus()
            expect(tab.frame.get_by_role("tab", name=view, exact=True)).to_be_focused()
            tab.evaluate(_FORGET)
            for focused in reached(tab):
                assert focused["seen"], (view, focused)
            assert tab.evaluate(_LEFT_OUT) == [], view
            tab.frame.get_by_role("tab", selected=True).press("ArrowRight")


def reached(tab: Tab) -> Iterator[dict[str, Any]]:
    """What the Tab key leads to until it leaves the tab, or comes back to where it was."""
    while True:
        tab.evaluate("window.reached.length = 0")
        for _ in range(_KEYS):
            tab.page.keyboard.press("Tab")
        found = tab.evaluate("window.reached")
        new = list(takewhile(lambda focused: not focused["again"], found))
        yield from new
        if len(new) < _KEYS:
            return


def test_at_200_percent(browser: Browser, digits_board: TensorBoard) -> None:
    """A window of 1100 x 800 has half as many CSS pixels then."""
    with tab_of(browser, digits_board.url, 550, 400) as tab:
        tab.open("2")
        for view in VIEWS:
            show(tab, view)
            assert tab.evaluate(_CUT) == [], view
            for part, least in ((tab.region(VIEWS[view]), 200), (tab.frame.locator("aside"), 150)):
                part.scroll_into_view_if_needed()
                box = part.bounding_box()
                assert box
                assert box["height"] >= least, view
            # What is above and below can be brought into the window.
            tab.frame.get_by_role("contentinfo").hover()
            tab.frame.get_by_role("tab", name=view, exact=True).hover()
        assert tab.axe_findings() == []
