"""The Layer View's charts: their scales, what is read in them, and what leads to them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from benchmarks.planted import plant
from tests.browser.layers import brightness, nodes, pixels, row, tree
from tests.browser.tab import Tab
from tests.tensorboard_process import TensorBoard
from tests.waiting import until


def test_a_finding_leads_to_a_chart_in_which_its_filter_stands_out(standing: Tab) -> None:
    """It comes first, is marked and on screen; also for whoever opens the link."""
    truth = plant()
    standing.open("2!screen.view*findings")
    filter_ = truth.restless[0]
    place = f"{truth.restless_layer}, filter {filter_}"
    standing.region("Findings").get_by_role("button", name=place, exact=True).click()
    mark = standing.frame.locator(f"[data-marked='{filter_}']")
    expect(mark).to_be_in_viewport()
    chart = standing.frame.locator("[data-filters] canvas")
    expect(chart).to_be_visible()
    picture = brightness(pixels(standing, "[data-filters] canvas"))
    late = picture[:, int(picture.shape[1] * 0.87) :].mean(axis=1)
    # A line of the canvas is a filter, and those that are found lie at its top.
    assert sorted(np.argsort(-late)[:3].tolist()) == [0, 1, 2]
    assert late[:3].min() > 1.5 * late[3:].max()
    standing.page.wait_for_function(
        f"location.hash.includes('filter*') && location.hash.includes('*{filter_}')"
    )
    standing.page.reload()
    expect(mark).to_be_in_viewport()


def test_a_filter_far_down_is_brought_on_screen(standing: Tab, standing_board: TensorBoard) -> None:
    run = standing_board.json("run", run="resnet50")
    layer = next(i for i, each in enumerate(run["layers"]) if each["filters"] == 2048)
    tree_ = list(nodes(run["modules"]))
    node = next(i for i, each in enumerate(tree_) if each.get("layer") == layer)
    state = f"layers.openLayers*{node}!layers.closedNodes*!layers.rowHeight*8"
    standing.open(f"2!screen.view*layers!{state}!screen.selected*filter*{layer}*1999")
    expect(standing.frame.locator("[data-marked='1999']")).to_be_in_viewport()


def test_an_open_layer_is_not_one_colour(standing: Tab) -> None:
    """Changes fall by orders of magnitude: what is chosen by itself shows all of them."""
    standing.open("2!screen.view*layers!layers.openLayers*1")
    chart = "[data-filters='0'] canvas"
    expect(standing.frame.locator(chart)).to_be_visible()
    expect(tree(standing)).to_contain_text("logarithmic")

    def largest_share() -> float:
        flat = pixels(standing, chart).reshape(-1, 4)
        _, counts = np.unique(flat, axis=0, return_counts=True)
        return float(counts.max() / counts.sum())

    automatic = largest_share()
    filters = standing.panel("Layer view", re.compile("^Filters: "))
    filters.get_by_label("Colours").select_option("linear")
    expect(tree(standing)).to_contain_text(re.compile(r"linear; 0\.\d% above the colours"))
    assert automatic < 0.5
    until(lambda: largest_share() > 0.5)


def test_box_plots_stand_beside_their_median(standing: Tab, standing_board: TensorBoard) -> None:
    standing.open("2!screen.view*layers!layers.chart*box!layers.statistic*gradient_sd")
    answer = standing_board.json(
        "layer_stat", run="resnet50", layer="conv1", stat="gradient_median"
    )
    standing.quiet()
    shown = row(standing, "conv1").locator(".number").inner_text().replace("\u2212", "-")
    assert float(shown) == pytest.approx(answer["values"][-1], rel=2e-3)
    # The five numbers are read at the pointer.
    row(standing, "conv1").locator("[data-plot]").hover()
    readout = standing.frame.locator(".readout")
    expect(readout).to_contain_text("upper quartile")
    expect(readout).to_contain_text("conv1, iteration")


def test_horizon_graphs_share_a_scale_without_an_empty_half(standing: Tab) -> None:
    standing.open("2!screen.view*layers!layers.chart*horizon")
    view = standing.region("Layer view")
    expect(view.get_by_label("Same scale")).to_be_checked()
    expect(view.locator(".bands i")).to_have_count(3)
    expect(tree(standing).locator(".reach")).to_have_count(0)
    standing.options("Layer view").get_by_label("Same scale").uncheck()
    expect(tree(standing).locator(".reach").first).to_have_text(re.compile(r"^0 … 0\.\d+$"))
    view.get_by_label("Statistic").select_option("weight mean")
    expect(view.locator(".bands i")).to_have_count(6)


def test_ridge_lines_are_the_distribution_over_filters(
    standing: Tab, standing_board: TensorBoard
) -> None:
    state = "layers.openLayers*1!layers.form*ridges!layers.measure*weight_norm"
    standing.open(f"2!screen.view*layers!{state}")
    ridges = standing.frame.locator("[data-ridges='0'] path")
    expect(ridges.nth(3)).to_be_visible()
    answer = standing_board.json(
        "layer_filter", run="resnet50", layer="conv1", measure="weight_norm", normalize="none"
    )
    values = np.array(answer["values"], dtype=float)
    standing.quiet()
    drawn = ridges.evaluate_all("all => all.map(it => [+it.dataset.ridge, it.getAttribute('d')])")
    box = standing.frame.locator("[data-ridges='0'] svg").bounding_box()
    assert box is not None
    low, high = values.min(), values.max()
    for step, path in drawn:
        points = np.array([[float(x) for x in p.split(",")] for p in path[1:-1].split("L")])[1:-1]
        # The height of the longest part of the line, as a value, is where most filters are.
        y = points[points[:, 0].argmax(), 1]
        peak = low + (1 - y / (box["height"] - 14)) * (high - low)
        own = values[:, answer["steps"].index(step)]
        counts, edges = np.histogram(own, bins=40, range=(low, high))
        near = np.abs((edges[1:] + edges[:-1]) / 2 - peak) <= 2.5 * (edges[1] - edges[0])
        smooth = np.convolve(counts, np.array([1, 4, 6, 4, 1]) / 16, "same")
        assert smooth[near].max() == pytest.approx(smooth.max(), rel=0.05)
    standing.frame.locator("[data-ridges='0']").hover()
    expect(standing.frame.locator(".readout")).to_contain_text("filters")
    assert standing.serious_axe_findings() == []


def test_links_of_the_network_stay_within_its_panel(standing: Tab) -> None:
    standing.open("2!screen.view*layers!layers.closedNodes*")
    links = standing.frame.locator("svg.links path")
    expect(links.nth(3)).to_be_attached()

    def outside() -> Any:
        standing.quiet()
        return links.evaluate_all(
            """all => all.filter((it) => {
              const own = it.getBBox();
              return own.y < 0 || own.y + own.height > it.ownerSVGElement.clientHeight;
            }).length"""
        )

    assert outside() == 0
    for _ in range(3):
        tree(standing).evaluate("it => { it.scrollTop += 700; }")
        assert outside() == 0


def test_charts_are_read_at_the_pointer_and_by_keyboard(
    standing: Tab, standing_board: TensorBoard
) -> None:
    standing.open("2!screen.view*layers!layers.overlaid*1*2")
    readout = standing.frame.locator(".readout")
    row(standing, "conv1").locator("[data-plot]").hover(position={"x": 200, "y": 20})
    expect(readout).to_contain_text("conv1, iteration")
    expect(readout).to_contain_text("weight sd")
    standing.quiet()
    answer = standing_board.json("layer_stat", run="resnet50", layer="conv1", stat="weight_sd")
    step = int(re.sub(r"\D", "", readout.locator("strong").inner_text().partition("iteration")[2]))
    value = float(readout.locator("dd").first.inner_text())
    expected = answer["values"][answer["steps"].index(step)]
    assert value == pytest.approx(expected, rel=1e-3)
    standing.region("Overlaid layers").locator("[data-plot]").hover()
    expect(readout.locator("dt")).to_have_text(["conv1", "layer1"])
    standing.frame.locator("[data-layer='0']").hover()
    expect(readout).to_contain_text("64 \u00d7 3 \u00d7 7 \u00d7 7")
    # The keyboard's row, too.
    standing.page.mouse.move(5, 5)
    expect(readout).to_have_count(0)
    tree(standing).press("End")
    expect(readout).to_contain_text("fc, iteration")
