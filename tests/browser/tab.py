"""The tab as a user sees it, in a real Chromium before a real TensorBoard."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Frame,
    FrameLocator,
    Locator,
    Page,
    Playwright,
    expect,
)

from tests.browser.relay import Relay
from tests.waiting import PATIENCE

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_MILLISECONDS = 1000 * PATIENCE
# Where a page is that has been left, and what TensorBoard loads into the frame of a tab.
_LEFT = "#left"
_PLUGIN = "data/plugin_entry.html?name=deeptracker"
_AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

# Sizes are known to what is drawn a frame later, and drawn by the next.
_STILL_QUIET = """new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => {
    done(document.querySelector('main[data-loading]') === null);
  }));
})"""

expect.set_options(timeout=_MILLISECONDS)


def launch(playwright: Playwright) -> Browser:
    """The browser that `scripts/install` found or installed: the system's, or Playwright's own."""
    wanted = os.environ.get("CHROMIUM")
    found = wanted or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and Path(_MAC).exists():
        found = _MAC
    browser = playwright.chromium.launch(
        executable_path=found, args=[*_FLAGS], timeout=_MILLISECONDS
    )
    if delay := os.environ.get("DEEPTRACKER_TEST_DELAY"):
        _answer_late(browser, int(delay))
    return browser


# Answers come late, and in another order than they were asked for.
_LATE = """(() => {
  const ask = window.fetch;
  window.fetch = async (...asked) => {
    const response = await ask(...asked);
    await new Promise((done) => setTimeout(done, %d * Math.random() ** 3));
    return response;
  };
})()"""


def _answer_late(browser: Browser, delay: int) -> None:
    """Has all answers wait for up to some milliseconds: tests that do not wait for them fail."""
    new_context = browser.new_context

    def slow_context(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.add_init_script(_LATE % delay)
        return context

    browser.new_context = slow_context  # type: ignore[method-assign]


def word(name: str) -> str:
    """A name, as it stands in a state."""
    return quote(name, safe="").replace("%", "~").lower()


def _hash(state: str) -> str:
    return f"#deeptracker{f'&p.deeptracker.s={state}' if state else ''}"


class Tab:
    """The plugin's tab within TensorBoard's page.

    Attributes:
        page: TensorBoard's page.
        frame: What the plugin draws.
        complaints: Errors and warnings of the console so far, broken content policies included.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.context.set_default_timeout(_MILLISECONDS)
        page.on("console", self._hear)
        page.on("pageerror", self._hear_uncaught)
        self.frame: FrameLocator = page.frame_locator("iframe")

    def open(self, state: str = "") -> Tab:
        """Goes to the tab, with a state as it stands in a link, and waits for its first picture.

        In a page that another test has left, only the tab itself is loaded.
        """
        if self.page.url != f"{self.url}{_LEFT}":
            return self.open_page(state)
        self.page.evaluate("(it) => history.replaceState(history.state, '', it)", _hash(state))
        self._inner().goto(f"{self.url}{_PLUGIN}")
        return self._opened()

    def open_page(self, state: str = "") -> Tab:
        """The same, with all of TensorBoard's page, as a link does."""
        if self.page.url == f"{self.url}{_LEFT}":
            # From there, it would be the same page.
            self.page.goto("about:blank")
        self.page.goto(f"{self.url}{_hash(state)}")
        return self._opened()

    def _opened(self) -> Tab:
        expect(self.frame.get_by_role("heading", name="DeepTracker", exact=True)).to_be_visible()
        return self

    def quiet(self) -> Tab:
        """Waits until all answers are there and drawn: what is measured then stays as it is."""
        while True:
            expect(self.frame.locator("main:not([data-loading])")).to_be_visible()
            if self.evaluate(_STILL_QUIET):
                return self

    def leave(self) -> None:
        """Leaves the page to another test: TensorBoard's, without the tab, if it is there."""
        for page in self.page.context.pages:
            if page != self.page:
                page.close()
        self.page.remove_listener("console", self._hear)
        self.page.remove_listener("pageerror", self._hear_uncaught)
        self.page.unroute_all(behavior="wait")
        self.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        if not self.page.url.startswith(self.url) or not self.page.query_selector("iframe"):
            self.page.goto("about:blank")
            return
        # What is on its way would come to a document that is gone, and fail there.
        self.evaluate("stop()")
        self._inner().goto("about:blank")
        self.page.evaluate("document.body.classList.remove('dark-mode')")
        self.page.evaluate("(it) => history.replaceState(history.state, '', it)", _LEFT)

    def region(self, name: str) -> Any:
        """One of the screen's regions by its accessible name, e.g. "Validation view"."""
        return self.frame.get_by_role("region", name=name, exact=True)

    def panel(self, view: str, name: str | re.Pattern[str]) -> Locator:
        """What a button of a view's header shows below it; it stays until a click elsewhere."""
        button = self.region(view).get_by_role("button", name=name)
        panel = self.frame.locator(f"[id='{button.get_attribute('popovertarget')}']")
        if not panel.is_visible():
            button.click()
        return panel

    def options(self, view: str) -> Locator:
        """What is chosen now and then in a view."""
        return self.panel(view, "Options")

    def rules(self, view: str) -> Locator:
        """What counts as an anomaly."""
        return self.panel(view, re.compile("^window "))

    def state(self) -> str:
        """The part of the address that reproduces what is shown."""
        fields = self.page.evaluate("location.hash").split("&")
        return next((f.split("=", 1)[1] for f in fields if f.startswith("p.deeptracker.s=")), "")

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """Runs a script within the plugin's frame."""
        return self._inner().evaluate(script, argument)

    def _inner(self) -> Frame:
        handle = self.page.query_selector("iframe")
        assert handle
        frame = handle.content_frame()
        assert frame
        return frame

    def dark(self) -> None:
        """Switches TensorBoard to its dark theme, as its own button does."""
        self.page.evaluate("document.body.classList.add('dark-mode')")
        expect(self.frame.locator(":root[data-theme=dark]")).to_have_count(1)

    def serious_axe_findings(self) -> list[str]:
        """What axe finds in the tab that is serious or worse."""
        return self.axe_findings("serious", "critical")

    def axe_findings(self, *impacts: str, rules: Sequence[str] = ()) -> list[str]:
        """What axe finds in the tab.

        Args:
            *impacts: Which count; all if there are none.
            rules: Which are applied; all if there are none.
        """
        frame = self.quiet()._inner()
        if not frame.evaluate("'axe' in window"):
            frame.evaluate(_AXE.read_text())
        options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
        found = frame.evaluate(
            "(options) => axe.run(document, options).then((it) => it.violations)", options
        )
        return [
            f"{each['id']}: {each['help']}: {[node['html'] for node in each['nodes']]}"
            for each in found
            if not impacts or each["impact"] in impacts
        ]

    def _hear_uncaught(self, error: Error) -> None:
        self.complaints.append(f"uncaught: {error.stack}")

    def _hear(self, message: ConsoleMessage) -> None:
        ours = "/plugin/deeptracker/" in message.location.get("url", "")
        if message.type == "error" or (message.type == "warning" and ours):
            self.complaints.append(f"{message.type}: {message.text} ({message.location})")


# Pages that no tab is in now, all at the relay's address: TensorBoard's own page takes longer to
# load than most tests.
_left: list[Page] = []


@lru_cache
def _relay() -> Relay:
    return Relay()


@contextmanager
def tab_of(browser: Browser, url: str, width: int = 1440, height: int = 900) -> Iterator[Tab]:
    """A tab in a page, whose console must have stayed clean at the end.

    A page is left to the next tab, of whichever TensorBoard that is; beside a tab of another
    TensorBoard there is one for this tab alone.

    Args:
        browser: Where it opens.
        url: Of a TensorBoard, as it is or as another tab knows it.
        width: Of the page.
        height: Of the page.
    """
    with ExitStack() as stack:
        is_left = url == _relay().url or stack.enter_context(_relay().to(url))
        page = _left.pop() if is_left and _left else browser.new_context().new_page()
        page.set_viewport_size({"width": width, "height": height})
        tab = Tab(page, _relay().url if is_left else url)
        try:
            yield tab
            assert tab.complaints == [], tab.complaints
        except BaseException:
            page.context.close()
            raise
        if is_left:
            tab.leave()
            _left.append(page)
        else:
            page.context.close()
