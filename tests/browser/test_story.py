"""The first page: what happened in the run, and what goes wrong; sentences lead to proof."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.tab import Tab, tab_of
from tests.logs import SessionLog, small_model, small_validation_set
from tests.tensorboard_process import TensorBoard, tensorboard


def sentences(tab: Tab) -> Any:
    return tab.region("Story").get_by_role("listitem").get_by_role("button")


def fields_of(link: str) -> dict[str, list[str]]:
    _, *parts = link.split("!")
    return {key: words for key, *words in (part.split("*") for part in parts)}


def test_each_sentence_leads_to_what_proves_it(digits_board: TensorBoard, browser: Browser) -> None:
    (run,) = (each["run"] for each in digits_board.json("runs")["runs"])
    told = digits_board.json("story", run=run)["sentences"]
    assert len(told) >= 4
    layers = digits_board.json("run", run=run)["layers"]
    views = {"validation": "Validation view", "confusion": "Confusion view"}
    views |= {
        "correlation": "Correlation view",
        "layers": "Layer view",
        "images": "Images view",
        "map": "Map view",
    }
    with tab_of(browser, digits_board.url) as tab:
        # Without a link, this is what one sees first.
        tab.open()
        inspector = tab.frame.get_by_label("Inspector")
        for i, sentence in enumerate(told):
            expect(sentences(tab).nth(i)).to_contain_text(sentence["text"])
            sentences(tab).nth(i).click()
            fields = fields_of(sentence["link"])
            shown = tab.region(views[fields["screen.view"][0]])
            expect(shown).to_be_visible()
            step = int(fields["axis.step"][0])
            pinned = inspector.get_by_role("heading", name=f"Iteration {step:,} pinned")
            expect(pinned).to_be_visible()
            kind, *which = fields.get("screen.selected", ["none"])
            if kind == "class":
                expect(inspector.get_by_role("heading", name=which[0], exact=True)).to_be_visible()
            if kind == "class" and fields["screen.view"] == ["validation"]:
                images = shown.get_by_role("treeitem", name=f"images of {which[0]}")
                expect(images.first).to_be_visible()
            elif kind == "confused":
                name = f"{which[0]} predicted as {which[1]}"
                expect(inspector.get_by_role("heading", name=name)).to_be_visible()
            elif kind == "layer":
                name = next(each["name"] for each in layers if each["name"] in sentence["text"])
                expect(inspector.get_by_role("heading", name=name)).to_be_visible()
            elif kind == "image":
                expect(inspector.get_by_role("heading", name="Image")).to_be_visible()
                chosen = shown.get_by_role("option", selected=True)
                expect(chosen).to_be_visible()
            words = re.escape(sentence["link"].split("!", 3)[3].split("!")[0])
            tab.page.wait_for_function(f"() => /{words}/.test(location.hash)")
            tab.frame.get_by_role("tab", name="Findings").click()
        # The same link in a new page says the same.
        tab.open_page(told[-1]["link"])
        expect(tab.region(views[fields["screen.view"][0]])).to_be_visible()
        expect(pinned).to_be_visible()


@pytest.mark.parametrize(("theme", "width"), [("light", 1100), ("dark", 1600)])
def test_it_is_for_everybody(
    browser: Browser, digits_board: TensorBoard, theme: str, width: int
) -> None:
    with tab_of(browser, digits_board.url, width) as tab:
        tab.open()
        if theme == "dark":
            tab.dark()
        expect(sentences(tab).first).to_be_visible()
        expect(tab.region("Rules without findings")).to_be_visible()
        assert tab.serious_axe_findings() == []
        first = sentences(tab).first
        tab.quiet()
        first.focus()
        step = first.locator(".step").inner_text()
        expect(tab.region("Timeline").locator(".step")).to_have_text(step)
        tab.page.keyboard.press("Enter")
        expect(tab.region("Validation view")).to_be_visible()
        tab.frame.get_by_role("tab", name="Findings").click()
        tab.region("Findings").get_by_role("button", name="Table").click()
        table = tab.region("Findings").get_by_role("table")
        expect(table.get_by_role("row").nth(1)).to_contain_text("Story")
        expect(table).to_contain_text(step)


def test_what_is_dismissed_and_noted_is_in_the_link(standing: Tab) -> None:
    standing.open("2!screen.view*findings")
    dead = standing.region("Filters that never change")
    dead.get_by_role("button", name="Note").click()
    standing.page.keyboard.type("two of them: fine*!")
    standing.page.keyboard.press("Enter")
    dead.get_by_role("button", name="Dismiss").click()
    folded = standing.frame.get_by_text("1 entry dismissed")
    expect(folded).to_be_visible()
    expect(dead).not_to_be_visible()
    standing.page.wait_for_function("/findings[.]dismissed.*findings[.]notes/.test(location.hash)")
    standing.open_page(standing.state())
    expect(dead).not_to_be_visible()
    folded.click()
    expect(dead.get_by_role("textbox")).to_have_value("two of them: fine*!")
    dead.get_by_role("button", name="Restore").click()
    expect(folded).to_have_count(0)
    dead.get_by_role("textbox").fill("")
    expect(dead.get_by_role("button", name="Note")).to_be_visible()
    standing.page.wait_for_function("!location.hash.includes('findings.')")


def test_a_run_that_grows_has_a_story_that_grows(browser: Browser, tmp_path: Path) -> None:
    model, images = small_model(3), small_validation_set(8, 8)
    logdir = tmp_path / "logs"
    with SessionLog(logdir / "live") as log:
        log.model(model)
        shape = len(model.measures), 3
        log.dump(0, np.ones(shape, np.float32), np.ones((len(model.statistics), 2), np.float32))
        arguments = f"--logdir={logdir}"
        with tensorboard(tmp_path / "out", arguments) as board, tab_of(browser, board.url) as tab:
            tab.open()
            story = tab.region("Story")
            expect(story).to_contain_text("Nothing is known of images")
            log.validation_set(images)
            log.validation(0, [1] * 16, 2)
            expect(story).to_contain_text("Nothing yet")
            for step in (1, 2):
                log.validation(step, images.labels.tolist(), 2)
            expect(sentences(tab).first).to_contain_text("All 2 classes were learned at once")
            tab.page.route("**/story?*", lambda route: route.abort())
            with tab.page.expect_console_message(lambda it: "/story?" in it.location["url"]):
                log.validation(3, images.labels.tolist(), 2)
            # What is there stays while it cannot be asked again.
            expect(sentences(tab).first).to_be_visible()
            tab.frame.get_by_role("tab", name="Validation").click()
            tab.page.unroute("**/story?*")
            # None is on its way any more.
            tab.quiet().complaints.clear()
