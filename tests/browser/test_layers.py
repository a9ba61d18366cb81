"""The Layer View: structure, charts and filters, as a user sees them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from benchmarks.planted import plant
from tests.browser.layers import brightness, nodes, pixels, row, tree
from tests.browser.models import NAMES as MODELS
from tests.browser.tab import Tab, tab_of
from tests.logs import SessionLog, small_model
from tests.tensorboard_process import TensorBoard, tensorboard
from tests.waiting import until


@pytest.mark.parametrize("name", MODELS)
def test_draws_the_network_that_was_logged(
    browser: Browser, models_board: TensorBoard, name: str
) -> None:
    """Layers in order, hierarchy and data flow: the drawn edges lead to what the model says."""
    run = models_board.json("run", run=name)
    with tab_of(browser, models_board.url) as tab:
        tab.open(f"1!r*{name}!v*layers")
        graph = tab.region("Layer view").get_by_role("img", name=re.compile("^Network graph"))
        expect(graph.locator("[data-layer]")).to_have_count(len(run["layers"]))
        tab.quiet()
        layers = graph.locator("[data-layer]").evaluate_all(
            "all => all.map(it => [+it.dataset.layer, it.getBoundingClientRect().y])"
        )
        drawn = graph.locator("[data-from]").evaluate_all(
            "all => all.map(it => [+it.dataset.from, +it.dataset.to])"
        )
        sources: dict[int, list[int]] = {}
        for source, target in drawn:
            sources.setdefault(target, []).append(source)

        def feeding(vertex: int) -> set[int]:
            """Layers whose data reaches a vertex through no other layer."""
            found = set()
            for source in sources.get(vertex, ()):
                found |= {source} if source < len(layers) else feeding(source)
            return found

        logged: dict[int, set[int]] = {}
        for source, target in run["edges"]:
            logged.setdefault(target, set()).add(source)
        assert {i: feeding(i) for i in range(len(layers)) if feeding(i)} == logged
        assert len(drawn) < 2.5 * len(layers)
        # Data flows downwards.
        top = dict(layers)
        assert all(top[source] < top[target] for source, target in run["edges"])

        # A bar for each module, from its first to its last layer, and the rows are the tree.
        everything = list(nodes(run["modules"]))
        bars = graph.locator("[data-node]").evaluate_all(
            "all => all.map(it => [+it.dataset.node, it.getBoundingClientRect()])"
        )
        modules = {i for i, node in enumerate(everything) if i > 0 and "layer" not in node}
        assert modules <= {node for node, _ in bars}
        for node, box in bars:
            own = [top[each["layer"]] for each in nodes(everything[node]) if "layer" in each]
            assert box["y"] == pytest.approx(min(own), abs=1.5)
            assert box["y"] + box["height"] >= max(own)
        tab.region("Layer view").get_by_role("button", name="Layers", exact=True).click()
        tab.region("Layer view").get_by_role("button", name="Table").click()
        table = tab.region("Layer view").get_by_role("table").locator("tbody th")
        names = [text.strip() for text in table.all_inner_texts()]
        assert names == [node["name"] or "Whole model" for node in everything]


def test_modules_blocks_and_layers(standing: Tab, standing_board: TensorBoard) -> None:
    standing.open("1!v*layers")
    modules = ["Whole model", "conv1", "layer1", "layer2", "layer3", "layer4", "fc"]
    expect(tree(standing).get_by_role("treeitem")).to_have_count(len(modules))
    for i, name in enumerate(modules):
        expect(tree(standing).get_by_role("treeitem").nth(i)).to_contain_text(name)
    # A click on a module's bar opens it, and the rectangle at a row's left tells its level.
    view = standing.region("Layer view")
    everything = list(nodes(standing_board.json("run", run="resnet50")["modules"]))
    layer2 = next(i for i, node in enumerate(everything) if node["name"] == "layer2")
    view.locator(f"[data-node='{layer2}']").hover()
    expect(standing.frame.locator(".readout")).to_contain_text("Sequential")
    view.locator(f"[data-node='{layer2}']").click()
    expect(tree(standing).get_by_role("treeitem")).to_have_count(len(modules) + 4)
    row(standing, "3").locator(".label").click()
    standing.quiet()
    widths = [
        tree(standing).locator(f"[data-cropping='{depth}']").first.bounding_box()["width"]
        for depth in (1, 2, 3)
    ]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == 3
    # The same with the keyboard.
    tree(standing).press("Home")
    tree(standing).press("ArrowDown")
    tree(standing).press("ArrowDown")
    expect(row(standing, "layer1")).to_have_attribute("aria-selected", "true")
    tree(standing).press("Enter")
    expect(row(standing, "layer1")).to_have_attribute("aria-expanded", "true")


def test_standard_deviations_fall_in_the_horizon_graph(standing: Tab) -> None:
    """Paper 8.2: they fall slowly, and each module's are about twice those of the next."""
    standing.open("1!v*layers!t*weight_sd!C*horizon!H*3!y*1")
    filled = []
    for name in ("layer1", "layer2", "layer3", "layer4"):
        expect(row(standing, name).locator("canvas")).to_be_visible()
        selector = f"#{row(standing, name).get_attribute('id')} canvas"
        picture = pixels(standing, selector)
        # Bands already full, as steps of darkness, and the height within the last.
        kinds = np.unique(picture.reshape(-1, 4), axis=0)
        kinds = kinds[kinds[:, 3] > 0]
        order = np.argsort(-brightness(kinds))
        amount = np.zeros(picture.shape[:2])
        for level, kind in enumerate(kinds[order], start=1):
            amount[(picture == kind).all(axis=2)] = level
        level = amount.mean(axis=0)
        assert level[0] > level[len(level) // 2] >= level[-1]
        assert (np.diff(level) <= 1e-9).all()
        filled.append(level.mean())
    assert filled == sorted(filled, reverse=True)


def test_dead_filters_are_dark_and_normalisation_changes_the_picture(standing: Tab) -> None:
    """Paper 8.2: by filter, changes are large at first; by iteration, a few filters stand out."""
    truth = plant()
    standing.open("1!v*layers!n**1")
    row(standing, "conv1").locator(".label").click()
    chart = "[data-filters='0'] canvas"
    expect(standing.frame.locator(chart)).to_be_visible()
    by_filter = brightness(pixels(standing, chart))
    height = by_filter.shape[0] / 64
    rows = by_filter[(np.arange(64) * height + height / 2).astype(int)]
    spread = rows[:, 5:].max(axis=1) - rows[:, 5:].min(axis=1)
    assert sorted(np.flatnonzero(spread == 0).tolist()) == sorted(truth.dead)
    first = int(rows.shape[1] * 0.25)
    alive = np.setdiff1d(np.arange(64), truth.dead)
    assert rows[alive, 5:first].mean() > 1.5 * rows[alive, -first:].mean()

    filters = standing.panel("Layer view", re.compile("^Filters: "))
    normalised = filters.get_by_label("Normalise")
    normalised.select_option("per iteration")
    expect(standing.frame.locator("[data-filters='0']").locator("..")).to_be_visible()
    until(lambda: not np.array_equal(by_filter, brightness(pixels(standing, chart))))
    by_iteration = brightness(pixels(standing, chart))
    # Late iterations are as bright as early ones now.
    late, early = by_iteration[:, -first:].mean(), by_iteration[:, 5:first].mean()
    assert late == pytest.approx(early, rel=0.1)


def test_filters_of_the_first_layer_are_images(standing: Tab, standing_board: TensorBoard) -> None:
    """Dead filters stay as they were, all others become something else."""
    truth = plant()
    standing.open("1!v*layers!F*1!n**1")
    standing.region("Layer view").get_by_label("conv1 as images").check()
    chart = standing.frame.locator("[data-filters='0']")
    expect(chart).to_have_css("height", f"{64 * 24}px")
    expect(chart.locator("canvas")).to_be_visible()
    images = pixels(standing, "[data-filters='0'] canvas").astype(int)
    filters, places = images.shape[0] // 24, images.shape[1] // 24
    grid = images.reshape(filters, 24, places, 24, 4).swapaxes(1, 2)[..., :22, :22, :]
    # As weights shrink, the image that they are stays: they are compared as directions.
    shades = grid[..., :3].reshape(filters, places, -1) - 127.5
    directions = shades / np.linalg.norm(shades, axis=-1, keepdims=True)
    alike = (directions[:, 2] * directions[:, -1]).sum(-1)
    dead = [f for f in truth.dead if f < filters]
    assert dead
    assert alike[dead].min() > 0.99
    assert np.delete(alike, dead).max() < 0.9

    # The last image of filter 3, weight by weight.
    answer = standing_board.json("kernels", run="resnet50", rows="3:4")
    kernel = np.array(answer["values"])[:, 0]
    wanted = 127.5 * (1 + kernel[-1] / np.abs(kernel).max())
    at = (np.arange(7) * 22 / 7 + 22 / 14).astype(int)
    shown = grid[3, -1][np.ix_(at, at)][..., :3]
    np.testing.assert_allclose(shown, np.moveaxis(wanted, 0, -1), atol=3)

    chart.click(position={"x": 100, "y": 24 * 3.5})
    inspector = standing.frame.get_by_label("Inspector")
    expect(inspector.get_by_role("img", name=re.compile(r"^Filter 3 at iteration"))).to_be_visible()


def told_step(inspector: Any) -> int:
    """The dump whose value the inspector tells."""
    text = inspector.locator("dt", has_text="At iteration").inner_text()
    return int(re.sub(r"\D", "", text))


def test_a_filter_tells_its_series(standing: Tab, standing_board: TensorBoard) -> None:
    standing.open("1!v*layers!n**1")
    row(standing, "conv1").locator(".label").click()
    chart = standing.frame.locator("[data-filters='0']")
    standing.quiet()
    width, height = chart.evaluate("it => [it.clientWidth, it.clientHeight]")
    chart.click(position={"x": width / 2, "y": height / 64 * 3.5})
    inspector = standing.frame.get_by_label("Inspector")
    expect(inspector.get_by_role("heading", name="Filter 3 of conv1")).to_be_visible()
    answer = standing_board.json(
        "layer_filter", run="resnet50", layer="conv1", measure="change", normalize="none"
    )
    values = [value for value in answer["values"][3] if value is not None]
    at = answer["steps"][answer["values"][3].index(max(values))]
    expect(inspector).to_contain_text(f"Maximum, at {at:,}")
    # And what is usual in its layer there.
    standing.quiet()
    step = told_step(inspector)
    column = [row_[answer["steps"].index(step)] for row_ in answer["values"]]
    median = inspector.locator("dt", has_text="The layer's median there").locator("+ dd")
    shown = float(median.inner_text().replace("\u2212", "-"))
    assert shown == pytest.approx(float(np.median(column)), rel=1e-2)
    # Down to the next filter with the keyboard; a link keeps it.
    tree(standing).press("ArrowDown")
    expect(inspector.get_by_role("heading", name="Filter 4 of conv1")).to_be_visible()
    standing.page.wait_for_function("location.hash.includes('screen.selected*filter*0*4')")


def test_several_layers_in_one_chart_and_other_orders(
    standing: Tab, standing_board: TensorBoard
) -> None:
    standing.open("1!v*layers")
    view = standing.region("Layer view")
    for name in ("layer1", "layer4"):
        view.get_by_role("button", name=f"Overlay {name}").click()
    overlay = standing.region("Overlaid layers")
    expect(overlay.locator("svg path")).to_have_count(2)
    expect(overlay).to_contain_text("layer4")
    overlay.get_by_role("button", name="Remove layer1").click()
    expect(overlay.locator("svg path")).to_have_count(1)

    standing.options("Layer view").get_by_label("Order").select_option("largest first")
    answer = standing_board.json("layer_stats", run="resnet50", stat="weight_sd")
    last = {name: row_[-1] for name, row_ in zip(answer["nodes"], answer["values"], strict=True)}
    names = ("conv1", "layer1", "layer2", "layer3", "layer4", "fc")
    ordered = sorted(names, key=lambda name: -last[name])
    for place, name in enumerate(ordered):
        expect(tree(standing).get_by_role("treeitem").nth(place)).to_contain_text(name)


def test_a_layer_too_large_for_one_answer_is_coarse_until_zoomed(
    browser: Browser, tmp_path: Path
) -> None:
    model = small_model(6000)
    rng = np.random.default_rng(0)
    filters = rng.random((len(model.measures), 6000), np.float32)
    with SessionLog(tmp_path / "logs" / "wide") as log:
        log.model(model)
        for step in range(400):
            # Filter 7 is large in the second half, the others are small throughout.
            filters[0] = 0.1
            filters[0, 7] = 1 if step >= 200 else 0.1
            log.dump(step, filters, np.ones((len(model.statistics), 2), np.float32))
    arguments = f"--logdir={tmp_path / 'logs'}"
    with tensorboard(tmp_path / "out", arguments) as board, tab_of(browser, board.url) as tab:
        tab.open("1!v*layers!F*1!I*none")
        chart = "[data-filters] canvas"
        expect(tree(tab)).to_contain_text("each column: mean of 8 dumps")
        line = brightness(pixels(tab, chart))[7]
        assert line[: len(line) * 4 // 10].max() < line[len(line) * 6 // 10 :].min()
        # Few enough dumps for the values themselves.
        for _ in range(5):
            tree(tab).press("w")
        expect(tree(tab)).not_to_contain_text("mean of")
        tab.quiet()
        tab.frame.locator(chart).hover(position={"x": 300, "y": 7.5})
        inspector = tab.frame.get_by_label("Inspector")
        expect(inspector.get_by_role("heading", name="Filter 7 of stem")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_is_drawn_and_accessible(
    browser: Browser, digits_board: TensorBoard, theme: str
) -> None:
    with tab_of(browser, digits_board.url) as tab:
        tab.open("1!v*layers!t*update_ratio")
        if theme == "dark":
            tab.dark()
        view = tab.region("Layer view")
        expect(view.locator("[data-band]").first).to_be_visible()
        view.get_by_role("button", name="Box plots").click()
        expect(view.locator("path.medians").first).to_have_attribute("d", re.compile("^M.*H"))
        row(tab, "conv").locator(".label").click()
        expect(view.locator("[data-filters] canvas")).to_be_visible()
        assert tab.serious_axe_findings() == []
        filters = tab.panel("Layer view", re.compile("^Filters: "))
        filters.get_by_label("Filters as").select_option("ridge lines")
        expect(view.locator("[data-ridges] path").first).to_be_visible()
        assert tab.serious_axe_findings() == []
        view.get_by_role("button", name="Horizon").click()
        expect(tree(tab).locator("canvas").first).to_be_visible()
        tab.frame.get_by_role("tab", name="Findings").click()
        expect(tab.region("Findings").get_by_role("heading").nth(1)).to_be_visible()
        assert tab.serious_axe_findings() == []
