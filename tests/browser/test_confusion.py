"""The confusion matrix at the crosshair, and the classes beside it."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import Browser, expect
from sklearn.metrics import confusion_matrix

from tests.browser.tab import Tab, tab_of
from tests.tensorboard_process import TensorBoard


def test_it_is_that_of_the_crosshair(digits_tab: Tab, digits_board: TensorBoard) -> None:
    digits_tab.frame.get_by_role("tab", name="Confusion").click()
    chart = digits_tab.frame.get_by_role("img", name=re.compile("^Confusion matrix at iteration"))
    (run,) = digits_board.json("runs")["runs"]
    steps = digits_board.json("run", run=run["run"])["steps"]["validations"]
    for step in (steps[-1], steps[len(steps) // 2]):
        digits_tab.open(f"2!screen.view*confusion!axis.step*{step}")
        expect(chart).to_have_attribute("aria-label", re.compile(rf"iteration {step}\."))
        answer = digits_board.json("iteration_image", run=run["run"], step=step)
        expected = confusion_matrix(answer["labels"], answer["predicted"], labels=range(10))
        counts = [str(count) for count in expected[expected > 0]]
        expect(chart.locator("text.count")).to_have_text(counts)


def test_a_cell_is_read_chosen_and_shows_its_images(
    digits_tab: Tab, digits_board: TensorBoard
) -> None:
    digits_tab.open("2!screen.view*confusion")
    chart = digits_tab.frame.get_by_role("img", name=re.compile("^Confusion matrix at iteration"))
    chart.focus()
    digits_tab.page.keyboard.press("ArrowDown")
    digits_tab.page.keyboard.press("ArrowUp")
    (run,) = digits_board.json("runs")["runs"]
    step = digits_board.json("run", run=run["run"])["steps"]["validations"][-1]
    answer = digits_board.json("iteration_image", run=run["run"], step=step)
    own = confusion_matrix(answer["labels"], answer["predicted"], labels=range(10))
    digits_tab.page.keyboard.press("Enter")
    readout = digits_tab.frame.locator(".readout")
    expect(readout).to_contain_text(f"{own[0].sum()}")
    inspector = digits_tab.frame.get_by_label("Inspector")
    expect(inspector).to_contain_text("0 predicted as 0")
    expect(inspector).to_contain_text(re.compile(rf"{own[0, 0]} images? at iteration {step}"))
    digits_tab.page.wait_for_function("location.hash.includes('confused*0*0')")
    # By the pointer, another cell.
    label, predicted = map(int, np.argwhere(own * (1 - np.eye(10)) > 0)[0])
    count = chart.locator("text.count").nth(int((own.ravel()[: label * 10 + predicted] > 0).sum()))
    digits_tab.quiet()
    box = count.bounding_box()
    assert box
    digits_tab.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(inspector).to_contain_text(f"{label} predicted as {predicted}")
    section = inspector.locator("section", has_text=f"{label} predicted as {predicted}").last
    expect(section.get_by_role("button", name=re.compile("^Image "))).to_have_count(
        min(15, int(own[label, predicted]))
    )
    assert digits_tab.serious_axe_findings() == []


def test_classes_are_sorted_by_precision(digits_tab: Tab, digits_board: TensorBoard) -> None:
    digits_tab.open("2!screen.view*confusion")
    table = digits_tab.frame.get_by_role("region", name="Precision and recall of classes")
    table.get_by_role("button", name="Precision").click()
    (run,) = digits_board.json("runs")["runs"]
    step = digits_board.json("run", run=run["run"])["steps"]["validations"][-1]
    classes = digits_board.json("confusion", run=run["run"], step=step)["classes"]
    known = [each for each in classes if each["precision"] is not None]
    known.sort(key=lambda each: each["precision"])
    for i, each in enumerate(known):
        expect(table.locator("tbody th").nth(i)).to_have_text(each["class"])
    first = table.locator("tbody tr").first
    expect(first).to_contain_text(f"{known[0]['correct']}/{known[0]['predicted_as']}")


def test_of_many_classes_those_that_are_confused_most(
    browser: Browser, standing_board: TensorBoard
) -> None:
    with tab_of(browser, standing_board.url) as tab:
        tab.open("2!screen.view*confusion")
        view = tab.region("Confusion view")
        expect(view).to_contain_text("The 24 classes that are confused most")
        expect(view.locator("text.name.rest").first).to_have_text(re.compile("976 other"))
        table = view.get_by_role("region", name="Precision and recall of classes")
        expect(table.locator("tbody tr")).to_have_count(100)
        view.get_by_role("button", name="Table", exact=True).click()
        expect(view).to_contain_text("Confusion matrix, ")
