"""Names are text, whatever is in them; and nothing on screen asks anybody else for anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tensorboard_plugin_deeptracker.features.causes.records import (
    Experiments,
    encode_experiments,
)
from tensorboard_plugin_deeptracker.features.findings.compute import remedies
from tensorboard_plugin_deeptracker.features.layers.records import Model, Node
from tests.browser.tab import Tab, tab_of, word
from tests.logs import (
    SessionLog,
    random_dump,
    small_experiments,
    small_model,
    small_representations,
    small_validation_set,
)
from tests.tensorboard_process import tensorboard

VIEWS = ["Validation", "Layers", "Correlation", "Cube", "Findings", "Map", "Confusion", "Images"]
# Names are painted there.
PAINTED = {"Correlation", "Cube", "Map"}
MARKUP = (
    "<img src=x onerror=document.body.dataset.harm=1><script>document.body.dataset.harm=1</script>"
)
NAMES = (
    MARKUP,
    "\x00\x07\x1b[31m\r\n\t\u2028\ufffe controls",
    "\u202e\u05e2\u05d1\u05e8\u05d9\u05ea \u0627\u0644\u0639\u0631\u0628\u064a\u0629 right to left",
    "w" * 10_000,
    "</style><svg onload=document.body.dataset.harm=1>&amp;&#60;b&#62; {{7*7}} ${7*7}",
    "__proto__",
)
# What a directory may be called.
RUN = "<svg onload=document.body.dataset.harm=1> \u202e\u05e2\x07\x1b[31m" + "w" * 150
OTHER = "<img src=x onerror=document.body.dataset.harm=1> \u202e" + "w" * 150
STEPS = 40
LEARNED = 20


def hostile_model() -> Model:
    model = small_model(*[3] * len(NAMES))
    layers = tuple(
        replace(layer, name=name, type=name[:999])
        for layer, name in zip(model.layers, NAMES, strict=True)
    )
    nodes = tuple(Node(layer.name, layer.type, layer=i) for i, layer in enumerate(layers))
    root = Node("", MARKUP, (nodes[0], Node(f"{MARKUP} block", MARKUP, nodes[1:])))
    return Model(layers, root, model.edges)


def hostile_experiments() -> Experiments:
    effects = small_experiments().effects
    own = [replace(it, name=MARKUP, filters={MARKUP: it.filters["layer0"]}) for it in effects]
    return replace(small_experiments(), since=LEARNED - 1, effects=tuple(own))


def write(run: Path, learned: int = LEARNED) -> None:
    """Classes that are learned at once, and filters that then move."""
    model = hostile_model()
    images = replace(small_validation_set(*[4] * len(NAMES)), class_names=NAMES)
    images = replace(images, ids=tuple(f"{NAMES[i % len(NAMES)]} {i}" for i in range(24)))
    with SessionLog(run) as log:
        log.model(model)
        log.validation_set(images)
        for step in range(STEPS):
            filters, statistics = random_dump(model, step)
            filters[:, :3] = 0  # A layer that never changes is a finding.
            log.dump(step, filters, statistics)
            right = images.labels if step >= learned else np.roll(images.labels, 4)
            log.validation(step, right.tolist(), len(NAMES))
            if step % 10 == 0:
                log.representations(step, small_representations(24, len(NAMES), step))
        log.append(encode_experiments(learned, hostile_experiments()))


@pytest.fixture(scope="module")
def hostile(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    directory = tmp_path_factory.mktemp("names")
    write(directory / "logs" / RUN)
    write(directory / "logs" / OTHER, LEARNED + 10)
    with (
        tensorboard(directory / "out", f"--logdir={directory / 'logs'}") as board,
        tab_of(browser, board.url) as tab,
    ):
        asked: list[str] = []
        tab.page.on("request", lambda request: asked.append(request.url))
        yield tab.open(f"2!screen.run*{word(RUN)}")
        outside = [url for url in asked if not url.startswith((tab.url, "data:", "blob:"))]
        assert any("/run?" in url for url in asked)
        assert outside == []


SOURCES = {each.url for each in vars(remedies).values() if isinstance(each, remedies.Remedy)}


def harmless(tab: Tab) -> None:
    """Nothing was injected, and nothing reaches beyond the screen's sides."""
    assert tab.evaluate("document.body.dataset.harm") is None
    assert tab.page.evaluate("document.body.dataset.harm") is None
    injected = "[onerror], [onload], img[src=x]"
    assert tab.evaluate(f"document.querySelectorAll('{injected}').length") == 0
    links = tab.evaluate("[...document.querySelectorAll('a[href]')].map((it) => it.href)")
    assert set(links) <= SOURCES
    scripts = "[...document.scripts].filter((it) => it.text.includes('harm')).length"
    assert tab.evaluate(scripts) == 0
    width, screen = tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= screen


