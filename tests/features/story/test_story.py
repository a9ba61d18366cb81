"""The story's sentences against plain loops, on planted runs and on whatever runs."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.features.histories.compute import image_scores
from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tensorboard_plugin_deeptracker.features.layers.records import MODEL, Model, Node
from tensorboard_plugin_deeptracker.features.signs.compute import Sign
from tensorboard_plugin_deeptracker.features.signs.compute.of_images import CONFUSION
from tensorboard_plugin_deeptracker.features.story.compute import MOST, of_signs, sentences, story
from tests.features.histories.logs import of_scores, write
from tests.features.story.plainly import Logged, expected
from tests.http.client import tab
from tests.logs import SessionLog, open_run, random_dump, small_model, small_validation_set

# What `expected` does not know: of filters, of scores, of other image sets, and signs.
OTHERS = {"moved", "suspected", "gap", "sign"}
CLASSES, EACH = 5, 20
NAMES = ("a", "b", "cat", "class d", "e~*!")


def told(run: Path, image_set: str | None = None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in sentences(open_run(run).snapshot, image_set):
        if each.kind not in OTHERS:
            found.setdefault(each.kind, []).append(each.text)
    return found


def plant(run: Path, predicted: NDArray[np.integer], labels: NDArray[np.integer]) -> None:
    images = ImageSet(NAMES, labels.astype(np.int32), np.arange(len(labels)))
    with SessionLog(run) as log:
        log.validation_set(images)
        for v, row in enumerate(predicted):
            log.validation(v * 10, row.tolist(), CLASSES)


LABELS: NDArray[np.int64] = np.repeat(np.arange(CLASSES), EACH)


def planted() -> NDArray[np.int64]:
    """Learned one class after the other; class 0 is forgotten at 12, class 4 is never learned."""
    rows = []
    for v in range(20):
        row = np.full(len(LABELS), 4)
        row[LABELS == 4] = 3
        for c in range(4):
            if v > 2 * c:
                row[EACH * c : EACH * (c + 1)] = c
        if v >= 12:
            row[LABELS == 0] = 1
        rows.append(row)
    return np.array(rows)


def test_what_is_planted_is_told(tmp_path: Path) -> None:
    plant(tmp_path, planted(), LABELS)
    assert told(tmp_path) == {
        "learned_first": [
            "Class a was learned first: at iteration 10, 100% of its images are right."
        ],
        "learned_last": [
            "Class d was learned last: at iteration 70, 100% of its images are right."
        ],
        "never_learned": [
            "Class e~*! was never learned: at most 0% of its images were right at once, at"
            " iteration 0."
        ],
        "lost": [
            "Class a was learned and lost again: of its images 100% are right at iteration 10, 0%"
            " at iteration 190."
        ],
        "error": [
            "The error is lowest at iteration 70, 20.0%; at the end, at iteration 190, it is 40.0%."
        ],
        "forgotten_at_once": [
            "At iteration 120, 20 images were forgotten at once (20 of class a) and 0 learned."
        ],
        "learned_at_once": [
            "At iteration 50, 20 images were learned at once (20 of class cat) and 0 forgotten."
        ],
        "never_right": [
            "20 of 100 images of validation were never right, 20 of them of class e~*!."
        ],
        "confused": [
            "At the end, 20 of the 20 images of class a are predicted as class b, and 0 the other"
            " way round."
        ],
    }


@st.composite
def courses(draw: st.DrawFn) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Predictions and labels: classes come and go, some images are not evaluated."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = np.sort(rng.integers(0, CLASSES, draw(st.integers(1, 60))))
    validations = draw(st.integers(1, 14))
    levels = draw(st.sampled_from([(0.0, 1.0), (0.1, 0.5, 0.9), (0.2,)]))
    rows = np.empty((validations, len(labels)), np.int64)
    rates = rng.choice(levels, CLASSES)
    for v in range(validations):
        changed = rng.random(CLASSES) < 0.3
        rates[changed] = rng.choice(levels, changed.sum())
        right = rng.random(len(labels)) < rates[labels]
        rows[v] = np.where(right, labels, rng.integers(0, CLASSES + 1, len(labels)))
        rows[v][rng.random(len(labels)) < draw(st.sampled_from([0, 0, 0.1, 1]))] = -1
    return rows, labels


@settings(max_examples=60)
@given(logged=courses())
@example(logged=(planted(), LABELS))
@example(logged=(np.zeros((6, len(LABELS)), np.int64), LABELS))
@example(logged=(planted()[:1], LABELS))
def test_plain_loops_say_the_same(logged: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
    with TemporaryDirectory() as directory:
        run = Path(directory)
        plant(run, *logged)
        assert told(run) == expected(Logged.of(open_run(run).snapshot))


@pytest.mark.parametrize("seed", [0, 1])
def test_says_nothing_of_the_training_where_nothing_happens(tmp_path: Path, seed: int) -> None:
    """Predictions by chance: half of no class is ever right."""
    plant(tmp_path, np.random.default_rng(seed).integers(0, CLASSES, (40, 100)), LABELS)
    assert set(told(tmp_path)) == set()
    with SessionLog(tmp_path / "weights") as log:
        model = small_model(3)
        log.model(model)
        log.dump(0, *random_dump(model, 0))
    assert list(sentences(open_run(tmp_path / "weights").snapshot)) == []


def write_training(run: Path) -> None:
    """All classes but one are learned at once; the rate falls at 100, and `block.conv1` moves."""
    model = small_model(3, 4, 2)
    with SummaryWriter(run) as writer:
        for step in range(0, 200, 10):
            writer.add_scalar("learning_rate", 0.1 if step < 100 else 0.01, step)
    with SessionLog(run) as log:
        log.model(model)
        for name in ("validation", "train"):
            log.validation_set(small_validation_set(*[EACH] * CLASSES), name)
        # Of other classes: there is nothing to compare.
        log.validation_set(small_validation_set(5, 5), "another")
        for v in range(20):
            filters, statistics = random_dump(model, v)
            ratio = statistics[model.statistics.index("update_ratio")]
            ratio[:] = 1e-3
            ratio[model.nodes.index(node_of(model, "block.conv1"))] *= 8 if v == 10 else 1
            log.dump(10 * v, filters, statistics)
            row = np.where(np.less(LABELS, 4 if v >= 10 else 1), LABELS, (LABELS + 1) % CLASSES)
            log.validation(10 * v, row.tolist(), CLASSES)
            log.validation(10 * v, LABELS.tolist(), CLASSES, "train")
            log.validation(10 * v, [0] * 5 + [1] * 5, 2, "another")


def node_of(model: Model, name: str) -> Node:
    return next(node for node in model.nodes if node.name == name)


def test_rates_layers_and_other_image_sets(tmp_path: Path) -> None:
    write_training(tmp_path)
    snapshot = open_run(tmp_path, "a run").snapshot
    found = {each.kind: each for each in sentences(snapshot)}
    assert found["rate_fell"].text == (
        "At iteration 100 the learning rate fell from 0.1 to 0.01: from iteration 90 to 100, 60"
        " images were learned and 0 forgotten."
    )
    assert found["rate_fell"].step == 100
    assert found["moved"].text == (
        "Then block.conv1 moved most: at iteration 100, its update ratio is 8.0 times its own"
        " median; of half of the layers, at most 1.0 times."
    )
    model = snapshot.of(MODEL)
    assert model is not None
    node = model.nodes.index(node_of(model, "block.conv1"))
    assert found["moved"].link == (
        "2!screen.run*a~20run!screen.view*layers!axis.step*100"
        f"!screen.selected*layer*{node}!layers.statistic*update_ratio!layers.chart*line"
    )
    assert found["gap"].text == (
        "At iteration 190, 20.0% of the images of validation are wrong; of train, 0% at"
        " iteration 190."
    )
    assert found["learned_first"].text == (
        "Class 0 was learned first: at iteration 0, 100% of its images are right."
    )
    assert found["learned_last"].text == (
        "Class 1, class 2 and class 3 were learned last: at iteration 100, at least half of the"
        " images of each are right."
    )


def test_labels_that_are_probably_wrong_are_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = small_validation_set(*[60] * 4)
    truth = images.labels.copy()
    truth[::20] = (truth[::20] + 1) % 4
    validations = []
    for step in range(12):
        scores = rng.normal(0, 1, (len(truth), 4))
        scores[np.arange(len(truth)), truth] += step
        validations.append(of_scores(step, scores, images.labels))
    write(tmp_path, images, validations)
    snapshot = open_run(tmp_path).snapshot
    suspicion = image_scores(snapshot, "validation", images).suspicion
    (text,) = (each.text for each in sentences(snapshot) if each.kind == "suspected")
    number = sum(value > 0.5 for value in suspicion.tolist())
    assert number >= 5
    assert text == (
        f"{number} of 240 images of validation look mislabelled to the network, or are hard: their"
        " suspicion is above 0.5."
    )


def test_the_route_tells_the_most_telling_in_the_order_of_time(tmp_path: Path) -> None:
    plant(tmp_path / "run", planted(), LABELS)
    everything = list(sentences(open_run(tmp_path / "run").snapshot))
    assert len(everything) > MOST
    with tab(str(tmp_path)) as opened:
        answer = opened.json("story", run="run")["sentences"]
        assert opened.json("story", run="run", image_set="validation")["sentences"] == answer
        assert "no such" not in opened.json("story", 404, run="run", image_set="x")["error"]
    assert len(answer) == MOST
    steps = [each["step"] for each in answer]
    assert steps == sorted(steps)
    left_out = min(everything, key=lambda each: each.weight)
    assert left_out.text not in [each["text"] for each in answer]
    for each in answer:
        assert each["link"].startswith("2!screen.run*run!screen.view*")
        assert re.fullmatch(r"[A-Za-z0-9_.~!*-]+", each["link"])
    assert story(open_run(tmp_path / "run").snapshot, most=1)[0].kind == "lost"


def test_a_sign_leads_to_what_it_is_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_training(tmp_path)
    snapshot = open_run(tmp_path, "run").snapshot
    model = snapshot.of(MODEL)
    assert model is not None
    node = model.nodes.index(node_of(model, "block.conv1"))
    abouts: dict[str, dict[str, Any]] = {
        f"layers!axis.step*20!screen.selected*layer*{node}": {"layer": "block.conv1"},
        "validation!axis.step*20!run.imageSet*train!screen.selected*class*2": {
            "image_set": "train",
            "class_name": "class 2",
        },
        "validation!axis.step*20!run.imageSet*train": {"image_set": "train"},
        "findings!axis.step*20": {},
    }
    for shown, about in abouts.items():
        sign = Sign(CONFUSION, 20, 30, 0.9, "It grows.", **about)
        monkeypatch.setattr(of_signs, "signs", lambda _, sign=sign: [sign])
        (found,) = of_signs.of_signs(snapshot)
        assert found.text == f"{CONFUSION.title} since iteration 20: It grows."
        # What is shown of a class is said, too.
        begin, _, _ = found.link.partition("!validation.")
        assert begin == f"2!screen.run*run!screen.view*{shown}"
