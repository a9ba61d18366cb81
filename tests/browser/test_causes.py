"""What was put back, as a user sees it: marks, list, sentences; and how to have it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, expect

from tensorboard_plugin_deeptracker.features.causes.records import (
    Effect,
    Experiments,
    encode_experiments,
)
from tests.browser.tab import tab_of
from tests.logs import SessionLog, random_dump, small_model, small_validation_set
from tests.tensorboard_process import tensorboard

FLIPS = 6
CHANCE = np.tile(np.array([[1], [0], [2], [1]]), (50, 1))


def effect(name: str, layers: dict[str, list[int]], changed: int, draws: int = 200) -> Effect:
    return Effect(
        name=name,
        how="put_back",
        filters={layer: np.array(filters) for layer, filters in layers.items()},
        classes=np.array([0]),
        to_right=np.array([False]),
        images=np.array([16]),
        changed=np.array([changed]),
        chance=CHANCE[:draws],
        others=16,
        others_changed=0,
    )


def write(run: Path, tried: bool) -> None:
    """A run whose class 0 is forgotten at 6, and its cause: a filter of the first layer."""
    model, images = small_model(8, 8), small_validation_set(16, 16)
    with SessionLog(run) as log:
        log.model(model)
        log.validation_set(images)
        for step in range(10):
            log.dump(step, *random_dump(model, step))
            labels = images.labels.copy()
            labels[images.labels == 0] = int(step >= FLIPS)
            log.validation(step, labels.tolist(), 2)
        if tried:
            first, second = (layer.name for layer in model.layers)
            found = (
                effect(f"{first}, most moved", {first: [3]}, 15),
                effect(f"{second}, most moved", {second: [1, 2]}, 1),
                effect(second, {second: list(range(8))}, 2, draws=0),
            )
            log.append(encode_experiments(FLIPS, Experiments(5, 32, 1.0, found, 0.02)))
            log.append(encode_experiments(8, Experiments(7, 0, 0.1, (), 0.02)))


def test_what_was_put_back_is_seen_and_leads_to_the_filters(
    browser: Browser, tmp_path: Path
) -> None:
    logdir = tmp_path / "logs"
    write(logdir / "a", tried=True)
    write(logdir / "b", tried=False)
    with (
        tensorboard(tmp_path / "out", f"--logdir={logdir}") as board,
        tab_of(browser, board.url) as tab,
    ):
        rows = board.json("effects", run="a", class_="class 0")["effects"]
        names = [row["layers"][0]["layer"] for row in rows]
        tab.open("2!screen.run*a!screen.view*correlation!anomalies.window*2!anomalies.minScore*0.5")
        view = tab.region("Correlation view")
        expect(view).to_contain_text("tested 1 of 2 moments; budget 2%")
        # What was measured comes first, and of it what did most.
        ranking = tab.region("Ranked mini-sets")
        expect(ranking.get_by_role("button", name="Put back")).to_have_attribute(
            "aria-pressed", "true"
        )
        expect(ranking).to_contain_text("1 of 3 tests reverts flips beyond chance")
        first = ranking.get_by_role("listitem").first
        expect(first).to_contain_text(f"{names[0]}, 1 filter")
        expect(first).to_contain_text("15 of 16 revert")
        verdicts = ranking.locator("[data-verdict]")
        assert [each.get_attribute("data-verdict") for each in verdicts.all()] == [
            "alone",
            "not",
            "not",
        ]
        # The same of a cell, by keyboard.
        grid = view.get_by_role("application")
        grid.focus()
        tab.page.keyboard.press("ArrowDown")
        tab.page.keyboard.press("ArrowRight")
        readout = grid.locator("[aria-live]")
        expect(readout).to_contain_text(f"put back filter 3 of {names[0]}")
        expect(readout).to_contain_text("revert at 6 15 of 16")
        assert tab.serious_axe_findings() == []
        view.get_by_role("button", name="Table", exact=True).click()
        cells = view.get_by_role("table")
        expect(cells).to_contain_text("at 6 15 of 16 flips to wrong revert, beyond chance")
        # The class says it in a sentence, which leads to the filter.
        tab.open("2!screen.run*a!screen.view*validation!screen.selected*class*0")
        inspector = tab.frame.get_by_label("Inspector")
        said = inspector.get_by_role("region", name="What made them flip").get_by_role("button")
        expect(said).to_have_text(
            f"At 6, 15 of 16 flips to wrong revert when filter 3 of {names[0]} is put back"
            " (chance: 1.0, p = 0.005, q = 0.010)"
        )
        said.focus()
        tab.page.keyboard.press("Enter")
        expect(tab.region("Layer view")).to_be_visible()
        expect(inspector.get_by_role("heading", name="Iteration 6 pinned")).to_be_visible()
        tab.page.wait_for_function("/screen[.]selected[*]filter[*]0[*]3/.test(location.hash)")
        # Where nothing was tried, how to have it.
        tab.open("2!screen.run*b!screen.view*correlation!anomalies.window*2!anomalies.minScore*0.5")
        expect(view).to_contain_text("Tracker(…, causes=Causes())")
        expect(ranking.get_by_role("button", name="Put back")).to_have_count(0)
