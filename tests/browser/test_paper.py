"""The paper's ten findings: each path in the help leads to what it says, on a standing log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from benchmarks import imagenet_log
from benchmarks.planted import STEP_INTERVAL, plant
from tests.browser.tab import Tab, tab_of
from tests.tensorboard_process import TensorBoard, tensorboard

# Long enough for both flips of the gongs.
DUMPS, CLASSES = 400, 60
TRUTH = plant(DUMPS, CLASSES)
HOLDS, FAILS = "It holds in this run.", "It does not hold in this run."


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    logdir = tmp_path_factory.mktemp("paper")
    imagenet_log.write(logdir / "small", dumps=DUMPS, classes=CLASSES)
    output = tmp_path_factory.mktemp("board") / "out"
    with tensorboard(output, f"--logdir={logdir}") as running:
        yield running


@pytest.fixture
def tab(browser: Browser, board: TensorBoard) -> Iterator[Tab]:
    with tab_of(browser, board.url) as opened:
        yield opened.open("2")


def guide(tab: Tab) -> Any:
    return tab.region("The paper's findings")


def follow(tab: Tab, title: str) -> None:
    tab.frame.get_by_role("button", name="Help").click()
    tab.frame.get_by_role("button", name=title, exact=True).click()
    expect(tab.frame.get_by_role("dialog")).to_have_count(0)
    expect(guide(tab).get_by_role("heading")).to_contain_text(title)


def show(tab: Tab, step: int) -> None:
    guide(tab).get_by_role("listitem").nth(step).get_by_role("button", name="Show").click()
    # The path stays, whatever a step shows.
    expect(guide(tab)).to_be_visible()


def verdict(tab: Tab) -> Any:
    return guide(tab).get_by_role("status")


def clusters(tab: Tab) -> None:
    expect(verdict(tab)).to_contain_text(f"{HOLDS} This run has 4 clusters.")
    show(tab, 0)
    expect(tab.region("Validation view").get_by_role("treeitem")).to_have_count(4)
    show(tab, 1)
    hardest = int((TRUTH.cluster == 3).sum())
    rows = tab.region("Validation view").get_by_role("treeitem")
    expect(rows.nth(4)).to_be_visible()
    tab.quiet()
    assert 4 + hardest / 2 < rows.count() < 4 + 2 * hardest


def peaks(tab: Tab) -> None:
    expect(verdict(tab)).to_contain_text(HOLDS)
    expect(verdict(tab)).to_contain_text("anomalies are in the first half")
    show(tab, 1)
    tab.page.wait_for_function("() => location.hash.includes('axis.step')")
    step = int(re.findall(r"axis\.step\*(\d+)", tab.state())[0])
    # At the peak, or where it is over.
    assert step // STEP_INTERVAL - 1 in {peak + after for peak in TRUTH.peaks for after in (0, 1)}
    expect(tab.frame.get_by_label("Inspector")).to_contain_text(f"{step:,}")


def whole(tab: Tab) -> None:
    at = (TRUTH.flipping_at + 1) * STEP_INTERVAL
    expect(verdict(tab)).to_contain_text(f"“mushroom” at iteration {at:,}: ")
    expect(verdict(tab)).to_contain_text(HOLDS)
    show(tab, 0)
    view = tab.region("Validation view")
    expect(view.get_by_role("treeitem", name="images of mushroom").first).to_be_visible()
    expect(tab.frame.get_by_label("Inspector")).to_contain_text(f"Iteration {at:,} pinned")


def never(tab: Tab) -> None:
    count = len(TRUTH.always_wrong)
    expect(verdict(tab)).to_contain_text(f"{HOLDS} {count} images of “mushroom” are never right.")
    show(tab, 0)
    inspector = tab.frame.get_by_label("Inspector")
    expect(inspector.get_by_role("heading", name="mushroom", exact=True)).to_be_visible()


def spread(tab: Tab) -> None:
    expect(verdict(tab)).to_contain_text(f"{HOLDS} The standard deviation falls in 6 of 6 modules")
    show(tab, 0)
    horizon = tab.region("Layer view").get_by_role("button", name="Horizon")
    expect(horizon).to_have_attribute("aria-pressed", "true")
    show(tab, 1)
    expect(horizon).to_have_attribute("aria-pressed", "false")


def means(tab: Tab) -> None:
    expect(verdict(tab)).to_contain_text(
        f"{HOLDS} At the end the mean is negative in 5 of 5 modules before the last, and positive"
    )
    show(tab, 0)
    chosen = tab.region("Layer view").get_by_label("Statistic")
    expect(chosen).to_have_value("weight_mean")


def dead(tab: Tab) -> None:
    first = TRUTH.dead[0]
    expect(verdict(tab)).to_contain_text(
        f"2 of this run's filters never change, first filter {first}"
    )
    show(tab, 0)
    inspector = tab.frame.get_by_label("Inspector")
    expect(inspector.get_by_role("heading", name=f"Filter {first} of conv1")).to_be_visible()
    show(tab, 1)
    expect(tab.frame.get_by_text("Filters that never change")).to_be_in_viewport()


def restless(tab: Tab) -> None:
    first = TRUTH.restless[0]
    expect(verdict(tab)).to_contain_text(f"{HOLDS} 3 of this run's filters")
    show(tab, 0)
    view = tab.region("Layer view")
    expect(view.get_by_role("treeitem", name=TRUTH.restless_layer).first).to_be_in_viewport()
    name = f"Filter {first} of {TRUTH.restless_layer}"
    inspector = tab.frame.get_by_label("Inspector")
    expect(inspector.get_by_role("heading", name=name)).to_be_visible()


def shared(tab: Tab) -> None:
    expect(verdict(tab)).to_contain_text("is known once the Correlation view has been on screen")
    show(tab, 0)
    expect(verdict(tab)).to_contain_text(HOLDS)
    show(tab, 1)
    expect(tab.region("Correlation view").locator("canvas").first).to_be_visible()
    show(tab, 2)
    expect(tab.region("Cube").get_by_role("application")).to_be_visible()


def own(tab: Tab) -> None:
    verdict(tab).get_by_role("button", name="Correlation view").click()
    expect(verdict(tab)).to_contain_text(HOLDS)
    expect(verdict(tab)).to_contain_text(
        re.compile("appears [2-9] times for “.+” and for no other")
    )
    show(tab, 0)
    layer = re.findall(r"A mini-set of (\S+), filters? (\d+)", verdict(tab).inner_text())[0]
    expect(tab.region("Selection A")).to_contain_text(layer[0])
    show(tab, 1)
    expect(tab.region("Cube").get_by_role("application")).to_be_visible()
    expect(tab.region("Selection A")).to_contain_text(layer[0])
    show(tab, 2)
    expect(tab.region("Validation view").get_by_role("treeitem").first).to_be_visible()


PATHS: dict[str, Callable[[Tab], None]] = {
    "Classes are learned at different paces": clusters,
    "Peaks of the error are many classes that flip": peaks,
    "A whole class flips at once": whole,
    "Images that are never learned look different": never,
    "The spread of the weights falls, and is smaller in deeper modules": spread,
    "The means of the weights become negative, but for the last layer": means,
    "Two filters never change": dead,
    "A few filters never settle": restless,
    "Shallow filters are shared by classes, deep ones belong to few": shared,
    "Filters that matter for one class": own,
}


@pytest.mark.parametrize("title", PATHS)
def test_path(tab: Tab, title: str) -> None:
    follow(tab, title)
    PATHS[title](tab)


def test_the_help_lists_them_and_axe_finds_nothing(tab: Tab) -> None:
    tab.frame.get_by_role("button", name="Help").click()
    dialog = tab.frame.get_by_role("dialog")
    for title in PATHS:
        expect(dialog.get_by_role("button", name=title, exact=True)).to_be_visible()
    assert tab.serious_axe_findings() == []
    dialog.get_by_role("button", name=next(iter(PATHS)), exact=True).click()
    expect(guide(tab)).to_be_visible()
    assert tab.serious_axe_findings() == []
    guide(tab).get_by_role("button", name="Next").click()
    expect(guide(tab).get_by_role("heading")).to_contain_text("Finding 2 of 10")
    guide(tab).get_by_role("button", name="Close").click()
    expect(guide(tab)).to_have_count(0)
    tab.page.wait_for_function("() => !location.hash.includes('paper.path')")


def test_a_run_without_anomalies_says_so(browser: Browser, tmp_path: Path) -> None:
    from tests.features.suggested.logs import write_planted

    write_planted(tmp_path / "logs" / "run", joint=False)
    with (
        tensorboard(tmp_path / "out", f"--logdir={tmp_path / 'logs'}") as running,
        tab_of(browser, running.url) as opened,
    ):
        opened.open("2!paper.path*3")
        expect(verdict(opened)).to_contain_text(f"{FAILS} This run has no anomalies.")
        expect(guide(opened).get_by_role("button", name="Show")).to_have_count(0)
