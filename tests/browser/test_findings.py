"""Findings: what is planted is named, the worst first, and what a live run may take back."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, expect

from benchmarks.planted import plant
from tests.browser.layers import row
from tests.browser.tab import Tab, tab_of
from tests.logs import SessionLog, small_model
from tests.tensorboard_process import tensorboard


def test_findings_name_what_is_planted(standing: Tab) -> None:
    truth = plant()
    standing.open("1!v*findings")
    dead = standing.region("Filters that never change")
    expect(dead.get_by_role("listitem")).to_have_count(len(truth.dead))
    for filter_ in truth.dead:
        expect(dead).to_contain_text(f"conv1, filter {filter_}")
    expect(dead).to_contain_text("exactly 0")
    restless = standing.region("Filters still changing when the others have settled")
    expect(restless.get_by_role("listitem")).to_have_count(len(truth.restless))
    # All layers are one row, opened on demand, and more than two filters.
    low = standing.region("Update ratio below its band")
    expect(low.get_by_role("listitem")).to_have_count(1)
    low.locator("[data-plot]").hover()
    said = standing.frame.locator(".readout")
    expect(said).to_contain_text(
        re.compile(r"^All 54 layers, iteration [\d,]+\s*Holds\s*\d+ of 54$")
    )
    low.get_by_role("button", name="All 54 layers").click()
    expect(low.get_by_role("listitem")).to_have_count(55)
    titles = standing.region("Findings").get_by_role("heading", level=3).all_inner_texts()
    order = ["Update ratio below", "Filters that never", "Filters still changing", "Rules without"]
    # The story comes first, and signs that are none of these rules are among them.
    assert titles[0] == "What happened"
    rules = [title for title in titles if title.startswith(tuple(order))]
    assert [title.startswith(begins) for title, begins in zip(rules, order, strict=True)] == [
        True
    ] * 4
    source = low.get_by_role("link", name="CS231n")
    expect(source).to_have_attribute("href", re.compile("^https://cs231n"))
    # Nothing may be taken back: the run is over.
    expect(standing.region("Findings")).not_to_contain_text("so far")
    dead.get_by_role("button", name=f"filter {truth.dead[1]}").click()
    expect(row(standing, "conv1")).to_have_attribute("aria-expanded", "true")
    inspector = standing.frame.get_by_label("Inspector")
    name = f"Filter {truth.dead[1]} of conv1"
    expect(inspector.get_by_role("heading", name=name)).to_be_visible()
    inspector.locator(".plot").hover()
    expect(said).to_contain_text(re.compile(f"Filter {truth.dead[1]}.*The layer's median", re.S))


def test_a_live_run_says_what_its_end_may_take_back(browser: Browser, tmp_path: Path) -> None:
    model = small_model(3)
    filters = np.ones((len(model.measures), 3), np.float32)
    statistics = np.full((len(model.statistics), 2), 1e-3, np.float32)
    statistics[model.statistics.index("update_ratio")] = 0.5
    change = model.measures.index("change")
    logdir = tmp_path / "logs"
    with SessionLog(logdir / "live") as log:
        log.model(model)
        filters[change, 1] = 0
        for step in range(8):
            log.dump(step, filters, statistics)
        arguments = f"--logdir={logdir}"
        with tensorboard(tmp_path / "out", arguments) as board, tab_of(browser, board.url) as tab:
            tab.open("2!screen.view*findings")
            dead = tab.region("Filters that never change")
            high = tab.region("Update ratio above its band")
            expect(dead.get_by_role("heading")).to_have_text(re.compile(r"1 layer, 33\.3% of the"))
            log.dump(8, filters, statistics)
            expect(dead.get_by_role("heading")).to_contain_text("so far")
            expect(tab.region("Story").get_by_role("heading")).to_have_text("What happened so far")
            expect(high.get_by_role("heading")).to_contain_text("100% of the filters")
            expect(high.get_by_role("heading")).not_to_contain_text("so far")
            # It moves after all.
            filters[change, 1] = 1
            log.dump(9, filters, statistics)
            expect(dead).to_have_count(0)
            expect(high).to_be_visible()
