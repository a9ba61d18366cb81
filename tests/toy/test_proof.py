"""A new kind of data is one folder and one line on each side: put in, it is everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.tab import Tab, tab_of
from tests.tensorboard_process import TensorBoard, tensorboard
from tests.toy.checkout import PYTHON_LIST, TAB_LIST, Checkout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    copy = Checkout(tmp_path_factory.mktemp("proof") / "checkout")
    copy.put_in()
    return copy


@pytest.fixture(scope="module")
def board(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    logdir = tmp_path_factory.mktemp("logs")
    checkout.train(logdir / "digits")
    output = tmp_path_factory.mktemp("board") / "out"
    with tensorboard(output, f"--logdir={logdir}", cwd=checkout.path) as running:
        yield running


@pytest.fixture(scope="module")
def tab(browser: Browser, board: TensorBoard) -> Iterator[Tab]:
    with tab_of(browser, board.url) as tab:
        yield tab


def test_nothing_else_changes(checkout: Checkout) -> None:
    assert sorted(checkout.git("status", "--porcelain").splitlines()) == [
        f" M {TAB_LIST}",
        f" M {PYTHON_LIST}",
        "?? frontend/src/features/toy/",
        "?? tensorboard_plugin_deeptracker/features/toy/",
    ]
    assert sorted(checkout.git("diff", "--numstat").splitlines()) == [
        f"1\t0\t{TAB_LIST}",
        f"1\t0\t{PYTHON_LIST}",
    ]


def test_the_tab_s_types_are_right(checkout: Checkout) -> None:
    assert "found 0 errors" in checkout.check_types()


def test_its_route_answers_and_is_described(board: TensorBoard) -> None:
    (run,) = board.json("runs")["runs"]
    assert (run["run"], run["toy_scores"], run["last_step"]) == ("digits", 12, 11)
    answer = board.json("toy_scores", run="digits", threshold=0.9)
    scores = np.array(answer["scores"])
    assert (scores.shape, answer["steps"]) == ((297, 12), list(range(12)))
    assert answer["above"] == (scores > 0.9).sum(axis=0).tolist()
    assert "from 0 to 1" in board.json("toy_scores", run="digits", threshold=2)["error"]
    assert (
        "image set" in board.json("toy_scores", run="digits", threshold=0, image_set="x")["error"]
    )
    described = board.json("openapi.json")["paths"]["/toy_scores"]["get"]
    names = [parameter["name"] for parameter in described["parameters"]]
    assert names == ["run", "threshold", "image_set", "format"]


def test_the_tab_shows_it(tab: Tab, board: TensorBoard) -> None:
    above = board.json("toy_scores", run="digits", threshold=0.5)["above"]
    tab.open()
    tab.frame.get_by_role("tab", name="Toy").click()
    expect(tab.region("Toy view")).to_contain_text(f"{above[-1]} images above 0.5")
    # The timeline's lane.
    expect(tab.frame.locator("[data-strip=toy] rect")).to_have_count(12)
    # A setting in the address.
    slider = tab.frame.get_by_label("Threshold")
    slider.fill("0.9")
    tab.page.wait_for_function("/toy[.]threshold[*]0[.]9/.test(location.hash)")
    above = board.json("toy_scores", run="digits", threshold=0.9)["above"]
    expect(tab.region("Toy view")).to_contain_text(f"{above[-1]} images above 0.9")
    # The help.
    slider.blur()
    tab.page.keyboard.press("?")
    expect(tab.frame.get_by_role("dialog")).to_contain_text("how many images have a high toy score")
    tab.page.keyboard.press("Escape")


def test_a_link_brings_all_of_it_back(tab: Tab, board: TensorBoard) -> None:
    answer = board.json("toy_scores", run="digits", threshold=0.8)
    tab.open("2!screen.view*toy!toy.threshold*0.8!screen.selected*image*3*0!axis.step*7")
    expect(tab.region("Toy view")).to_contain_text(f"{answer['above'][7]} images above 0.8")
    # The inspector's section: of the first image of the fourth class.
    first = sum(each["images"] for each in board.json("run", run="digits")["classes"][:3])
    score = answer["scores"][first][7]
    shown = tab.frame.get_by_role("region", name="Toy score").locator("dd").inner_text()
    assert float(shown) == pytest.approx(score, rel=0.01)
