"""What is shown before anybody has chosen anything is what the run suggests; the rest is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.tab import Tab, tab_of
from tests.features.suggested.logs import write_planted
from tests.tensorboard_process import TensorBoard, tensorboard


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    """A run with two clusters and a class that flips as one, and one in which nothing separates."""
    logdir = tmp_path_factory.mktemp("suggested")
    write_planted(logdir / "a planted")
    write_planted(logdir / "b alike", joint=False, easy=0.5, hard=0.5)
    arguments = f"--logdir={logdir}"
    with tensorboard(logdir / "out", arguments) as board:
        yield board


@pytest.fixture
def planted(browser: Browser, board: TensorBoard) -> Iterator[Tab]:
    """The tab at its defaults."""
    with tab_of(browser, board.url) as tab:
        yield tab.open("2")


def view(tab: Tab) -> Any:
    return tab.region("Validation view")


def suggested(board: TensorBoard, run: str = "a planted") -> Any:
    return board.json("suggested", run=run)


def percent(score: float) -> str:
    return f"{100 * score:.1f}".removesuffix(".0") + "%"


def clusters(tab: Tab) -> Any:
    return view(tab).locator("[data-cluster]")


def test_the_defaults_are_those_of_the_route(planted: Tab, board: TensorBoard) -> None:
    answer = suggested(board)
    expect(view(planted).get_by_label("Window")).to_have_value(str(answer["window"]))
    expect(view(planted).get_by_label("Min. score")).to_have_value(str(answer["min_score"]))
    count, at = answer["anomalies"], answer["iterations"]
    expect(view(planted)).to_contain_text(
        f"window {answer['window']}, {percent(answer['min_score'])}: "
        f"{count} anomal{'y' if count == 1 else 'ies'} at {at} iteration{'' if at == 1 else 's'};"
        " chance would give none"
    )
    expect(clusters(planted)).to_have_count(answer["k"])
    expect(view(planted)).to_contain_text("best separated")
    planted.frame.get_by_role("tab", name="Correlation").click()
    top = planted.region("Correlation view").get_by_label("Top filters")
    expect(top).to_have_value(str(answer["top_k"]))
    # Nobody has changed anything: the address says where one is, and no more.
    for setting in ("anomalies", "topK", "validation.k"):
        assert setting not in planted.state()


def test_what_is_changed_by_hand_is_in_the_address_until_it_is_taken_back(
    planted: Tab, browser: Browser, board: TensorBoard
) -> None:
    answer = suggested(board)
    window = view(planted).get_by_label("Window")
    expect(window).to_have_value(str(answer["window"]))
    planted.rules("Validation view").get_by_label("Window").press("ArrowRight")
    chosen = answer["window"] + 1
    planted.page.wait_for_function(f"/anomalies[.]window[*]{chosen}/.test(location.hash)")
    assert "minScore" not in planted.state()
    expect(view(planted)).to_contain_text(f"window {chosen}, ")
    # What is chosen by hand has its own figure of chance.
    rules = {"window": chosen, "min_score": answer["min_score"]}
    assert board.json("anomaly_chance", run="a planted", **rules)["chance"] < 0.05
    expect(view(planted).locator("[data-reason=anomalies]")).to_contain_text(
        re.compile("chance would give none|no anomalies beyond chance")
    )
    view(planted).get_by_role("slider", name="Clusters").fill("3")
    expect(clusters(planted)).to_have_count(3)
    # The address follows a moment later.
    planted.page.wait_for_function("/validation[.]k[*]3/.test(location.hash)")
    with tab_of(browser, planted.url) as other:
        other.open(planted.state())
        expect(view(other).get_by_label("Window")).to_have_value(str(chosen))
        expect(clusters(other)).to_have_count(3)
    panel = planted.rules("Validation view")
    panel.get_by_role("button", name=f"Back to window {answer['window']}").click()
    view(planted).get_by_role("button", name="2 are best separated").click()
    expect(view(planted)).to_contain_text("chance would give none")
    expect(clusters(planted)).to_have_count(2)
    planted.page.wait_for_function("!/anomalies|validation[.]k/.test(location.hash)")


def test_classes_that_nothing_separates_are_listed_by_difficulty(
    browser: Browser, board: TensorBoard
) -> None:
    with tab_of(browser, board.url) as tab:
        tab.open("2!screen.run*b~20alike")
        assert suggested(board, "b alike")["k"] is None
        expect(view(tab)).to_contain_text("No clear clusters")
        expect(view(tab)).to_contain_text("no anomalies beyond chance")
        expect(clusters(tab)).to_have_count(0)
        (one,) = board.json("clusters", run="b alike", k=1)["clusters"]
        expect(view(tab).locator(".list-row.class .label .clipped")).to_have_text(one["classes"])
        view(tab).get_by_role("slider", name="Clusters").fill("2")
        expect(clusters(tab)).to_have_count(2)
        view(tab).get_by_role("button", name="Back to none").click()
        expect(clusters(tab)).to_have_count(0)


def test_a_link_of_0_1_0_means_the_defaults_of_0_1_0(browser: Browser, board: TensorBoard) -> None:
    with tab_of(browser, board.url) as tab:
        tab.open("1!v*validation")
        expect(view(tab).get_by_label("Window")).to_have_value("5")
        expect(view(tab).get_by_label("Min. score")).to_have_value("0.2")
        expect(clusters(tab)).to_have_count(4)


def test_the_tab_opens_at_the_anomaly_that_tells_most(browser: Browser, board: TensorBoard) -> None:
    """Without a link; a link means the last iteration, also one that comes at once."""
    heading = re.compile("^Iteration")
    with tab_of(browser, board.url) as tab:
        tab.open()
        inspector = tab.frame.get_by_label("Inspector")
        expect(inspector).to_contain_text("Opened at the anomaly that tells most")
        expect(inspector.get_by_role("heading", name=heading)).to_contain_text("pinned")
        rules = {name: suggested(board)[name] for name in ("window", "min_score")}
        anomalies = board.json("anomalies", run="a planted", **rules)["anomalies"]
        steps = {each["step"] for each in anomalies}
        tab.page.wait_for_function("/axis[.]step[*]/.test(location.hash)")
        assert int(re.findall(r"axis[.]step[*](\d+)", tab.state())[0]) in steps
        last = board.json("run", run="a planted")["steps"]["validations"][-1]
        tab.open_page("2")
        tab.quiet()
        expect(
            inspector.get_by_role("heading", name=f"Iteration {last:,}", exact=True)
        ).to_be_visible()
        expect(inspector.locator("[data-opening]")).to_have_count(0)
