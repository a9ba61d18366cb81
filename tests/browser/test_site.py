"""A page of runs that is opened as a file: no server, and nothing that is not of the runs."""

from __future__ import annotations

import base64
import gzip
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tensorboard_plugin_deeptracker import open_run
from tests.cli.calling import ask
from tests.logs import (
    SessionLog,
    png,
    random_dump,
    small_model,
    small_representations,
    small_validation_set,
)
from tests.shared import made_once

# A run whose every name would end a script, an attribute or a string.
NASTY = "</script><b>\"'&"
CLASSES = 'cat</script><script>alert(1)</script>"', "dog\\'\u2028<!--", "ünïcode & 犬"
VIEWS = {
    "Findings": "Findings",
    "Validation": "Validation view",
    "Confusion": "Confusion view",
    "Map": "Map view",
    "Images": "Images view",
    "Layers": "Layer view",
    "Correlation": "Correlation view",
    "Cube": "Cube",
    "Compare": "Compare view",
}
STEPS = 12
IMAGES = 12
MISSING = "This is not part of this page."


def write_nasty_run(run: Path) -> None:
    model = small_model(3, 2)
    images = small_validation_set(4, 4, 4)
    ids = np.arange(IMAGES, dtype=np.int64)
    images = replace(images, class_names=CLASSES, ids=ids)
    with SessionLog(run) as log:
        log.model(model)
        log.validation_set(images)
        log.images(range(IMAGES), [png(20 * i) for i in range(IMAGES)])
        for step in range(0, 10 * STEPS, 10):
            log.dump(step, *random_dump(model, step))
            # A class flips as a whole in the middle.
            flipped = 50 <= step < 80
            log.validation(step, [1 if flipped else 0] * 4 + [1] * 4 + [2] * 4, 3)
            log.representations(step, small_representations(IMAGES, 3, step))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def write(directory: Path) -> None:
        nasty, other = directory / "home" / NASTY, directory / "home" / "other"
        write_nasty_run(nasty)
        write_nasty_run(other)
        said = ask("export", "--site", nasty, other, "-o", directory / "page")
        assert said["runs"] == [nasty.name, "other"]
        assert said["left_out"] == 0
        assert said["images"] == 2 * IMAGES
        assert said["size"] == sum(f.stat().st_size for f in (directory / "page").rglob("*.*"))

    return made_once(tmp_path_factory, "site", write) / "page"


@contextmanager
def opened(browser: Browser, site: Path, theme: str) -> Iterator[Page]:
    """The page, whose console must have stayed clean, and which must have asked nobody."""
    said: list[str] = []
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on(
        "request",
        lambda it: said.append(it.url) if not it.url.startswith(("file:", "data:")) else None,
    )
    page.goto((site / "index.html").as_uri())
    try:
        yield page
        assert said == []
    finally:
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_view_opens_from_a_file(browser: Browser, site: Path, theme: str) -> None:
    run = open_run(site.parent / "home" / NASTY)
    with opened(browser, site, theme) as page:
        expect(page.locator(f":root[data-theme={theme}]")).to_have_count(1)
        for tab, region in VIEWS.items():
            page.get_by_role("tab", name=tab, exact=True).click()
            view = page.get_by_role("region", name=region, exact=True)
            expect(view).to_be_visible()
            expect(page.get_by_label("Loading")).to_have_count(0)
            expect(page.get_by_text(MISSING)).to_have_count(0)
            expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.get_by_text("A page of 20")).to_be_visible()

        # The crosshair reads recorded data, as everywhere.
        page.get_by_role("tab", name="Validation", exact=True).click()
        inspector = page.get_by_label("Inspector")
        rates = run.error_rates()
        for at in (4, 5):
            step, rate = int(rates.steps[at]), float(rates.overall[at])
            page.goto(f"{page.url.partition('#')[0]}#{state(run.name, f'axis.step*{step}')}")
            heading = inspector.get_by_role("heading", name=f"Iteration {step} pinned")
            expect(heading).to_be_visible()
            expect(page.get_by_text(f"{rate:.1%}").first).to_be_visible()
        flips = inspector.get_by_role("heading", name="4 images flip here")
        expect(flips).to_be_visible()
        picture = inspector.get_by_role("img").first
        expect(picture).to_be_visible()
        assert picture.evaluate("it => it.decode().then(() => it.naturalWidth)") == 1
        expect(inspector.get_by_text(CLASSES[0]).first).to_be_visible()

        # What was not recorded says so, and is no error.
        page.locator("[data-reason=anomalies]").click()
        page.get_by_label("Min. score").fill("0.9")
        expect(page.get_by_text(MISSING).first).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)


def state(run: str, *fields: str) -> str:
    from tensorboard_plugin_deeptracker.compute.address import write_address

    own = write_address([("screen.run", [run]), ("screen.view", ["validation"])])
    return f"deeptracker&p.deeptracker.s={'!'.join((own, *fields))}"


def test_two_runs_are_compared(browser: Browser, site: Path) -> None:
    with opened(browser, site, "light") as page:
        page.get_by_role("tab", name="Compare", exact=True).click()
        view = page.get_by_role("region", name="Compare view", exact=True)
        view.get_by_role("listitem").get_by_role("button").click()
        expect(view.locator("[data-verdict]")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.get_by_text(MISSING)).to_have_count(0)


def test_nothing_of_this_machine_is_in_it(site: Path) -> None:
    files = [path for path in site.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".html", ".js", ".png"}
    texts = [path.read_text() for path in files if path.suffix in {".html", ".js"}]
    page = next(path for path in files if path.name == "page.js").read_text()
    own = [page, *answers(site)]
    # Who made it, on which machine, and where the logs were.
    own_names = socket.gethostname(), os.environ.get("USER", ""), os.path.expanduser("~")  # noqa: PTH111
    # A name like "root" is in any text.
    secrets = str(site.parent), "pytest-of", *(each for each in own_names if len(each) > 7)
    for secret in secrets:
        assert not any(secret in text for text in own), secret
    assert not any(os.fspath(site.parent) in text for text in texts)


def answers(site: Path) -> list[str]:
    """What is recorded, as text as far as it is text."""
    found = []
    for path in (site / "data").iterdir():
        recorded = json.loads(path.read_text().partition(", ")[2].removesuffix(");\n"))
        found += [
            gzip.decompress(base64.b64decode(each)).decode(errors="replace") for each in recorded
        ]
    assert len(found) > 100
    return found
