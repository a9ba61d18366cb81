"""The tab around the views: loading, states, themes, links."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.tab import Tab, tab_of
from tests.logs import (
    SessionLog,
    damage,
    random_dump,
    small_model,
    small_validation_set,
    write_small_run,
)
from tests.tensorboard_process import TensorBoard, tensorboard


def test_shows_the_demo_and_opens_a_class(digits_tab: Tab, digits_board: TensorBoard) -> None:
    frame = digits_tab.frame
    expect(frame.get_by_label("Timeline", exact=True)).to_contain_text("Validation error")
    tree = digits_tab.region("Validation view").get_by_role("tree")
    digit = tree.get_by_role("treeitem").filter(has_text=re.compile(r"^\s*7\b"))
    expect(digit).to_be_visible()

    digit.locator(".label").click()
    expect(tree.get_by_role("treeitem", name=re.compile(r"^\d+ images of 7\b"))).to_be_visible()
    # What the inspector says about the class against the routes' own answer.
    (run,) = digits_board.json("runs")["runs"]
    rates = digits_board.json("class_stat", run=run["run"], class_="7", window=5)["error_rate"]
    inspector = frame.get_by_label("Inspector")
    expect(inspector).to_contain_text(f"Last error {100 * rates[-1]:.1f}%")


def test_an_image_tells_its_story(digits_tab: Tab) -> None:
    tree = digits_tab.region("Validation view").get_by_role("tree")
    tree.get_by_role("treeitem").filter(has_text=re.compile(r"^\s*3\b")).locator(".label").click()
    chart = tree.get_by_role("treeitem", name=re.compile("images of 3")).locator("canvas")
    chart.hover(position={"x": 300, "y": 5})
    inspector = digits_tab.frame.get_by_label("Inspector")
    expect(inspector.get_by_role("heading", name=re.compile("^Image "))).to_be_visible()
    picture = inspector.get_by_role("img", name=re.compile("^Image .*, 3$"))
    expect(picture).to_be_visible()
    assert picture.evaluate("(it) => it.decode().then(() => it.naturalWidth)") > 0


def test_the_layers_in_network_order(digits_tab: Tab, digits_board: TensorBoard) -> None:
    digits_tab.frame.get_by_role("tab", name="Layers").click()
    view = digits_tab.region("Layer view")
    expect(view.get_by_role("treeitem").first).to_contain_text("Whole model")
    (run,) = digits_board.json("runs")["runs"]
    first, *_, last = digits_board.json("run", run=run["run"])["layers"]
    names = view.get_by_role("treeitem")
    expect(names.nth(1)).to_contain_text(first["name"].split(".")[0])
    tree = view.get_by_role("tree")
    tree.focus()
    tree.press("End")
    expect(names.last).to_contain_text(last["name"].rsplit(".", maxsplit=1)[-1])


def test_a_link_shows_the_same(digits_tab: Tab, browser: Browser) -> None:
    frame = digits_tab.frame
    tree = digits_tab.region("Validation view").get_by_role("tree")
    tree.get_by_role("treeitem").filter(has_text=re.compile(r"^\s*7\b")).locator(".label").click()
    frame.get_by_label("Timeline", exact=True).locator(".plot").click(position={"x": 400, "y": 30})
    pinned = frame.get_by_label("Inspector").get_by_role("heading", name=re.compile("pinned"))
    iteration = pinned.inner_text()
    digits_tab.page.wait_for_function("location.hash.includes('axis.step*')")
    expect(pinned).to_be_visible()
    digits_tab.page.wait_for_function("location.hash.includes('validation.openClasses*')")

    with tab_of(browser, digits_tab.url) as other:
        other.open(digits_tab.state())
        expect(other.frame.get_by_label("Inspector")).to_contain_text(iteration.split("\n")[0])
        expect(other.frame.get_by_role("treeitem", name=re.compile("images of 7"))).to_be_visible()


def test_what_is_not_in_the_address_yet_is_not_lost(digits_tab: Tab) -> None:
    """TensorBoard changes the hash of its page when it likes."""
    digits_tab.evaluate("""() => {
        document.getElementById('tab-layers').click();
        parent.dispatchEvent(new HashChangeEvent('hashchange'));
    }""")
    expect(digits_tab.region("Layer view")).to_be_visible()
    digits_tab.page.wait_for_function("location.hash.includes('screen.view*layers')")
    # Somebody has entered another address.
    digits_tab.page.evaluate("location.hash = location.hash.replace('*layers', '*confusion')")
    expect(digits_tab.region("Confusion view")).to_be_visible()


@pytest.mark.parametrize("load_fast", ["true", "false"])
def test_empty_then_live(browser: Browser, tmp_path: Path, load_fast: str) -> None:
    """A directory without our data; a run begins, grows, and the tab follows by itself."""
    logdir = tmp_path / "logs"
    logdir.mkdir()
    arguments = (f"--logdir={logdir}", f"--load_fast={load_fast}")
    with tensorboard(tmp_path / "out", *arguments) as board, tab_of(browser, board.url) as tab:
        tab.open("2")
        expect(tab.frame.get_by_text("No run here has DeepTracker data yet")).to_be_visible()
        expect(tab.frame.locator("pre")).to_contain_text("writer.add_predictions(")

        model = small_model(3, 2)
        images = replace(small_validation_set(2, 2), drawn_from=4000)
        with SessionLog(logdir / "growing") as log:
            log.model(model)
            expect(tab.region("Validation view")).to_contain_text("no validations")
            log.validation_set(images)
            for step in range(3):
                log.dump(step, *random_dump(model, step))
                log.validation(step, [0, 0, 1, 1], 2)
            stripes = tab.region("Validation view").get_by_role("treeitem")
            expect(stripes.first).to_contain_text("0.0%")
            log.validation(10, [1, 1, 0, 0], 2)
            expect(stripes.first).to_contain_text("100.0%")
            expect(tab.frame.get_by_text("Live: the run is growing")).to_be_visible()
            expect(tab.frame.locator("footer")).to_contain_text("last iteration 10")
            expect(tab.frame.locator("footer")).to_contain_text("4 of 4,000 validation images")


def test_says_when_tensorboard_is_gone(browser: Browser, tmp_path: Path) -> None:
    write_small_run(tmp_path / "logs" / "run")
    context = browser.new_context()
    with tensorboard(tmp_path / "out", f"--logdir={tmp_path / 'logs'}") as board:
        tab = Tab(context.new_page(), board.url).open("2")
        expect(tab.region("Validation view").get_by_role("treeitem").first).to_be_visible()
    # The browser itself complains about the refused connections: that console is not looked at.
    expect(tab.frame.get_by_role("alert")).to_contain_text("Is it still running?")
    expect(tab.region("Validation view").get_by_role("treeitem").first).to_be_visible()
    context.close()


def test_damage_is_reported(browser: Browser, tmp_path: Path) -> None:
    run = tmp_path / "logs" / "damaged"
    write_small_run(run)
    (log,) = (run / "plugins" / "deeptracker").iterdir()
    damage(log, 15)
    arguments = f"--logdir={tmp_path / 'logs'}"
    with tensorboard(tmp_path / "out", arguments) as board, tab_of(browser, board.url) as tab:
        tab.open("2")
        summary = tab.frame.get_by_text("1 record could not be read")
        summary.click()
        expect(tab.frame.locator("footer details")).to_contain_text("byte")


def test_what_later_sessions_hide_is_told(browser: Browser, tmp_path: Path) -> None:
    run = tmp_path / "logs" / "restarted"
    write_small_run(run)
    write_small_run(run, steps=2, name="second", started=2.0)
    arguments = f"--logdir={tmp_path / 'logs'}"
    with tensorboard(tmp_path / "out", arguments) as board, tab_of(browser, board.url) as tab:
        tab.open("2")
        tab.frame.get_by_text("19 records of other sessions not shown here").click()
        told = tab.frame.locator("footer details")
        expect(told).to_contain_text("6 validations at iterations 0 to 5: replaced by the training")
        expect(told).not_to_contain_text("could not be read")


def test_a_run_deleted_while_it_is_shown(browser: Browser, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_small_run(tmp_path / "logs" / name)
    arguments = f"--logdir={tmp_path / 'logs'}"
    with tensorboard(tmp_path / "out", arguments) as board, tab_of(browser, board.url) as tab:
        tab.open("2")
        picker = tab.frame.get_by_role("combobox", name="Run")
        expect(picker).to_have_value("one")
        expect(tab.region("Validation view").get_by_role("treeitem").first).to_be_visible()
        shutil.rmtree(tmp_path / "logs" / "one")
        expect(picker).to_have_value("two")
        expect(tab.region("Validation view").get_by_role("treeitem").first).to_be_visible()
        shutil.rmtree(tmp_path / "logs" / "two")
        expect(tab.frame.get_by_text("No run here has DeepTracker data yet")).to_be_visible()
        # A question that was under way when the run went is answered with 404, which is no fault.
        tab.complaints[:] = [it for it in tab.complaints if "404" not in it]


def test_several_runs(browser: Browser, tmp_path: Path) -> None:
    for name in ("a/first", "b <i>second</i>"):
        write_small_run(tmp_path / "logs" / name)
    arguments = f"--logdir={tmp_path / 'logs'}"
    with tensorboard(tmp_path / "out", arguments) as board, tab_of(browser, board.url) as tab:
        tab.open("2")
        picker = tab.frame.get_by_role("combobox", name="Run")
        expect(picker).to_have_value("a/first")
        picker.click()
        picker.fill("second")
        picker.press("Enter")
        expect(picker).to_have_value("b <i>second</i>")
        expect(tab.region("Validation view").get_by_role("treeitem").first).to_be_visible()
