"""How the network sees the images: what the map shows, in step with everything else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Route, expect

from tensorboard_plugin_deeptracker import SummaryWriter
from tests.browser.tab import Tab, tab_of
from tests.tensorboard_process import TensorBoard, tensorboard

CLASSES = ("cat", "dog", "owl")
EACH = 30
STEPS = (10, 20, 30, 40)


def write(run: Path) -> None:
    """Three classes that come apart; at iteration 30 the first ten dogs are predicted as cats."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), EACH)
    pixels = rng.integers(0, 256, (3 * EACH, 8, 8, 3), np.uint8)
    noise = rng.standard_normal((3 * EACH, 6))
    with SummaryWriter(run) as writer:
        writer.add_validation_set(labels, list(CLASSES), images=pixels)
        for step in STEPS:
            seen = labels.copy()
            if step == 30:
                seen[EACH : EACH + 10] = 0
            features = noise + step / 5 * np.eye(3, 6)[seen]
            scores = features[:, :3]
            writer.add_predictions(scores.argmax(axis=1), step)
            writer.add_representations(features, step, scores=scores)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    directory = tmp_path_factory.mktemp("map")
    write(directory / "logs" / "run")
    write(directory / "logs" / "new")
    with SummaryWriter(directory / "logs" / "scoreless") as writer:
        writer.add_validation_set(np.arange(40) % 2, ["cat", "dog"])
        writer.add_representations(np.random.default_rng(0).standard_normal((40, 4)), 1)
    with SummaryWriter(directory / "logs" / "without") as writer:
        writer.add_validation_set([0, 1], ["cat", "dog"])
        writer.add_predictions([0, 1], 1)
    with tensorboard(directory / "out", f"--logdir={directory / 'logs'}") as running:
        yield running


@pytest.fixture(scope="module")
def tab(browser: Browser, board: TensorBoard) -> Iterator[Tab]:
    with tab_of(browser, board.url) as opened:
        yield opened


def chart(tab: Tab) -> Any:
    return tab.frame.get_by_role("img", name=re.compile("^Map of 90 images at iteration"))


def at(tab: Tab, step: int, more: str = "") -> Any:
    """The map of a frame, when it is there and every frame is."""
    tab.open(f"2!screen.run*run!screen.view*map!axis.step*{step}{more}")
    found = chart(tab)
    expect(found).to_have_attribute("aria-label", re.compile(rf"iteration {step}\."))
    expect(tab.region("Map view")).not_to_contain_text("frames are ready")
    return found


def answer(board: TensorBoard, step: int) -> dict[str, Any]:
    found: dict[str, Any] = board.json("map", run="run", step=step)
    return found


def test_a_run_without_representations_says_what_would_fill_it(tab: Tab) -> None:
    tab.open("2!screen.run*without!screen.view*map")
    view = tab.region("Map view")
    expect(view.get_by_role("heading", name="This run has no representations")).to_be_visible()
    expect(view.get_by_role("group", name="Python code")).to_contain_text("add_representations")


def test_without_scores_there_are_dots_on_no_ground(tab: Tab) -> None:
    tab.open("2!screen.run*scoreless!screen.view*map")
    view = tab.region("Map view")
    expect(view.get_by_role("img", name="Map of 40 images at iteration 1.")).to_be_visible()
    expect(view.get_by_role("region", name="Legend of the map")).to_contain_text("not known")


def test_it_says_that_it_is_being_made(tab: Tab) -> None:
    """Nobody has asked for this run's map yet."""
    tab.open("2!screen.run*new!screen.view*map")
    view = tab.region("Map view")
    expect(view.get_by_role("progressbar", name="Frames that are ready")).to_be_visible()
    expect(chart(tab)).to_be_visible()
    expect(view.get_by_role("progressbar")).to_have_count(0)


