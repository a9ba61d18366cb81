"""TensorBoard's own header: which tabs it offers, and what stands in its menu of others."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tests.browser.tab import tab_of
from tests.logs import SessionLog, random_dump, small_model
from tests.tensorboard_process import tensorboard


@pytest.mark.parametrize("load_fast", ["true", "false"])
def test_inactive_is_the_name_of_the_menu_of_other_tabs(
    browser: Browser, tmp_path: Path, load_fast: str
) -> None:
    """It is there whatever we do; we are not in it, though the first run has no data of ours."""
    logdir = tmp_path / "logs"
    writer = EventFileWriter(str(logdir / "a-first"))
    loss = Summary.Value(tag="loss", simple_value=1.0)
    writer.add_event(Event(wall_time=1.0, step=0, summary=Summary(value=[loss])))
    writer.close()
    model = small_model(3)
    with SessionLog(logdir / "b-ours") as log:
        log.model(model)
        log.dump(0, *random_dump(model, 0))
    arguments = (f"--logdir={logdir}", f"--load_fast={load_fast}")
    with tensorboard(tmp_path / "out", *arguments) as board, tab_of(browser, board.url) as tab:
        board.until(lambda: "a-first" in board.get("data/runs"))
        listing = board.get("data/plugins_listing")
        assert listing["deeptracker"]["enabled"]
        inactive = {each["tab_name"].upper() for each in listing.values() if not each["enabled"]}
        assert inactive
        tab.open_page()
        page = tab.page
        expect(page.get_by_role("tab", name="DEEPTRACKER")).to_have_attribute(
            "aria-selected", "true"
        )
        menu = page.locator("plugin-selector mat-form-field")
        expect(menu).to_have_text("Inactive")
        menu.get_by_role("combobox").click()
        options = page.get_by_role("option")
        expect(options).to_have_count(len(inactive))
        assert {text.strip().upper() for text in options.all_inner_texts()} == inactive
        assert "DEEPTRACKER" not in inactive
        page.keyboard.press("Escape")


def test_a_tab_that_is_open_before_there_is_data(browser: Browser, tmp_path: Path) -> None:
    """It follows the run by itself; TensorBoard's header asks again when it is reloaded."""
    logdir = tmp_path / "logs"
    EventFileWriter(str(logdir / "a-first")).close()
    with (
        tensorboard(tmp_path / "out", f"--logdir={logdir}") as board,
        tab_of(browser, board.url) as tab,
    ):
        tab.open_page()
        ours = tab.page.get_by_role("tab", name="DEEPTRACKER", disabled=False)
        expect(ours).to_have_count(0)
        model = small_model(3)
        with SessionLog(logdir / "b-ours") as log:
            log.model(model)
            log.dump(0, *random_dump(model, 0))
        expect(tab.frame.locator("footer")).to_contain_text("1 dump")
        expect(ours).to_have_count(0)
        tab.page.locator("app-header-reload button").click()
        expect(ours).to_have_count(1)
