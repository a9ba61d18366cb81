"""The tab as a user sees it, in a real Chromium before a real TensorBoard."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    FrameLocator,
    Page,
    Playwright,
    expect,
)

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
# Generous, for machines with other work: a test waits only as long as it must.
_PATIENCE = 60_000
_AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

expect.set_options(timeout=_PATIENCE)


def launch(playwright: Playwright) -> Browser:
    """The browser that `scripts/install` found or installed: the system's, or Playwright's own."""
    wanted = os.environ.get("CHROMIUM")
    found = wanted or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and Path(_MAC).exists():
        found = _MAC
    return playwright.chromium.launch(executable_path=found, args=[*_FLAGS])


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
        page.set_default_timeout(_PATIENCE)
        page.on("console", self._hear)
        page.on("pageerror", self._hear_uncaught)
        self.frame: FrameLocator = page.frame_locator("iframe")

    def open(self, state: str = "") -> Tab:
        """Goes to the tab, with a state as it stands in a link, and waits for its first picture."""
        field = f"&p.deeptracker.s={state}" if state else ""
        self.page.goto(f"{self.url}#deeptracker{field}")
        expect(self.frame.get_by_role("heading", name="DeepTracker", exact=True)).to_be_visible()
        return self

    def leave(self) -> None:
        """Leaves the page as a new one would be."""
        for page in self.page.context.pages:
            if page != self.page:
                page.close()
        self.page.remove_listener("console", self._hear)
        self.page.remove_listener("pageerror", self._hear_uncaught)
        self.page.unroute_all(behavior="wait")
        self.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        self.page.goto("about:blank")

    def region(self, name: str) -> Any:
        """One of the screen's regions by its accessible name, e.g. "Validation view"."""
        return self.frame.get_by_role("region", name=name, exact=True)

    def state(self) -> str:
        """The part of the address that reproduces what is shown."""
        fields = self.page.evaluate("location.hash").split("&")
        return next((f.split("=", 1)[1] for f in fields if f.startswith("p.deeptracker.s=")), "")

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """Runs a script within the plugin's frame."""
        handle = self.page.query_selector("iframe")
        assert handle
        frame = handle.content_frame()
        assert frame
        return frame.evaluate(script, argument)

    def dark(self) -> None:
        """Switches TensorBoard to its dark theme, as its own button does."""
        self.page.evaluate("document.body.classList.add('dark-mode')")
        expect(self.frame.locator(":root[data-theme=dark]")).to_have_count(1)

    def serious_axe_findings(self) -> list[str]:
        """What axe finds in the tab that is serious or worse."""
        handle = self.page.query_selector("iframe")
        assert handle
        frame = handle.content_frame()
        assert frame
        frame.evaluate(_AXE.read_text())
        found = frame.evaluate(
            "axe.run(document, { resultTypes: ['violations'] }).then((it) => it.violations)"
        )
        return [
            f"{each['id']}: {each['help']}: {[node['html'] for node in each['nodes']]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]

    def _hear_uncaught(self, error: Error) -> None:
        self.complaints.append(f"uncaught: {error.stack}")

    def _hear(self, message: ConsoleMessage) -> None:
        ours = "/plugin/deeptracker/" in message.location.get("url", "")
        if message.type == "error" or (message.type == "warning" and ours):
            self.complaints.append(f"{message.type}: {message.text} ({message.location})")


# Pages that no tab is in now, by the address of the TensorBoard that was there. What starts
# TensorBoard's page is compiled there already, which takes longer than most tests.
_left: dict[str, list[Page]] = {}


@contextmanager
def shared_pages(url: str) -> Iterator[None]:
    """While this lasts, `tab_of` opens tabs of a TensorBoard in pages that others have left."""
    _left[url] = []
    try:
        yield
    finally:
        for page in _left.pop(url):
            page.context.close()


@contextmanager
def tab_of(browser: Browser, url: str, width: int = 1440, height: int = 900) -> Iterator[Tab]:
    """A tab in a page of its own, whose console must have stayed clean at the end."""
    pages = _left.get(url)
    page = pages.pop() if pages else browser.new_context().new_page()
    page.set_viewport_size({"width": width, "height": height})
    tab = Tab(page, url)
    try:
        yield tab
        assert tab.complaints == [], tab.complaints
    except BaseException:
        page.context.close()
        raise
    if pages is None:
        page.context.close()
    else:
        tab.leave()
        pages.append(page)