def changed(answer: bytes, failure: str | None, ready: int) -> bytes:
    """An answer of `map_quality` of fewer frames, and why no more are made."""
    size = int.from_bytes(answer[:8], "little")
    header, arrays = json.loads(answer[8 : 8 + size]), answer[8 + size :]
    rest = json.loads(header["__metadata__"]["answer"])
    header["__metadata__"]["answer"] = json.dumps({**rest, "failure": failure})
    for name in set(header) - {"__metadata__", "logged"}:
        begin, end = header[name]["data_offsets"]
        (frames,) = header[name]["shape"]
        end = begin + (end - begin) // frames * ready
        header[name] |= {"shape": [ready], "data_offsets": [begin, end]}
    written = json.dumps(header).encode()
    written += b" " * (-len(written) % 8)
    return len(written).to_bytes(8, "little") + written + arrays


def answered(route: Route, failure: str | None, ready: int) -> None:
    response = route.fetch()
    kind = {"content-type": response.headers["content-type"]}
    body = changed(response.body(), failure, ready)
    route.fulfill(status=200, headers=kind, body=body)


def test_until_the_crosshairs_frame_is_there_it_says_which_one_is_shown(tab: Tab) -> None:
    at(tab, 20)
    ready = [2]
    tab.page.goto("about:blank")  # Or what is loaded would stay.
    tab.page.route(re.compile("/map_quality"), lambda route: answered(route, None, ready[0]))
    tab.open("2!screen.run*run!screen.view*map!axis.step*40")
    view = tab.region("Map view")
    expect(view).to_contain_text("The frame at the crosshair is being made, iteration 40")
    expect(view).to_contain_text("It is there soon; shown is iteration 20")
    expect(view).to_contain_text("2 of 4 frames are ready")
    expect(chart(tab)).to_have_attribute("aria-label", re.compile(r"iteration 20\."))
    assert tab.serious_axe_findings() == []
    ready[0] = 3
    expect(view).to_contain_text(re.compile(r"It is there in about \d+ .*shown is iteration 30"))
    tab.open("2!screen.run*run!screen.view*map!axis.step*10")
    expect(view).to_contain_text("Later frames are being made")
    expect(view).to_contain_text("Iteration 40 is next")
    ready[0] = 4
    expect(view.get_by_role("progressbar")).to_have_count(0)
    tab.page.unroute(re.compile("/map_quality"))


@pytest.mark.parametrize("isnt_any_ready", [False, True])
def test_a_frame_that_cannot_be_made_is_an_error_with_a_retry(
    tab: Tab, board: TensorBoard, isnt_any_ready: bool
) -> None:
    at(tab, 20)
    assert board.json("map_quality", run="run")["failure"] is None
    asked: list[str] = []

    def fail(route: Route) -> None:
        asked.append(route.request.url)
        if any("retry=1" in url for url in asked):
            route.continue_()
        else:
            answered(route, "there is no memory left", 0 if isnt_any_ready else len(STEPS))

    tab.page.goto("about:blank")  # Or what is loaded would stay.
    tab.page.route(re.compile("/map_quality"), fail)
    tab.open("2!screen.run*run!screen.view*map!axis.step*20")
    view = tab.region("Map view")
    alert = view.get_by_role("alert")
    expect(alert).to_contain_text("there is no memory left")
    if not isnt_any_ready:
        expect(alert).to_contain_text("after 4 of 4")
        expect(chart(tab)).to_be_visible()
    assert tab.serious_axe_findings() == []
    before = len(asked)
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_have_count(0)
    expect(chart(tab)).to_be_visible()
    assert ["retry=1" in url for url in asked].index(True) == before
    tab.page.unroute_all(behavior="wait")


