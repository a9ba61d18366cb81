"""What models with other scores than a user has thought of look like on screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.tab import Tab, tab_of
from tests.logs import SessionLog, random_dump, small_model, small_validation_set
from tests.tensorboard_process import tensorboard

MODEL = small_model(3, 2)
STEPS = 12


def write(run: Path) -> None:
    """Two classes; from iteration 4 on images are predicted as a third, from 8 on as nothing."""
    with SessionLog(run) as log:
        log.model(MODEL)
        log.validation_set(small_validation_set(2, 2))
        for step in range(STEPS):
            log.dump(step, *random_dump(MODEL, step))
            if step < 8:
                log.validation(step, [0, 0, 1, 1 if step < 4 else 7], 8)
            else:
                log.validation(step, [0, -1, 1, -1], 8, not_finite=2)


@pytest.fixture(scope="module")
def strange(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    directory = tmp_path_factory.mktemp("scores")
    write(directory / "logs" / "run")
    with (
        tensorboard(directory / "out", f"--logdir={directory / 'logs'}") as board,
        tab_of(browser, board.url) as tab,
    ):
        yield tab.open("2")


def test_scores_that_are_not_finite_are_a_finding(strange: Tab) -> None:
    frame = strange.frame
    frame.get_by_role("tab", name="Findings").click()
    finding = frame.get_by_role("region", name="Images with scores that are not finite")
    expect(finding.get_by_role("heading")).to_contain_text("1 stretch")
    expect(finding).to_contain_text("8 … 11, up to 2 images")
    finding.get_by_role("button", name="Image set validation").click()
    expect(frame.get_by_role("main")).to_contain_text("Images with scores that are not finite")
    frame.get_by_role("main").get_by_role("button", name="Table", exact=True).last.click()
    row = frame.get_by_role("table").get_by_role("row").filter(has_text="Image set validation")
    expect(row).to_contain_text("Images with scores that are not finite")
    frame.get_by_role("main").get_by_role("button", name="Table", exact=True).last.click()


def test_a_class_without_a_name_is_called_by_its_number(strange: Tab) -> None:
    strange.open("2!axis.step*6")
    inspector = strange.frame.get_by_label("Inspector")
    unnamed = inspector.get_by_role("button", name="class 7", exact=True)
    expect(unnamed).to_be_visible()
    expect(unnamed).to_be_disabled()
