"""A million images: what became of each is there, without asking for all results at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import board_of
from tests.browser.tab import Tab, tab_of
from tests.scale import write_many_classes
from tests.tensorboard_process import TensorBoard


def write(logdir: Path) -> None:
    write_many_classes(logdir / "run", images=1_000_000, classes=1000, validations=51)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    with board_of(tmp_path_factory, "many_images", write) as found:
        yield found


def test_images_are_shown_one_by_one(browser: Browser, board: TensorBoard) -> None:
    with tab_of(browser, board.url) as tab:
        asked: list[str] = []
        tab.page.on("request", lambda request: asked.append(request.url))
        tab.open("2!screen.view*images")
        a_list_and_the_inspector(tab)
        # Where they would be drawn, it says why they are not.
        tab.open("2!validation.openClasses*0!validation.pinned*0")
        rows = tab.region("Validation view")
        expect(rows).to_contain_text("1,000,000 images at 51 validations are too many")
        # Its ids are not all here, but one is found.
        search = rows.get_by_role("searchbox")
        search.fill("777777")
        expect(rows).to_contain_text("Enter looks for an image with this id")
        search.press("Enter")
        expect(tab.frame.get_by_label("Inspector")).to_contain_text("Image 777777")
        assert tab.complaints == []
        assert not any("/results" in url for url in asked)


def a_list_and_the_inspector(tab: Tab) -> None:
    view = tab.region("Images view")
    expect(view.locator("[data-count]")).to_have_text("1,000,000 images")
    images = view.get_by_role("listbox", name=re.compile("^Images"))
    images.focus()
    tab.page.keyboard.press("End")
    last = images.get_by_role("option").last
    expect(last).to_contain_text("synset")
    name = last.locator("span.clipped").first.inner_text()
    # Its identifier and its history come with its class.
    inspector = tab.frame.get_by_label("Inspector")
    expect(inspector).to_contain_text(f"Image {name}")
    expect(inspector).to_contain_text("Learned at")
    expect(inspector).to_contain_text("Predicted here")
    find = view.get_by_role("searchbox")
    find.fill("777777")
    find.press("Enter")
    expect(images.get_by_role("option")).to_have_count(1)
    expect(images).to_contain_text("777777")