def test_trails_go_through_the_places_of_a_selected_image(tab: Tab, board: TensorBoard) -> None:
    found = at(tab, 40, "!map.trails*1")
    found.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("Enter")
    name = re.search(r"Image (\d+)", tab.frame.locator(".readout").inner_text())
    assert name
    trail = tab.region("Map view").locator("polyline.trail")
    expect(trail).to_have_count(1)
    expect(trail).to_have_attribute("points", re.compile(r"^\S+ \S+( \S+ \S+){3}$"))
    drawn = np.array(trail.get_attribute("points").split(), float).reshape(-1, 2)
    frames = [answer(board, step) for step in STEPS]
    dot = frames[0]["ids"].index(int(name[1]))
    places = np.array([[frame["x"][dot], frame["y"][dot]] for frame in frames])
    # But for where the window is and how large, it is the same line.
    drawn, places = drawn - drawn[-1], places - places[-1]
    scale = (drawn * places).sum() / (places**2).sum()
    assert scale > 0
    np.testing.assert_allclose(drawn, scale * places, atol=0.2)


def test_a_saved_picture_has_the_classes_and_the_colour_bar(tab: Tab) -> None:
    for coloring in ("label", "margin"):
        at(tab, 40, f"!map.coloring*{coloring}")
        with tab.page.expect_download() as download:
            tab.frame.get_by_role("button", name="SVG").click()
        picture = download.value.path().read_text()
        for name in CLASSES:
            assert f">{name}<" in picture
        bar = set(re.findall(r'height="10" fill="(rgb[^"]*)"', picture))
        assert (len(bar) > 30) == (coloring == "margin")


def test_it_shows_the_frame_of_the_crosshair_and_how_true_it_is(
    tab: Tab, board: TensorBoard
) -> None:
    at(tab, 30)
    found = answer(board, 30)
    right = np.mean(np.array(found["label"]) == np.array(found["predicted"]))
    view = tab.region("Map view")
    expect(view).to_contain_text(f"90 images, {100 * right:.1f}% correct")
    quality = board.json("map_quality", run="run")
    kept = quality["neighbours"][quality["steps"].index(30)]
    truth = view.get_by_role("region", name="How far the map is true")
    expect(truth).to_contain_text(f"{round(kept, 1):g} of 15")
    expect(truth).to_be_in_viewport()
    # The crosshair is everybody's.
    tab.frame.get_by_label("Inspector").press("ArrowRight")
    expect(chart(tab)).to_have_attribute("aria-label", re.compile(r"iteration 40\."))
    view.get_by_label("Colour of the dots").select_option("change")
    right_before = np.array(found["label"]) == np.array(found["predicted"])
    now = answer(board, 40)
    learned = int((~right_before & (np.array(now["label"]) == np.array(now["predicted"]))).sum())
    assert learned > 0
    expect(view.get_by_role("listitem").filter(has_text="learned now")).to_contain_text(
        str(learned)
    )
    tab.page.wait_for_function("location.hash.includes('map.coloring*change')")


def test_dots_are_read_and_selected_by_keys(tab: Tab, board: TensorBoard) -> None:
    found = at(tab, 30)
    found.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("ArrowDown")
    readout = tab.frame.locator(".readout")
    expect(readout).to_contain_text("Neighbours kept")
    name = re.search(r"Image (\d+)", readout.inner_text())
    assert name
    inspector = tab.frame.get_by_label("Inspector")
    near = board.json("map_neighbours", run="run", step=30, id=name[1])
    first = near["ids"][0]
    section = inspector.locator("section", has_text="in the features")
    expect(section.get_by_role("button").first).to_have_attribute(
        "title", re.compile(rf"^Image {first}:")
    )
    expect(tab.region("Map view").locator("line.near")).to_have_count(len(near["ids"]))
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_function("location.hash.includes('screen.selected*image')")
    assert tab.serious_axe_findings() == []


