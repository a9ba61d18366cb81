"""The Validation View: the findings of the paper's section 8.1, repeated on the standing log."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from benchmarks.planted import STEP_INTERVAL, plant
from tests.browser.pixels import darkness, picture, wrongness
from tests.browser.tab import Tab, tab_of
from tests.tensorboard_process import TensorBoard
from tests.waiting import until

TRUTH = plant()
FLIPPING_STEP = (TRUTH.flipping_at + 1) * STEP_INTERVAL
PEAKS = [(peak + 1) * STEP_INTERVAL for peak in TRUTH.peaks]


def rows(tab: Tab) -> Any:
    return tab.region("Validation view").get_by_role("treeitem")


def inspector(tab: Tab) -> Locator:
    return tab.frame.get_by_label("Inspector")


def stripe(row: Locator) -> Any:
    return picture(row.locator("canvas"))


def test_the_planted_clusters_in_order_of_difficulty(standing_tab: Tab) -> None:
    clusters = rows(standing_tab)
    expect(clusters).to_have_count(4)
    hardness = []
    for i in range(4):
        expect(clusters.nth(i)).to_contain_text(f"Cluster {i + 1}")
        text = clusters.nth(i).inner_text()
        found = re.search(r"([\d,]+) class", text)
        assert found
        planted = int((TRUTH.cluster == i).sum())
        assert abs(int(found[1]) - planted) <= 5
        hardness.append(wrongness(stripe(clusters.nth(i))).mean())
    assert hardness == sorted(hardness)
    assert hardness[0] < 0.1
    assert hardness[3] > 0.95
    # The number of clusters is also what the tab suggests.
    expect(standing_tab.region("Validation view")).to_contain_text("best separated")


def test_peaks_of_the_error_coincide_with_columns_of_triangles(standing_tab: Tab) -> None:
    frame = standing_tab.frame
    iterations = frame.get_by_role("region", name="Anomaly iterations")
    iterations.get_by_role("button", name="Classes").click()
    listed = iterations.get_by_role("row")
    standing_tab.quiet()
    first = [listed.nth(i).inner_text().split()[0].replace(",", "") for i in range(1, 9)]
    # Classes flip where a peak begins, and back at the next validation.
    for peak in PEAKS:
        assert {str(peak), str(peak + STEP_INTERVAL)} & set(first)

    standing_tab.options("Validation view").get_by_text("Only classes with anomalies").click()
    frame.get_by_role("combobox", name="Classes by").select_option("cluster, easy to hard")
    tree = standing_tab.region("Validation view").get_by_role("tree")
    # In the second cluster the peaks are what there is to see.
    rows(standing_tab).filter(has_text="Cluster 1").locator(".label").click()
    rows(standing_tab).filter(has_text="Cluster 2").hover()
    standing_tab.quiet()
    plot = frame.locator("[data-plot]").first.bounding_box()
    box = tree.bounding_box()
    assert plot
    assert box
    marks = darkness(picture(tree))[:, int(plot["x"] - box["x"]) :].sum(axis=0)
    width = int(plot["width"])
    at = [round(peak / (750.5 * STEP_INTERVAL) * width) for peak in PEAKS]
    columns = [int(marks[x - 4 : x + 5].max()) for x in at]
    assert min(columns) > 5 * max(1.0, float(np.median(marks[:width])))


def test_the_planted_class_flips_under_both_rules(standing_tab: Tab) -> None:
    frame = standing_tab.frame
    frame.get_by_role("searchbox").fill("mushroom")
    row = rows(standing_tab).filter(has_text="mushroom")
    row.locator(".label").click()
    details = inspector(standing_tab)
    for rule in ("left", "right"):
        mark = details.get_by_role("listitem").filter(
            has=frame.get_by_role("img", name=f"{rule} rule")
        )
        expect(mark.first).to_contain_text(f"{FLIPPING_STEP:,} 46 of 50")
    details.get_by_role("button", name=f"{FLIPPING_STEP:,}").first.click()
    expect(details).to_contain_text("46 images flip here")
    expect(details).to_contain_text("46 learned")
    images = details.get_by_role("button", name=re.compile(r"^Image .*→ mushroom"))
    expect(images).to_have_count(15)
    details.get_by_role("button", name="31 more").click()
    expect(images).to_have_count(46)
    standing_tab.quiet()
    # The chart itself: wrong before, correct after, but for the rows that never are.
    chart = wrongness(picture(rows(standing_tab).filter(has_text="50 images").locator("canvas")))
    at = round(FLIPPING_STEP / (750.5 * STEP_INTERVAL) * chart.shape[1])
    flipping = int(chart.shape[0] * 46 / 50) - 4
    assert chart[2:flipping, : at - 4].min() > 0.9
    assert chart[2:flipping, at + 4 : -4].max() < 0.1
    assert chart[-8:-2, at + 4 : -4].min() > 0.9


def test_an_image_wrong_to_the_end_in_two_clicks(
    standing_tab: Tab, standing_board: TensorBoard
) -> None:
    rows(standing_tab).filter(has_text="Cluster 3").locator(".label").click()
    details = inspector(standing_tab)
    expect(details).to_contain_text("never classified correctly")
    details.get_by_role("button", name=re.compile("wrong at every validation")).first.click()
    heading = details.get_by_role("heading", level=2).first
    expect(heading).to_contain_text("Image ")
    expect(details).to_contain_text("Learned at not learned")
    label = re.findall(r"Label\s+(.*)", details.inner_text())[0]
    expect(rows(standing_tab).filter(has_text=label).first).to_be_visible()

    (run,) = standing_board.json("runs")["runs"]
    answer = standing_board.json("class_image", run=run["run"], class_=label)
    ids = [str(image["id"]) for image in answer["images"]]
    row = answer["correct"][ids.index(heading.inner_text().removeprefix("Image "))]
    assert set(row) == {0}


def test_a_link_shows_the_same(standing_tab: Tab, browser: Browser) -> None:
    state = (
        "1!z*200000*700000!s*540800!e*class*2!d*540800*jump*99200*peak!o*2!c*802!p*2"
        "!u*error!i*flips!h*1.5!w*4!m*0.3!a*1!q*o"
    )
    standing_tab.open(state)
    assert_ready(standing_tab)
    slider = standing_tab.rules("Validation view").get_by_label("Window")
    slider.press("ArrowRight")
    slider.press("Escape")
    standing_tab.evaluate("document.activeElement.blur()")
    standing_tab.page.wait_for_function("!/(!w|window)[*]4/.test(location.hash)")
    with tab_of(browser, standing_tab.url) as other:
        other.open(standing_tab.state())
        for tab in (standing_tab, other):
            assert_ready(tab)
            tab.page.mouse.move(700, 5)
        # Thumbnails and answers may be a moment behind.
        first, second = (tab.frame.locator("main") for tab in (standing_tab, other))
        until(lambda: np.array_equal(picture(first), picture(second)))


def assert_ready(tab: Tab) -> None:
    expect(rows(tab).first).to_contain_text("mushroom")
    expect(inspector(tab)).to_contain_text("46 images flip here")
    expect(tab.frame.locator("main")).to_contain_text("best separated")


def test_all_images_by_keyboard(digits_tab: Tab, digits_board: TensorBoard) -> None:
    options = digits_tab.options("Validation view")
    options.get_by_text("Show all images").click()
    expect(rows(digits_tab).get_by_text("50 images").first).to_be_visible()
    options.get_by_role("combobox", name="Images by").select_option("number of flips")
    tree = digits_tab.region("Validation view").get_by_role("tree")
    tree.focus()
    # Behind a class that is alone in it, with a space.
    expect(rows(digits_tab).first).to_contain_text(re.compile(r"(?<!\S)Cluster 1"))
    digits_tab.quiet()
    of_classes = tree.locator("[data-row^='class-']")
    name = of_classes.first.locator(".label .clipped").get_attribute("title")
    # The first cluster (if its class is not alone), its first class, the images, the first.
    alone = of_classes.first.get_attribute("aria-level") == "1"
    for _ in range(3 if alone else 4):
        tree.press("ArrowDown")
    heading = inspector(digits_tab).get_by_role("heading", level=2).first
    expect(heading).to_contain_text("Image ")
    digits_tab.quiet()
    first = heading.inner_text()
    flips = int(
        re.findall(r"and wrong(\d+)", inspector(digits_tab).inner_text().replace("\n", ""))[0]
    )
    tree.press("ArrowDown")
    expect(heading).not_to_have_text(first)

    # The image that flips most, by a plain reading of the answer.
    (run,) = digits_board.json("runs")["runs"]
    correct = digits_board.json("class_image", run=run["run"], class_=name)["correct"]
    assert flips == max(int(np.abs(np.diff(row)).sum()) for row in correct)


def test_pinned_sorted_and_searched(digits_tab: Tab) -> None:
    frame = digits_tab.frame
    frame.get_by_role("combobox", name="Classes by").select_option("name")
    names = rows(digits_tab).locator(".label .clipped")
    expect(names).to_have_text([str(digit) for digit in range(10)])
    rows(digits_tab).nth(7).locator(".label").hover()
    frame.get_by_role("button", name="Pin 7 to the top").click()
    expect(names.first).to_have_text("7")
    frame.get_by_role("searchbox").fill("3")
    expect(names).to_have_text(["7", "3"])
    frame.get_by_role("searchbox").fill("no such class")
    expect(digits_tab.region("Validation view")).to_contain_text("No class and no image is called")


def test_the_table_and_its_file(digits_tab: Tab, digits_board: TensorBoard, tmp_path: Path) -> None:
    view = digits_tab.region("Validation view")
    view.get_by_role("button", name="Table", exact=True).click()
    with digits_tab.page.expect_download() as download:
        view.get_by_role("button", name="Save as CSV").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    with path.open(newline="", encoding="utf-8") as file:
        table = {row["Cluster, class or image"]: row for row in csv.DictReader(file)}
    (run,) = digits_board.json("runs")["runs"]
    for digit in range(10):
        rates = digits_board.json("class_stat", run=run["run"], class_=str(digit), window=5)
        assert float(table[str(digit)]["Last"]) == pytest.approx(rates["error_rate"][-1])
        assert float(table[str(digit)]["Best"]) == pytest.approx(min(rates["error_rate"]))


def test_pictures(digits_tab: Tab, tmp_path: Path) -> None:
    expect(rows(digits_tab).first).to_be_visible()
    main = digits_tab.frame.locator("main")
    shown = picture(main)
    for form in ("PNG", "SVG"):
        with digits_tab.page.expect_download() as download:
            digits_tab.frame.get_by_role("button", name=form).click()
        download.value.save_as(tmp_path / f"picture.{form}")
    svg = (tmp_path / "picture.SVG").read_text(encoding="utf-8")
    assert "Cluster 1" in svg
    assert svg.count("data:image/png") >= 10
    page = digits_tab.page.context.new_page()
    page.set_viewport_size({"width": shown.shape[1], "height": shown.shape[0]})
    page.goto((tmp_path / "picture.PNG").as_uri())
    saved = picture(page.locator("img"))
    # The stripes are where they are on screen, in the same colours.
    body = slice(int(shown.shape[0] * 0.45), int(shown.shape[0] * 0.9))
    right = slice(int(shown.shape[1] * 0.5), int(shown.shape[1] * 0.9))
    difference = np.abs(saved[body, right] - shown[body, right]).max(axis=-1)
    assert (difference > 40).mean() < 0.05


def place(locator: Locator) -> dict[str, float]:
    """Where an element is in the tab, also of a list that is drawn anew just now."""
    found: dict[str, float] = locator.first.evaluate(
        "(it) => { const { x, y, width, height } = it.getBoundingClientRect();"
        " return { x, y, width, height }; }"
    )
    return found


def test_triangles_stand_on_their_own_stripe(standing_tab: Tab) -> None:
    standing_tab.frame.get_by_role("combobox", name="Classes by").select_option("anomaly")
    expect(standing_tab.region("Validation view")).to_contain_text("best separated")
    row = rows(standing_tab).first
    expect(row.locator("path[data-rule]").first).to_be_attached()
    standing_tab.quiet()
    stripe_box, bounds = place(row.locator("canvas")), place(row)
    for mark in (place(each) for each in row.locator("path[data-rule]").all()):
        distance = min(
            abs(mark["y"] + mark["height"] - stripe_box["y"]),
            abs(mark["y"] - stripe_box["y"] - stripe_box["height"]),
        )
        assert distance <= 2
        # Nearer to it than to the next row.
        assert mark["y"] - bounds["y"] >= 2.5
        assert bounds["y"] + bounds["height"] - mark["y"] - mark["height"] >= 2.5


def test_rows_take_the_room_that_there_is(browser: Browser, digits_board: TensorBoard) -> None:
    with tab_of(browser, digits_board.url, 1100, 800) as tab:
        tab.open("2")
        view = tab.region("Validation view")
        expect(rows(tab).first).to_be_visible()
        tab.quiet()
        low = rows(tab).last.bounding_box()
        area = view.get_by_role("tree").bounding_box()
        assert low
        assert area
        heights = {box["height"] for each in rows(tab).all() if (box := each.bounding_box())}
        assert max(heights) <= 2 * 34
        free = area["y"] + area["height"] - low["y"] - low["height"]
        assert free < 40 or max(heights) == 68


def test_without_clusters_none_are_named(digits_tab: Tab) -> None:
    clusters = digits_tab.region("Validation view").get_by_role("slider", name="Clusters")
    clusters.fill("1")
    order = digits_tab.frame.get_by_role("combobox", name="Classes by")
    expect(order.locator("option").first).to_have_text("mean error, easy to hard")
    clusters.fill("3")
    expect(order.locator("option").first).to_have_text("cluster, easy to hard")


def test_rules_by_hand_have_their_figure_of_chance(
    digits_tab: Tab, digits_board: TensorBoard
) -> None:
    view = digits_tab.region("Validation view")
    rules = digits_tab.rules("Validation view")
    rules.get_by_label("Window").fill("2")
    rules.get_by_label("Min. score").fill("0.1")
    (run,) = digits_board.json("runs")["runs"]
    given = {"window": 2, "min_score": 0.1}
    chance = digits_board.json("anomaly_chance", run=run["run"], **given)["chance"]
    said = "none" if chance < 0.05 else f"{chance:.1f}" if chance < 10 else f"{round(chance)}"
    expect(view).to_contain_text(re.compile(rf"window 2, 10%: .*chance would give {said}"))


def test_anomaly_iterations_are_ranked(digits_tab: Tab) -> None:
    listed = digits_tab.frame.get_by_role("region", name="Anomaly iterations")
    expect(listed.get_by_role("columnheader", name="Score")).to_have_attribute(
        "aria-sort", "descending"
    )
    for name, column in (("Score", 0), ("Flips", 1), ("Classes", 2)):
        listed.get_by_role("button", name=name, exact=True).click()
        values = [
            float(text.rstrip("%"))
            for text in listed.locator(f"tbody td:nth-child({column + 2})").all_inner_texts()
        ]
        assert values
        assert values == sorted(values, reverse=True)
    digits_tab.page.wait_for_function("location.hash.includes('anomalies.rank*classes')")
