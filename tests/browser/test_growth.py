"""Views of a run that goes on while they are looked at: news come, nothing else moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.pixels import picture, wrongness
from tests.browser.tab import Tab, tab_of
from tests.logs import SessionLog, random_dump, small_model, small_validation_set
from tests.tensorboard_process import tensorboard
from tests.waiting import until

MODEL = small_model(3, 2)
LABELS = small_validation_set(8, 8).labels.tolist()
STEPS = 40
# From here on the images of class 1 are right, but at a step that a test chooses.
LEARNED = 20


@dataclass
class Growing:
    """A training that is on screen."""

    tab: Tab
    log: SessionLog
    steps: int = field(default=0)

    def grow(self, wrong: bool = False) -> None:
        """Logs a step, with measures as they have been before, and waits until it is shown."""
        self.append(wrong)
        expect(self.tab.frame.locator("footer")).to_contain_text(f"last iteration {self.steps - 1}")

    def append(self, wrong: bool) -> None:
        self.log.dump(self.steps, *random_dump(MODEL, self.steps % STEPS))
        predicted = [0 if wrong else label for label in LABELS]
        self.log.validation(self.steps, predicted, 2)
        self.steps += 1


@pytest.fixture
def growing(browser: Browser, tmp_path: Path) -> Iterator[Growing]:
    logdir = tmp_path / "logs"
    with SessionLog(logdir / "growing") as log:
        log.model(MODEL)
        log.validation_set(small_validation_set(8, 8))
        with (
            tensorboard(tmp_path / "out", f"--logdir={logdir}") as board,
            tab_of(browser, board.url) as tab,
        ):
            growing = Growing(tab, log)
            for step in range(STEPS):
                growing.append(wrong=step < LEARNED)
            yield growing


def test_the_validation_view(growing: Growing) -> None:
    tab = growing.tab.open("1!x*1!e*class*1!z*10*30")
    rows = tab.region("Validation view").get_by_role("treeitem")
    charts = rows.locator("canvas")
    expect(charts).to_have_count(4)  # Two classes, a cluster each, and the images of these.
    tab.quiet()
    zoomed = picture(rows.nth(3))
    place = rows.nth(3).bounding_box()

    growing.grow(wrong=True)
    expect(rows.nth(2)).to_contain_text("100.0%")
    expect(rows.nth(0)).to_contain_text("0.0%")
    tab.quiet()
    # What was on screen is where it was; only the read-outs are new.
    assert rows.nth(3).bounding_box() == place
    plot = slice(int(zoomed.shape[1] * 0.3), -20)
    np.testing.assert_array_equal(picture(rows.nth(3))[:, plot], zoomed[:, plot])
    heading = tab.frame.get_by_label("Inspector").get_by_role("heading", name="class 1")
    expect(heading).to_be_visible()

    show_all(tab)
    shares = wrongness(picture(charts.nth(3)))
    width = shares.shape[1]
    assert shares[:, : int(width * 0.45)].min() > 0.9
    assert shares[:, int(width * 0.55) : -40].max() < 0.1
    assert shares[:, -6:].min() > 0.9


def test_the_layer_view(growing: Growing) -> None:
    tab = growing.tab.open("1!v*layers!n*!F*1*3!z*10*30")
    rows = tab.region("Layer view").get_by_role("treeitem")
    filters = tab.frame.locator("[data-filters] canvas")
    expect(filters).to_have_count(2)
    expect(rows).to_have_count(6)
    tab.quiet()
    zoomed = [picture(row) for row in rows.all()]
    places = [row.bounding_box() for row in rows.all()]

    growing.grow()
    expect(tab.frame.locator("dl").first).to_contain_text("Iteration 40")
    tab.quiet()
    assert [row.bounding_box() for row in rows.all()] == places
    for before, row in zip(zoomed, rows.all(), strict=True):
        plot = slice(int(before.shape[1] * 0.3), -20)
        np.testing.assert_array_equal(picture(row)[:, plot], before[:, plot])

    show_all(tab)
    whole = picture(filters.first)
    growing.grow()
    until(lambda: not np.array_equal(picture(filters.first), whole))


@pytest.mark.parametrize(("view", "chart"), [("correlation", ".grid"), ("cube", ".cube")])
def test_what_joins_the_views(growing: Growing, view: str, chart: str) -> None:
    tab = growing.tab.open(f"1!v*{view}!A*..1.!D*advanced")
    region = tab.region({"correlation": "Correlation view", "cube": "Cube"}[view])
    expect(region).to_contain_text("1 class")
    canvas = tab.frame.locator(f"{chart} canvas")
    tab.quiet()
    before = picture(canvas)
    inspector = tab.frame.get_by_label("Inspector")
    expect(inspector).to_contain_text("class 1")

    growing.grow(wrong=True)
    until(lambda: not np.array_equal(picture(canvas), before))
    expect(inspector).to_contain_text("class 1")


def show_all(tab: Tab) -> None:
    button = tab.frame.get_by_role("button", name="Show all iterations")
    button.click()
    expect(button).to_have_count(0)
    tab.quiet()