def test_what_is_drawn_around_is_picked_for_all_views(tab: Tab) -> None:
    box = at(tab, 40).bounding_box()
    assert box
    mouse = tab.page.mouse
    left, top = box["x"] + 2, box["y"] + 2
    right, bottom = box["x"] + box["width"] - 2, box["y"] + box["height"] - 2
    mouse.move(left, top)
    mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom)):
        mouse.move(x, y, steps=4)
    mouse.up()
    inspector = tab.frame.get_by_label("Inspector")
    expect(inspector).to_contain_text("90 picked images")
    tab.page.wait_for_function("location.hash.includes('images.picked*0*1*2*')")
    tab.frame.get_by_role("tab", name="Validation").click()
    expect(inspector).to_contain_text("90 picked images")
    inspector.get_by_role("button", name="dog", exact=True).first.click()
    rows = tab.region("Validation view").get_by_role("treeitem", name="images of dog")
    expect(rows.locator(".picked")).to_have_count(EACH)
    tab.frame.get_by_role("tab", name="Map").click()
    expect(chart(tab)).to_be_visible()
    for _ in range(2):
        inspector.press("Escape")
    tab.page.wait_for_function("!location.hash.includes('images.picked')")


def test_filters_zoom_and_table(tab: Tab, board: TensorBoard) -> None:
    found = at(tab, 30, "!map.wrong*1")
    frame = answer(board, 30)
    wrong = int((np.array(frame["label"]) != np.array(frame["predicted"])).sum())
    view = tab.region("Map view")
    expect(view).to_contain_text(f"{wrong} shown")
    box = found.bounding_box()
    assert box
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.page.keyboard.down("Control")
    tab.page.mouse.wheel(0, -300)
    tab.page.keyboard.up("Control")
    tab.page.wait_for_function("location.hash.includes('map.zoom')")
    view.get_by_role("button", name="Show all").click()
    tab.page.wait_for_function("!location.hash.includes('map.zoom')")
    view.get_by_role("button", name="Table").click()
    expect(view.get_by_role("table").get_by_role("row")).to_have_count(wrong + 1)
    view.get_by_role("button", name="Table").click()


def test_it_plays_to_the_last_frame(tab: Tab) -> None:
    at(tab, 10)
    tab.region("Map view").get_by_label("Frames a second").select_option("8")
    tab.frame.get_by_label("Inspector").press("k")
    expect(chart(tab)).to_have_attribute("aria-label", re.compile(r"iteration 40\."))
    expect(tab.region("Map view").get_by_role("button", name="Play")).to_be_visible()


def test_a_run_that_is_left_is_asked_nothing_more(tab: Tab) -> None:
    """What waits for a slider to rest would read what is gone: a complaint in the console."""
    for other in ("without", "scoreless", "new"):
        at(tab, 20)
        tab.page.evaluate(
            """(other) => {
                const replace = (from, to) => (location.hash = location.hash.replace(from, to));
                replace('axis.step*20', 'axis.step*30');
                setTimeout(() => replace('screen.run*run', `screen.run*${other}`), 5);
            }""",
            other,
        )
        tab.page.wait_for_function(f"location.hash.includes('screen.run*{other}')")
        expect(tab.region("Map view")).to_be_visible()
    at(tab, 40)
    assert tab.complaints == []


def test_a_dot_is_drawn_where_its_place_is(tab: Tab, board: TensorBoard) -> None:
    tab.page.goto("about:blank")  # Or the window would be that of all frames seen so far.
    at(tab, 40)
    tab.page.emulate_media(reduced_motion="reduce")
    frame = answer(board, 40)
    box = chart(tab).bounding_box()
    assert box
    x, y = np.array(frame["x"]), np.array(frame["y"])
    # Of a frame that was never left for another one, the window is that around its dots.
    half = max(np.ptp(x), np.ptp(y)) * 0.54
    scale = min(box["width"], box["height"]) / 2 / half
    dot = int(np.argmin(x))
    left = box["x"] + box["width"] / 2 + (x[dot] - (x.min() + x.max()) / 2) * scale
    top = box["y"] + box["height"] / 2 + (y[dot] - (y.min() + y.max()) / 2) * scale
    tab.page.mouse.move(left, top)
    expect(tab.frame.locator(".readout")).to_contain_text(f"Image {frame['ids'][dot]}")
    expect(tab.frame.locator(".readout")).to_contain_text(CLASSES[frame["label"][dot]])
