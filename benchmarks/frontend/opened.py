"""The tab, opened as a link opens it, and how long that takes."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.tab import Tab, tab_of

PAGE = Path(__file__).with_name("page.js")


def first_paint(browser: Browser, url: str, state: str, ready: str) -> float:
    """Milliseconds from opening the tab's frame until something is there."""
    with Opened(browser, url, state, ready) as tab:
        tab.page.wait_for_timeout(100)
        found: float = tab.evaluate("() => bench.first.ready")
        return found


class Opened:
    """The tab with a state, as soon as something is there in it."""

    def __init__(self, browser: Browser, url: str, state: str, ready: str) -> None:
        self._context = tab_of(browser, url)
        self._state = state
        self._ready = ready

    def __enter__(self) -> Tab:
        tab = self._context.__enter__()
        tab.page.add_init_script(PAGE.read_text())
        watch = f"window.parent === window || bench.watch('ready', {self._ready!r})"
        tab.page.add_init_script(watch)
        tab.open(self._state)
        tab.frame.locator(self._ready).first.wait_for(state="attached")
        tab.page.wait_for_timeout(1000)
        return tab

    def __exit__(self, *error: object) -> None:
        self._context.__exit__(None, None, None)
