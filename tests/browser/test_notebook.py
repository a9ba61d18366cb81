"""A view in a notebook: in a real kernel, and in a real browser as the notebook's page shows it."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
from nbclient import NotebookClient
from playwright.sync_api import Browser, Page, expect

from tests.logs import write_small_run

CELLS = (
    "from tensorboard_plugin_deeptracker import open_run\nrun = open_run('runs/a & <b>')",
    "run.show('validation', class_='class 1', step=2)",
    "run.show('layers', height=500, theme='dark')",
    "import sys\nprint('torch' in sys.modules)",
    "run.show('validations')",
)


class Frame(HTMLParser):
    """The address of the frame in a cell's output."""

    url = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            self.url = dict(attrs)["src"] or ""


def status(url: str, **headers: str) -> int:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=names)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@contextmanager
def page_of(browser: Browser, output: Path) -> Iterator[tuple[Page, list[str]]]:
    """A page with a cell's output in it, and what its console says."""
    said: list[str] = []
    page = browser.new_context().new_page()
    page.on("console", lambda message: said.append(f"{message.text} {message.location}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(output.as_uri())
    try:
        yield page, said
    finally:
        page.context.close()


def test_a_view_in_a_notebook(browser: Browser, tmp_path: Path) -> None:
    write_small_run(tmp_path / "runs" / "a & <b>")
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]  # type: ignore[no-untyped-call]
    notebook: Any = nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    client = NotebookClient(
        notebook, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    )
    files = []
    with client.setup_kernel():
        for at, cell in enumerate(cells):
            client.execute_cell(cell, at)
        outputs = [output for cell in cells for output in cell["outputs"]]
        validation, layers, torch, wrong = outputs
        assert torch["text"] == "False\n"
        assert wrong["ename"] == "NotFoundError"
        assert "unknown view 'validations': there are findings, validation, " in wrong["evalue"]
        for i, output in enumerate((validation, layers)):
            assert "data" in output, output
            assert output["data"]["image/svg+xml"].startswith("<svg ")
            files.append(tmp_path / f"{i}.html")
            files[-1].write_text(f"<!doctype html>{output['data']['text/html']}")

        parser = Frame()
        parser.feed(validation["data"]["text/html"])
        url = parser.url.partition("#")[0]
        runs = f"{url}runs"
        assert status(runs) == 200
        assert status(f"{url}../scalars/tags".replace("deeptracker/../", "")) == 200
        # Without the whole token, under another name, from another page, or to write.
        token = url.split("/")[3]
        assert status(runs.replace(token, token[:-1])) == 403
        assert status(runs.replace(token, "")) == 403
        assert status(runs, Host="example.org") == 403
        assert status(runs, Origin="http://example.org") == 403
        assert status(runs, Sec_Fetch_Site="cross-site") == 403
        assert status(f"{url}nothing") == 404
        for which in ("1", "-1", "9" * 5000, "\u0660", ".."):
            assert status(url.replace(f"{token}/0/", f"{token}/{quote(which)}/")) in {403, 404}
        # One server for both.
        second = Frame()
        second.feed(layers["data"]["text/html"])
        assert second.url.startswith(f"{url}?theme=dark#")

        with page_of(browser, files[0]) as (page, said):
            tab = page.frame_locator("iframe")
            expect(page.locator("iframe")).to_be_visible()
            expect(page.locator("figure")).to_have_count(0)
            expect(tab.get_by_role("region", name="Validation view")).to_be_visible()
            inspector = tab.get_by_label("Inspector")
            expect(inspector.get_by_role("heading", name="class 1", exact=True)).to_be_visible()
            expect(inspector.get_by_role("heading", name="Iteration 2 pinned")).to_be_visible()
            expect(tab.get_by_text("a & <b>").first).to_be_visible()
            assert said == []
        with page_of(browser, files[1]) as (page, said):
            expect(page.locator("iframe")).to_be_visible()
            box = page.locator("iframe").bounding_box()
            assert box
            assert box["height"] == 500
            tab = page.frame_locator("iframe")
            expect(tab.get_by_role("region", name="Layer view")).to_be_visible()
            expect(tab.locator(":root[data-theme=dark]")).to_have_count(1)
            assert said == []

    # The kernel has ended: what was saved has a picture.
    with page_of(browser, files[0]) as (page, _):
        picture = page.get_by_role("img", name="DeepTracker: run a & <b>, validation")
        expect(picture).to_be_visible()
        assert picture.evaluate("it => it.decode().then(() => it.naturalWidth)") == 720
        expect(page.locator("iframe")).to_be_hidden()
