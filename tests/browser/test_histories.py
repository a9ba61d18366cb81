"""The Images view: what became of each image of a set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import arro3.io
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from tensorboard_plugin_deeptracker import SummaryWriter
from tests.browser.conftest import board_of
from tests.browser.tab import Tab, tab_of
from tests.tensorboard_process import TensorBoard

CLASSES = ["cat", "dog", "ship"]
STEPS = range(10, 130, 10)


def write(logdir: Path) -> None:
    """Two sets of images with scores: 300 to train with, of which 10 have wrong labels."""
    rng = np.random.default_rng(0)
    with SummaryWriter(str(logdir / "run")) as writer:
        truth = {"train": np.arange(300) % 3, "validation": np.arange(60) % 3}
        wrong = np.arange(0, 300, 30)
        labels = {**truth, "train": truth["train"].copy()}
        labels["train"][wrong] = (labels["train"][wrong] + 1) % 3
        names = [f"image {i:03}" for i in range(300)]
        pictures = rng.integers(0, 255, (300, 4, 4, 3)).astype(np.uint8)
        writer.add_image_set("train", labels["train"], CLASSES, images=pictures, ids=names)
        writer.add_image_set("validation", labels["validation"], CLASSES)
        for i, step in enumerate(STEPS):
            for name, own in truth.items():
                known = 4 * (i + 1) / len(STEPS) * (0.8 if name == "validation" else 1)
                scores = rng.normal(0, 1, (len(own), 3)) + known * np.eye(3)[own]
                writer.add_predictions(None, step, scores=scores, image_set=name)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    with board_of(tmp_path_factory, "histories", write) as found:
        yield found


@pytest.fixture
def tab(browser: Browser, board: TensorBoard) -> Iterator[Tab]:
    with tab_of(browser, board.url) as found:
        yield found.open("2!screen.view*images!run.imageSet*train").quiet()


def listed(board: TensorBoard, **query: Any) -> list[dict[str, Any]]:
    answer = board.json("image_scores", run="run", image_set="train", **query)
    return list(answer["images"])


def expect_first(rows: Locator, images: list[dict[str, Any]]) -> None:
    """The first rows are these images."""
    for i, image in enumerate(images):
        expect(rows.nth(i).locator("span").first).to_have_text(image["id"])


def test_images_are_sorted_chosen_and_read(tab: Tab, board: TensorBoard) -> None:
    view = tab.region("Images view")
    rows = view.get_by_role("listbox", name=re.compile("^Images")).get_by_role("option")
    expect(rows.first).to_contain_text("image")
    expected = listed(board, sort="suspicion", order="down", top_k=6)
    expect_first(rows, expected)
    expect(rows.first).to_contain_text(f"{expected[0]['suspicion']:.3f}")
    # Wrong labels come first.
    assert {each["row"] for each in expected} <= {
        each["row"] for each in listed(board) if int(each["id"][-3:]) % 30 == 0
    }
    view.get_by_role("button", name="Margin").click()
    largest = listed(board, sort="margin", order="down", top_k=6)
    expect(rows.first).to_contain_text(largest[0]["id"])
    view.get_by_role("button", name="Margin").click()
    least = listed(board, sort="margin", order="up", top_k=6)
    expect_first(rows, least)
    # By the keyboard, down to the last one.
    images = view.get_by_role("listbox", name=re.compile("^Images"))
    images.focus()
    tab.page.keyboard.press("ArrowDown")
    inspector = tab.frame.get_by_label("Inspector")
    expect(inspector).to_contain_text(f"Image {least[1]['id']}")
    margin = f"{least[1]['margin']:.2f}".replace("-", "\N{MINUS SIGN}")
    expect(inspector).to_contain_text(re.compile(rf"Margin\s*{re.escape(margin)}"))
    tab.page.keyboard.press("End")
    last = listed(board, sort="margin", order="up")[-1]
    expect(inspector).to_contain_text(f"Image {last['id']}")
    expect(rows.last).to_contain_text(last["id"])
    # The address keeps all of it, and another view shows the same image.
    tab.page.wait_for_function("location.hash.includes('histories.sort*margin')")
    tab.frame.get_by_role("tab", name="Confusion").click()
    expect(inspector).to_contain_text(f"Image {last['id']}")
    inspector.get_by_role("button", name=re.compile("^Images of .* by their scores")).click()
    name = CLASSES[last["label"]]
    expect(view.locator("[data-count]")).to_contain_text("images of 300")
    of_class = listed(board, sort="margin", order="up", class_=name, top_k=6)
    expect(rows.first).to_contain_text(of_class[0]["id"])
    assert tab.serious_axe_findings() == []


def test_strips_are_histories_that_the_crosshair_moves(tab: Tab, board: TensorBoard) -> None:
    view = tab.region("Images view")
    (image,) = listed(board, id="image 001", history="yes")
    tab.open("2!screen.view*images!run.imageSet*train!histories.search*image~20001")
    row = view.get_by_role("listbox", name=re.compile("^Images")).get_by_role("option")
    expect(row).to_have_count(1)
    for i in (0, len(STEPS) - 1):
        tab.open(
            "2!screen.view*images!run.imageSet*train!histories.search*image~20001"
            f"!axis.step*{STEPS[i]}"
        )
        expect(row.locator("span.clipped").nth(2)).to_have_text(CLASSES[image["predicted"][i]])
    tab.quiet()
    box = row.locator(".strip").bounding_box()
    assert box
    tab.page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + 7)
    tab.page.wait_for_function("/axis\\.step\\*(50|60|70)\\b/.test(location.hash)")
    # As a table: with what was right and wrong, letter by letter.
    view.get_by_role("button", name="Table", exact=True).click()
    letters = "".join("c" if each == image["label"] else "w" for each in image["predicted"])
    expect(view.get_by_role("cell", name=letters)).to_be_visible()
    with tab.page.expect_download() as download:
        view.get_by_role("button", name="Save as CSV").click()
    saved = Path(download.value.path()).read_text()
    assert saved.splitlines()[1].startswith(f"image 001,{CLASSES[image['label']]},")
    assert saved.splitlines()[1].endswith(letters)
    with tab.page.expect_download() as download:
        view.get_by_role("button", name="Save as Parquet").click()
    table = arro3.io.read_parquet(Path(download.value.path())).read_all()
    assert table.column("Image")[0].as_py() == "image 001"
    assert table.column("Label")[0].as_py() == CLASSES[image["label"]]
    assert table.column("Suspicion")[0].as_py() == image["suspicion"]
    assert table.column("Flips")[0].as_py() == image["flips"]


def test_the_plot_chooses_and_the_gallery_shows(tab: Tab, board: TensorBoard) -> None:
    view = tab.region("Images view")
    count = view.locator("[data-count]")
    expect(count).to_have_text("300 images")
    plot = view.get_by_role("img", name=re.compile("^300 images by the mean"))
    tab.quiet()
    box = plot.bounding_box()
    assert box
    # From the middle to beyond the upper left: confident and steady.
    tab.page.mouse.move(box["x"] + 34 + 113, box["y"] + 6 + 113)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + 10, box["y"] - 10, steps=3)
    tab.page.mouse.up()
    chosen = listed(board, confidence="0.5:1", variability="0:0.25")
    found = re.compile(r"^(\d+) images of 300$")
    expect(count).to_have_text(found)
    tab.quiet()
    shown = found.match(count.inner_text())
    assert shown
    # A pixel is some thousandths.
    assert abs(int(shown[1]) - len(chosen)) <= 6
    view.get_by_role("button", name="Hard").click()
    hard = listed(board, confidence="0:0.25", variability="0:0.25")
    expect(count).to_have_text(re.compile(rf"^{len(hard)} images? of 300$"))
    view.get_by_role("button", name="Gallery").click()
    pictures = view.get_by_role("region", name="Images, by suspicion").get_by_role("button")
    expect(pictures).to_have_count(len(hard))
    pictures.first.click()
    first = listed(board, confidence="0:0.25", variability="0:0.25", sort="suspicion", order="down")
    expect(tab.frame.get_by_label("Inspector")).to_contain_text(f"Image {first[0]['id']}")
    view.get_by_role("button", name="Show all").click()
    expect(count).to_have_text("300 images")
    assert tab.serious_axe_findings() == []


def test_two_sets_side_by_side(tab: Tab, board: TensorBoard) -> None:
    tab.open("2!screen.view*images!histories.mode*gap")
    view = tab.region("Images view")
    region = view.get_by_role(
        "region", name="Error of each class in validation minus that in train"
    )
    rows = region.locator(".list-row")
    expect(rows).to_have_count(3)

    def rates(name: str) -> Any:
        answer = board.json("error_rates", run="run", image_set=name)
        return np.array(answer["classes"])[:, -1]

    gap = rates("validation") - rates("train")
    order = sorted(range(3), key=lambda c: -gap[c])
    expect(rows.locator("button")).to_have_text([CLASSES[c] for c in order])
    percent = f"{100 * gap[order[0]]:+.1f}%".replace("-", "\N{MINUS SIGN}")
    expect(rows.first.locator(".number")).to_have_text(percent)
    # The other way round, chosen in the top bar.
    tab.frame.get_by_label("Image set").select_option("train")
    expect(
        view.get_by_role("region", name=re.compile("in train minus that in val"))
    ).to_be_visible()
    expect(tab.frame.get_by_text("Error in train").first).to_be_visible()
    assert tab.serious_axe_findings() == []


def test_without_scores_it_says_how_to_log_them(standing_tab: Tab) -> None:
    """And of many images, only those on screen are there."""
    standing_tab.open("2!screen.view*images")
    view = standing_tab.region("Images view")
    expect(view).to_contain_text("Confidence and variability need scores")
    expect(view).to_contain_text("scores=logits")
    rows = view.get_by_role("listbox", name=re.compile("^Images")).get_by_role("option")
    expect(rows.first).to_contain_text("class")
    assert rows.count() < 60
    images = view.get_by_role("listbox", name=re.compile("^Images"))
    images.evaluate("element => { element.scrollTop = 28 * 25000; }")
    expect(view.locator('[data-at="25000"]')).to_contain_text("class")
    assert rows.count() < 60
