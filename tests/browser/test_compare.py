"""Several runs side by side: the list that chooses them, and what the Compare view says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Route, expect

from tensorboard_plugin_deeptracker import SummaryWriter
from tests.browser.tab import Tab, tab_of, word
from tests.tensorboard_process import TensorBoard, tensorboard

CLASSES = ("cat", "dog", "owl")
EACH = 20
# Names that differ only late, with what lists are mostly divided by.
BASE = "a sweep of networks with a long name/rate 0.1, seed "
ONE, TWO, THREE = f"{BASE}1", f"{BASE}2", f"{BASE}3"
LOST = 12


def write(run: Path, lost: int, every: int = 10, fewer: int = 0) -> None:
    """Classes that are learned one after the other; of the dogs, some are owls in the end.

    Args:
        run: The run's directory.
        lost: How many dogs are.
        every: Iterations of an epoch.
        fewer: How many owls are left out.
    """
    from torch import nn

    labels = np.repeat(np.arange(3), EACH)[: 3 * EACH - fewer]
    pixels = np.random.default_rng(0).integers(0, 256, (len(labels), 8, 8, 3), np.uint8)
    rng = np.random.default_rng(lost)
    model = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 3))
    with SummaryWriter(run) as writer:
        writer.add_model(model)
        writer.add_validation_set(labels, list(CLASSES), images=pixels)
        for epoch in range(5):
            told = np.where(labels <= epoch, labels, (labels + 1) % 3)
            if epoch == 4:
                told[EACH : EACH + lost] = 2
            features = rng.standard_normal((len(labels), 6)) + 4 * np.eye(3, 6)[told]
            writer.add_weights(model, epoch * every)
            writer.add_scalar("epoch", epoch, epoch * every)
            writer.add_predictions(told, epoch * every)
            writer.add_representations(features, epoch * every, scores=features[:, :3])


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    directory = tmp_path_factory.mktemp("compare")
    write(directory / "logs" / ONE, 0)
    write(directory / "logs" / TWO, LOST)
    write(directory / "logs" / THREE, 1, every=20, fewer=5)
    with tensorboard(directory / "out", f"--logdir={directory / 'logs'}") as running:
        yield running


@pytest.fixture(scope="module")
def tab(browser: Browser, board: TensorBoard) -> Iterator[Tab]:
    with tab_of(browser, board.url) as opened:
        yield opened


def comparison(tab: Tab, *names: str, more: str = "") -> Any:
    """The Compare view of some runs, when it has its verdict."""
    chosen = "*".join(word(name) for name in names)
    tab.open(f"2!screen.run*{word(names[0])}!screen.runs*{chosen}!screen.view*compare{more}")
    view = tab.region("Compare view")
    expect(view.locator("[data-verdict]")).to_be_visible()
    tab.quiet()
    return view


def timeline_legend(tab: Tab) -> Any:
    return tab.frame.get_by_role("region", name="Timeline", exact=True).locator("dl")


def test_the_list_of_runs_takes_several(tab: Tab) -> None:
    tab.open(f"2!screen.run*{word(ONE)}")
    frame = tab.frame
    picker = frame.get_by_role("combobox", name="Run", exact=True)
    expect(picker).to_have_value(ONE)
    # What is written over it is cut in its middle, so that the end is there.
    written = frame.locator(".field .shown .end")
    expect(written).to_have_text(ONE[-12:])
    picker.click()
    options = frame.get_by_role("listbox", name="Runs").get_by_role("option")
    expect(options).to_have_count(3)
    picker.fill("seed [12]$")
    expect(options).to_have_count(2)
    options.nth(1).locator("[data-compare]").click()
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(options.nth(0)).to_have_attribute("aria-current", "true")
    tab.page.wait_for_function(f"location.hash.includes('screen.runs*{word(ONE)}*{word(TWO)}')")
    picker.fill("")
    picker.press("ArrowDown")
    picker.press("ArrowDown")
    picker.press("Control+Enter")
    expect(options.nth(2)).to_have_attribute("aria-selected", "true")
    assert tab.serious_axe_findings() == []
    panel = frame.locator(".panel")
    panel.get_by_role("button", name="None").click()
    expect(options.and_(frame.locator("[aria-selected=true]"))).to_have_count(1)
    panel.get_by_role("button", name="All").click()
    expect(options.and_(frame.locator("[aria-selected=true]"))).to_have_count(3)
    picker.press("Escape")
    expect(panel).to_be_hidden()
    expect(frame.locator(".field .others")).to_have_text("+2")
    # A link without any other run shows what it showed; a visit without a link, what was chosen.
    tab.open(f"1!r*{word(TWO)}!v*confusion")
    expect(frame.get_by_role("tab", name="Confusion")).to_have_attribute("aria-selected", "true")
    expect(picker).to_have_value(TWO)
    expect(frame.locator(".field .others")).to_have_count(0)
    tab.page.goto("about:blank")
    tab.open_page()
    expect(frame.locator(".field .others")).to_have_text("+2")


def test_one_run_says_what_to_choose(tab: Tab) -> None:
    tab.open(f"2!screen.run*{word(ONE)}!screen.view*compare")
    view = tab.region("Compare view")
    expect(view.get_by_role("heading", name="Choose a run to compare")).to_be_visible()
    assert tab.serious_axe_findings() == []
    view.get_by_role("button", name="…seed 2 5 validations").click()
    expect(view.locator("[data-verdict]")).to_contain_text(
        "…seed 2 is wrong for 20.0% of 60 images"
    )


def test_two_runs_class_by_class(tab: Tab) -> None:
    view = comparison(tab, ONE, TWO)
    verdict = view.locator("[data-verdict]")
    expect(verdict).to_contain_text(
        "…seed 2 is wrong for 20.0% of 60 images, …seed 1 for 0.0%: 20.0 points"
    )
    expect(verdict).to_contain_text(f"it lost {LOST} and won 0 of them")
    expect(verdict).to_contain_text("The two differ beyond chance")
    expect(verdict).to_contain_text("p\u00a0<\u00a00.001")
    rows = view.get_by_role("tree").get_by_role("treeitem")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text(re.compile(r"dog\s*0\.0%\s*60\.0%\s*\+60\.0\*"))
    rows.first.locator("[data-plot]").hover(position={"x": 830, "y": 8})
    readout = tab.frame.locator(".readout")
    expect(readout).to_contain_text(re.compile(r"dog.*Iteration.*40.*…seed 2.*60\.0%", re.DOTALL))
    tree = view.get_by_role("tree")
    tree.focus()
    tree.press("ArrowDown")
    tree.press("Enter")
    expect(rows.first).to_have_attribute("aria-expanded", "true")
    expect(rows.first.locator("path")).to_have_count(3)  # Two lines, and the chevron.
    inspector = tab.frame.get_by_label("Inspector")
    expect(inspector).to_contain_text(f"Lost: {LOST} images")
    for rate in ("Negative flip rate", "Churn"):
        expect(inspector).to_contain_text(f"{rate} 60.0% 38.7% to 78.1%")
    # The timeline has both, and the crosshair is everybody's.
    assert tab.serious_axe_findings() == []
    table = view.get_by_role("button", name="Table", exact=True)
    table.click()
    cells = view.get_by_role("table").get_by_role("row").nth(1)
    expect(cells).to_contain_text(
        re.compile(
            rf"dog\s*20\s*0\.0%\s*60\.0%.*{LOST}(\s*60\.0%\s*38\.7%\s*78\.1%\s*0?){{2}}", re.DOTALL
        )
    )
    table.click()


def test_an_earlier_iteration_is_compared_where_it_is_pinned(tab: Tab) -> None:
    view = comparison(tab, ONE, TWO, more="!axis.step*10")
    expect(view.locator("[data-verdict]")).to_contain_text("both are right and wrong on the same")
    expect(view).to_contain_text("At iteration 10")


def test_runs_with_other_batches_are_compared_by_epochs(tab: Tab) -> None:
    view = comparison(tab, ONE, THREE, more="!compare.axis*epochs!axis.step*20")
    expect(view).to_contain_text("At iterations 20 and 40")
    expect(view.locator("[data-verdict]")).to_contain_text("of 55 images")
    view.get_by_text("Without a partner").click()
    expect(view).to_contain_text("5 images only in …seed 1")


def test_lost_images_with_both_histories(tab: Tab) -> None:
    view = comparison(tab, ONE, TWO, more="!compare.mode*images")
    images = view.get_by_role("listbox")
    expect(images.get_by_role("option")).to_have_count(LOST)
    row = images.get_by_role("option").first
    expect(row).to_contain_text("dog")
    expect(row.locator("img")).to_be_visible()
    expect(row.locator("canvas")).to_have_count(2)
    images.focus()
    images.press("Home")
    tab.page.wait_for_function("location.hash.includes('screen.selected*image*1*0')")
    assert tab.serious_axe_findings() == []
    view.get_by_role("button", name="Won: 0").click()
    expect(images).to_contain_text("won no image")


def test_the_same_layers_of_both(tab: Tab) -> None:
    view = comparison(tab, ONE, TWO, more="!compare.mode*layers!layers.statistic*weight_l2")
    rows = view.get_by_role("listbox").get_by_role("option")
    expect(rows).to_have_count(2)
    expect(rows.first.locator("path")).to_have_count(2)
    assert tab.serious_axe_findings() == []


def test_both_maps_show_the_same_image(tab: Tab) -> None:
    view = comparison(tab, ONE, TWO, more="!compare.mode*map!screen.selected*image*1*3")
    for name in (ONE, TWO):
        pane = view.get_by_role("region", name=f"Map of {name}")
        expect(pane.get_by_role("img")).to_have_attribute(
            "aria-label", re.compile("^Map of 60 images at iteration 40")
        )
        expect(pane.locator("circle.focus")).to_have_count(1)
    expect(view.locator("[data-shared]")).to_contain_text(re.compile(r"\d+ of 15"))
    assert tab.serious_axe_findings() == []


def test_the_other_run_stands_in_the_views_of_the_shown_one(tab: Tab) -> None:
    chosen = f"2!screen.run*{word(ONE)}!screen.runs*{word(ONE)}*{word(TWO)}"
    tab.open(f"{chosen}!screen.view*validation!axis.step*40")
    view = tab.region("Validation view")
    both = view.locator("[data-beside]")
    expect(both).to_have_count(3)
    expect(view.locator("[data-legend-beside]")).to_contain_text("this run over …seed 2")
    tab.quiet()
    # The upper half is right, the lower one wrong for 12 of 20 dogs.
    dog = view.get_by_role("treeitem").filter(has_text="dog").locator("[data-plot]")
    dog.hover(position={"x": 830, "y": 14})
    expect(tab.frame.locator(".readout")).to_contain_text(
        re.compile(r"dog.*Error rate.*0\.0%.*in …seed 2.*60\.0%", re.DOTALL)
    )
    expect(timeline_legend(tab)).to_contain_text(re.compile(r"in …seed 2\s*20\.0%"))
    assert tab.serious_axe_findings() == []
    tool = view.locator("[data-tool]")
    tool.get_by_role("checkbox").uncheck()
    expect(both).to_have_count(0)
    tool.get_by_role("checkbox").check()
    expect(both).to_have_count(3)

    tab.frame.get_by_role("tab", name="Layers", exact=True).click()
    rows = tab.region("Layer view").get_by_role("treeitem")
    expect(rows.first.locator("svg path[style*=stroke]")).to_have_count(2)
    charts = tab.region("Layer view").get_by_role("group", name="Chart")
    charts.get_by_role("button", name="Horizon").click()
    expect(rows.first.locator("canvas")).to_have_count(2)
    charts.get_by_role("button", name="Box plots").click()
    # A pair of boxes at each dump, in the colours of the two runs.
    boxes = rows.first.locator("svg path.boxes")
    expect(boxes).to_have_count(2)
    assert len(set(boxes.evaluate_all("all => all.map((it) => getComputedStyle(it).stroke)"))) == 2
    rows.first.locator("[data-plot]").hover(position={"x": 500, "y": 14})
    expect(tab.frame.locator(".readout")).to_contain_text(
        re.compile(r"maximum.*in …seed 2.*median.*in …seed 2.*minimum", re.DOTALL)
    )
    charts.get_by_role("button", name="Lines").click()
    tab.frame.get_by_role("tab", name="Map", exact=True).click()
    tab.region("Map view").get_by_role("button", name="Both maps").click()
    expect(tab.region("Compare view").get_by_role("region", name=f"Map of {TWO}")).to_be_visible()

    # The cube is of one run at a time, at the same iteration.
    tab.frame.get_by_role("tab", name="Cube", exact=True).click()
    which = tab.frame.get_by_role("group", name="Run that is shown")
    which.get_by_role("button", name="…seed 2").click()
    expect(tab.frame.get_by_role("combobox", name="Run", exact=True)).to_have_value(TWO)
    tab.page.wait_for_function(f"location.hash.includes('screen.run*{word(TWO)}')")
    tab.page.wait_for_function("location.hash.includes('axis.step*40')")


def test_many_runs_tell_what_is_hard_from_luck(tab: Tab) -> None:
    view = comparison(tab, ONE, TWO, THREE, more="!compare.mode*runs!compare.right*2")
    bars = view.get_by_role("group", name="In how many runs images are right").get_by_role("button")
    expect(bars).to_have_count(4)
    # One dog is lost by two of the runs, the others by one.
    expect(bars.nth(1)).to_have_accessible_name("1 image right in 1 of 3 runs")
    expect(bars.nth(2)).to_have_accessible_name("11 images right in 2 of 3 runs")
    expect(view.locator("[data-agreement]")).to_contain_text("11 images of 55 (20.0%)")
    runs = view.get_by_role("table").first.get_by_role("row")
    expect(runs).to_have_count(4)
    assert tab.serious_axe_findings() == []


def test_what_the_view_shows_is_asked_first(browser: Browser, board: TensorBoard) -> None:
    behind = re.compile(r"/(signs|suggested|results|clusters|compare_runs)\?")
    asked, held = list[str](), list[Route]()
    state = f"2!screen.run*{word(ONE)}!screen.runs*{word(ONE)}*{word(TWO)}!screen.view*compare"
    with tab_of(browser, board.url) as opened:
        page = opened.page
        page.on("request", lambda request: asked.append(request.url))
        page.route(re.compile(r"/compare\?"), lambda route: held.append(route))
        with (
            page.expect_event("requestfinished", lambda each: "/error_rates?" in each.url),
            page.expect_event("requestfinished", lambda each: "/compare_classes?" in each.url),
        ):
            opened.open(state)
        expect(opened.frame.get_by_text("Loading comparison")).to_be_attached()
        opened.evaluate(
            "new Promise((it) => requestAnimationFrame(() => requestAnimationFrame(it)))"
        )
        early = list(filter(behind.search, asked))
        for route in held:
            route.continue_()
        expect(opened.region("Compare view").locator("[data-verdict]")).to_be_visible()
        opened.quiet()
        assert (len(held), early) == (1, [])
        assert len(set(filter(behind.search, asked))) == 5