@pytest.mark.parametrize("view", VIEWS)
def test_names_are_text_in_every_view(hostile: Tab, view: str) -> None:
    frame = hostile.frame
    expect(frame.get_by_role("combobox", name="Run")).to_have_value(RUN)
    frame.get_by_role("tab", name=view).click()
    main = frame.get_by_role("main")
    if view in PAINTED:
        expect(main.locator("canvas").first).to_be_visible()
    else:
        expect(main).to_contain_text("<img src=x onerror")
    harmless(hostile)
    main.get_by_role("button", name="Table", exact=True).last.click()
    table = main.get_by_role("table")
    expect(table).to_contain_text("<svg onload=")
    assert table.evaluate("(it) => it.scrollWidth") < 4000  # A long name does not hide the rest.
    harmless(hostile)
    main.get_by_role("button", name="Table", exact=True).last.click()


@pytest.mark.parametrize(("view", "region"), [("Validation", "Validation"), ("Layers", "Layer")])
def test_names_are_text_in_the_inspector(hostile: Tab, view: str, region: str) -> None:
    frame = hostile.frame
    frame.get_by_role("tab", name=view).click()
    rows = hostile.region(f"{region} view").get_by_role("treeitem")
    for name in ("w" * 50, "</style><svg", "<img src=x"):
        rows.filter(has_text=name).last.locator(".label").first.click()
        expect(frame.get_by_label("Inspector")).to_contain_text(name)
        harmless(hostile)


def test_names_are_text_between_runs(hostile: Tab) -> None:
    hostile.open(f"2!screen.run*{word(RUN)}!screen.runs*{word(RUN)}*{word(OTHER)}")
    frame = hostile.frame
    for view in ("Compare", "Validation", "Layers", "Map"):
        frame.get_by_role("tab", name=view).click()
        main = frame.get_by_role("main")
        if view not in PAINTED:
            expect(main).to_contain_text("<img src=x onerror")
        hostile.quiet()
        harmless(hostile)


def test_long_names_are_whole_or_shortened_at_their_end(hostile: Tab) -> None:
    """Beside and above the confusion matrix, and beneath the verdict of two runs."""
    hostile.open(f"2!screen.run*{word(RUN)}!screen.view*confusion")
    texts = hostile.frame.get_by_role("main").locator("svg text.name")
    expect(texts).to_have_count(2 * len(NAMES))
    beyond = texts.evaluate_all(
        """(texts) => texts.filter((text) => {
          const [own, all] = [text, text.closest('svg')].map((it) => it.getBoundingClientRect());
          return own.left < all.left || own.top < all.top || own.right > all.right;
        }).map((text) => text.textContent)"""
    )
    assert beyond == []
    classes = hostile.frame.get_by_role("region", name="Precision and recall of classes")
    scrolled, seen = classes.evaluate("(it) => [it.scrollWidth, it.clientWidth]")
    assert scrolled <= seen
    hostile.open(
        f"2!screen.run*{word(RUN)}!screen.runs*{word(RUN)}*{word(OTHER)}!screen.view*compare"
    )
    verdict = hostile.frame.locator("[data-verdict]")
    scrolled, seen = verdict.evaluate("(it) => [it.scrollWidth, it.clientWidth]")
    assert scrolled <= seen
    expect(verdict).to_contain_text(f"\u2068{OTHER}\u2069")
