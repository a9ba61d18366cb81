"""The Correlation View as a user sees it, on the planted truth and on a real run."""

from __future__ import annotations

import re
from math import comb
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.cube import (
    OPTIONS,
    STRICT,
    Related,
    chance_color,
    chart,
    pixels,
    selection,
)
from tests.browser.tab import Tab, tab_of
from tests.tensorboard_process import TensorBoard


def settled(tab: Tab) -> None:
    """Waits for the last answers: from then on nothing moves any more."""
    expect(tab.region("Ranked mini-sets")).to_contain_text("cells")
    # Behind buttons, each.
    back = tab.region("Correlation view").locator("button", has_text=re.compile("^Back to "))
    expect(back).to_have_count(2)
    tab.quiet()


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
        settled(tab)
        image = pixels(grid)
        box = grid.bounding_box()
        assert box
        left, right, top, bottom = 168, box["width"] - 64, 30, box["height"] - 78
        inside = image[top + 1 : round(bottom) - 1, left + 1 : round(right) - 1]
        layers = [row["layer"] for row in related.answer["layers"]]
        classes = sorted(each["class"] for each in related.answer["classes"])
        chance = standing_board.json("expected_filters", run="resnet50", **OPTIONS)
        of_cell = {(one["layer"], one["class"]): one for one in chance["cells"]}
        if detail == "abstract":
            colors = set()
            for row, layer in enumerate(layers):
                for column, name in enumerate(classes):
                    shown = inside[
                        round((row + 0.5) * inside.shape[0] / len(layers)),
                        round((column + 0.5) * inside.shape[1] / len(classes)),
                    ]
                    one = of_cell[layer, name]
                    color = chance_color(one["filters"], one["expected"], one["low"], one["high"])
                    assert np.abs(shown - color).max() <= 2, (layer, name, one)
                    colors.add(tuple(color.tolist()))
            assert len(colors) > 20
        view.get_by_role("button", name="Table", exact=True).click()
        rows_text = view.get_by_role("row").all_inner_texts()[1:]
        ranked = sorted(chance["cells"], key=lambda cell: -cell["filters"])
        assert len(rows_text) == min(500, len(ranked))
        marked = {(c["layer"], c["class"]): c["marks"] for c in related.answer["cells"]}
        for text in rows_text[:: len(rows_text) // 40]:
            # Nothing was put back.
            layer, name, *numbers, put_back = text.split("\t")
            assert not put_back.strip()
            one = of_cell[layer, name]
            sets = [mark["mini_set"] for mark in marked.get((layer, name), [])]
            steps = next(e["steps"] for e in related.answer["classes"] if e["class"] == name)
            most = max((sets.count(i) for i in sets), default=0)
            counts = [one["filters"], one["low"], one["high"], len(set(sets)), most, len(steps)]
            filters, expected, low, high, p, q, *rest = (float(n) for n in numbers)
            assert [filters, low, high, *rest] == counts
            assert [expected, p, q] == pytest.approx(
                [one["expected"], one["p"], one["q"]], rel=5e-3
            )


def test_a_cell_is_read_at_the_pointer_and_stays_what_it_is(
    browser: Browser, standing_board: TensorBoard
) -> None:
    """Its numbers beside it; row, column and cell have outlines, and no colour changes in them."""
    chance = standing_board.json("expected_filters", run="resnet50", **OPTIONS)
    far = max(chance["cells"], key=lambda one: one["filters"] - one["expected"])
    layers = list(dict.fromkeys(one["layer"] for one in chance["cells"]))
    classes = sorted({one["class"] for one in chance["cells"]})
    with tab_of(browser, standing_board.url) as tab:
        tab.open(f"1!v*correlation!O*name!D*abstract!{STRICT}")
        grid = tab.region("Correlation view").get_by_role("application")
        settled(tab)
        box = grid.bounding_box()
        assert box
        size = ((box["width"] - 168 - 64) / len(classes), (box["height"] - 30 - 78) / len(layers))
        left = 168 + classes.index(far["class"]) * size[0]
        top = 30 + layers.index(far["layer"]) * size[1]
        before = pixels(grid)
        grid.hover(position={"x": left + size[0] / 2, "y": top + size[1] / 2})
        read = tab.frame.locator(".readout")
        expect(read).to_contain_text(f"{far['layer']} \N{MULTIPLICATION SIGN} {far['class']}")
        expect(read).to_contain_text(re.compile(rf"expected\s*{far['expected']:.1f}"))
        expect(read).to_contain_text(re.compile(rf"chance\s*{far['low']} to {far['high']}"))
        expect(read).to_contain_text(re.compile(rf"anomaly filters\s*{far['filters']}"))
        expect(read).to_contain_text(re.compile(rf"q\s*{far['q']:.3f}"))
        said = grid.locator("[aria-live]").inner_text()
        assert f"{far['filters']} anomaly filters; {far['expected']:.1f} expected" in said
        # A click selects: still outlines only.
        grid.click(position={"x": left + size[0] / 2, "y": top + size[1] / 2})
        expect(selection(tab, "A")).to_contain_text("Expected by chance")
        tab.page.mouse.move(2, 2)
        after = pixels(grid)
        changed = np.abs(after - before).max(axis=2) > 8
        assert 100 < changed.sum() < 0.02 * changed.size
        inside = np.s_[
            round(top) + 4 : round(top + size[1]) - 4, round(left) + 4 : round(left + size[0]) - 4
        ]
        assert not changed[inside].any()


def few(board: TensorBoard, run: str, window: int, score: float) -> Any:
    """The correlation, if there is one whose iterations are too few; no p of it is below 0.05."""
    options = {**OPTIONS, "run": run, "window": window, "min_score": score, "top_k": 10}
    found = board.json("correlation", **options)
    steps = {step for one in found["classes"] for step in one["steps"]}
    choices = [comb(len(steps), len(one["steps"])) for one in found["classes"]]
    if not found["layers"] or max(choices) >= 40:
        return None
    assert all(one["p"] > 0.05 for one in board.json("expected_filters", **options)["cells"])
    return found


def test_where_nothing_can_be_told_it_says_what_would_help(
    browser: Browser, digits_board: TensorBoard
) -> None:
    run = digits_board.json("runs")["runs"][0]["run"]
    # The strictest rules that leave anything leave too few iterations to tell chance by.
    window, score, found = next(
        (window, score, found)
        for window in (20, 12, 8, 5, 3, 1)
        for score in (round(0.95 - 0.05 * i, 2) for i in range(19))
        if (found := few(digits_board, run, window, score))
    )
    with tab_of(browser, digits_board.url) as tab:
        tab.open(f"1!v*correlation!w*{window}!m*{score}!K*10")
        view = tab.region("Correlation view")
        note = view.get_by_role("note")
        one_class = len(found["classes"]) == 1
        expect(note).to_contain_text(
            "Only one class flips" if one_class else "cannot tell a class from chance"
        )
        expect(note).to_contain_text("min. score")
        ranking = tab.region("Ranked mini-sets")
        # What was put back comes first where the training had time to try it.
        ranking.get_by_role("button", name="Cells").click()
        expect(ranking).to_contain_text("is beyond chance (q ≤ 0.05)")


def test_controls_are_in_step_and_the_ranking_opens_with_what_is_significant(
    browser: Browser, standing_board: TensorBoard
) -> None:
    with tab_of(browser, standing_board.url) as tab:
        tab.open("1!v*validation!m*0.6!w*7")
        tab.frame.get_by_role("tab", name="Correlation").click()
        view = tab.region("Correlation view")
        expect(view.get_by_label("Window")).to_have_value("7")
        ranking = tab.region("Ranked mini-sets")
        options = {**OPTIONS, "run": "resnet50", "window": 7, "top_k": 100}
        cells = standing_board.json("expected_filters", **options)["cells"]
        said(ranking, [one["q"] for one in cells], f"{len(cells):,} cells")
        ranking.get_by_role("button", name="Most classes").click()
        expect(ranking).to_contain_text("1,000 shuffles of")
        answer = standing_board.json("mini_set_surprise", shuffles=1000, **options)
        sets = [one for one in answer["mini_sets"] if one["classes"] > 1]
        said(ranking, [one["classes_q"] for one in sets], f"{len(answer['mini_sets']):,} mini-sets")
        best = min(sets, key=lambda one: (one["classes_q"], one["classes_p"], -one["classes"]))
        first = ranking.get_by_role("listitem").first
        expect(first).to_contain_text(f"{best['classes']} classes")
        expect(first).to_contain_text(best["layer"])
        expect(first).to_contain_text(f"q {best['classes_q']:.3f}")
        ranking.get_by_role("button", name="Recurring").click()
        sets = [one for one in answer["mini_sets"] if one["times"] > 1]
        said(ranking, [one["times_q"] for one in sets], f"{len(answer['mini_sets']):,} mini-sets")
        # The paper's c1: filters that come back for the class of gongs.
        expect(ranking.get_by_role("listitem").first).to_contain_text(
            re.compile(r"layer3\.4\.conv2 filters 7, 19.*gong at \d+ of \d+")
        )

        tab.rules("Correlation view").get_by_label("Min. score").fill("0.95")
        expect(view).to_contain_text("No class flips as much")
        tab.frame.get_by_role("tab", name="Validation").click()
        expect(tab.region("Validation view").get_by_label("Min. score")).to_have_value("0.95")


def said(ranking: Locator, q: list[float], tested: str) -> None:
    """The list's sentence about what is significant."""
    significant = sum(each <= 0.05 for each in q)
    expect(ranking).to_contain_text(
        f"{significant} of {tested} beyond chance"
        if significant
        else f"None of {tested} is beyond chance (q ≤ 0.05), the smallest q is {min(q):.3f}"
    )


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
