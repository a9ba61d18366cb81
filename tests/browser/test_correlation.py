"""The Correlation View as a user sees it, on the planted truth and on a real run."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.cube import OPTIONS, STRICT, Related, chart, pixels, selection
from tests.browser.tab import tab_of
from tests.tensorboard_process import TensorBoard


@pytest.mark.parametrize("detail", ["abstract", "advanced"])
def test_the_grid_is_what_the_log_says(
    browser: Browser, standing_board: TensorBoard, related: Related, detail: str
) -> None:
    """The table, and the pixels of cells with and without anomaly filters."""
    with tab_of(browser, standing_board.url) as tab:
        tab.open(f"1!v*correlation!O*name!D*{detail}!{STRICT}")
        view = tab.region("Correlation view")
        grid = view.get_by_role("application")
        expect(grid.locator("canvas")).to_be_visible()
        # The last answer to come: from then on nothing moves any more.
        expect(tab.region("Ranked mini-sets")).to_contain_text("shuffles")
        image = pixels(grid)
        box = grid.bounding_box()
        assert box
        left, right, top, bottom = 168, box["width"] - 64, 30, box["height"] - 78
        inside = image[top + 1 : round(bottom) - 1, left + 1 : round(right) - 1]
        blue = inside[..., 2] - inside[..., 0] > 17
        layers = [row["layer"] for row in related.answer["layers"]]
        classes = sorted(each["class"] for each in related.answer["classes"])
        if detail == "abstract":
            filled = {(c["layer"], c["class"]) for c in related.answer["cells"]}
            shown = {
                (layer, name)
                for row, layer in enumerate(layers)
                for column, name in enumerate(classes)
                if blue[
                    round((row + 0.5) * blue.shape[0] / len(layers)),
                    round((column + 0.5) * blue.shape[1] / len(classes)),
                ]
            }
            assert shown == filled
        view.get_by_role("button", name="Table", exact=True).click()
        rows_text = view.get_by_role("row").all_inner_texts()[1:]
        assert len(rows_text) > 100
        ranked = sorted(related.answer["cells"], key=lambda cell: -cell["filters"])
        assert len(rows_text) == min(500, len(ranked))
        by_cell = {(c["layer"], c["class"]): c for c in ranked}
        for text in rows_text[:: len(rows_text) // 40]:
            layer, name, *numbers = text.split("\t")
            cell = by_cell[layer, name]
            sets = [mark["mini_set"] for mark in cell["marks"]]
            steps = next(e["steps"] for e in related.answer["classes"] if e["class"] == name)
            most = max((sets.count(i) for i in sets), default=0)
            assert [int(n) for n in numbers] == [cell["filters"], len(set(sets)), most, len(steps)]


def test_controls_are_in_step_and_the_ranking_tells_its_chance(
    browser: Browser, standing_board: TensorBoard
) -> None:
    with tab_of(browser, standing_board.url) as tab:
        tab.open("1!v*validation!m*0.6!w*7")
        tab.frame.get_by_role("tab", name="Correlation").click()
        view = tab.region("Correlation view")
        expect(view.get_by_label("Window")).to_have_value("7")
        ranking = tab.region("Ranked mini-sets")
        expect(ranking).to_contain_text("1,000 shuffles of")
        expect(ranking).to_contain_text("some sharing is chance")
        answer = standing_board.json(
            "mini_set_surprise",
            run="resnet50",
            shuffles=1000,
            **{**OPTIONS, "window": 7, "top_k": 100},
        )
        most = max(answer["mini_sets"], key=lambda one: one["classes"])
        first = ranking.get_by_role("listitem").first
        expect(first).to_contain_text(f"{most['classes']} classes")
        expect(first).to_contain_text(most["layer"])
        # Filters of shallow layers, which move when many classes flip: that alone makes it likely.
        assert most["classes_p"] > 0.05
        expect(first).to_contain_text(f"p {most['classes_p']:.3f}")
        ranking.get_by_role("button", name="Recurring for one class").click()
        # The paper's c1: filters that come back for the class of gongs.
        expect(ranking.get_by_role("listitem").first).to_contain_text(
            re.compile(r"layer3\.4\.conv2 filters 7, 19.*gong")
        )

        view.get_by_label("Min. score").fill("0.95")
        expect(view).to_contain_text("No class flips as much")
        tab.frame.get_by_role("tab", name="Validation").click()
        expect(tab.region("Validation view").get_by_label("Min. score")).to_have_value("0.95")


def test_a_real_run_and_axe(browser: Browser, digits_board: TensorBoard) -> None:
    with tab_of(browser, digits_board.url, width=900) as tab:
        tab.open("1!v*correlation!w*1!m*0.05")
        grid = tab.region("Correlation view").get_by_role("application")
        grid.focus()
        tab.page.keyboard.press("ArrowDown")
        expect(grid.locator("[aria-live]")).not_to_be_empty()
        tab.page.keyboard.press("ArrowRight")
        tab.page.keyboard.press("Enter")
        expect(selection(tab, "A")).to_be_visible()
        assert tab.serious_axe_findings() == []
        tab.frame.get_by_role("tab", name="Cube").click()
        expect(chart(tab).locator("canvas")).to_be_visible()
        expect(selection(tab, "A").get_by_role("img").first).to_be_visible()
        tab.dark()
        assert tab.serious_axe_findings() == []
