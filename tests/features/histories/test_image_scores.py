"""Scores of images, against plain loops over what was logged."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.histories import routes
from tensorboard_plugin_deeptracker.features.histories.compute import (
    collect,
    image_scores,
    listed,
)
from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tests.features.histories.logs import Validation, expected, of_scores, write
from tests.http.client import Tab, limited, tab
from tests.logs import SessionLog, open_run, small_validation_set

# Values that halves, and their sums, hold well enough for single precision.
CLOSE: dict[str, Any] = {"rel": 1e-5, "abs": 1e-6, "nan_ok": True}


@st.composite
def histories(draw: st.DrawFn) -> tuple[ImageSet, list[Validation]]:
    """An image set and its validations: some without scores, some images not evaluated."""
    images = small_validation_set(*draw(st.lists(st.integers(0, 5), min_size=2, max_size=4)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = len(images.labels), len(images.class_names)
    validations = []
    for step in draw(st.lists(st.integers(0, 40), unique=True, max_size=12).map(sorted)):
        scores = rng.normal(0, 3, shape)
        scores[rng.random(shape[0]) < 0.2] = np.nan
        validation = of_scores(step, scores, images.labels)
        with_scores = draw(st.integers(0, 3)) > 0
        validations.append(validation if with_scores else Validation(step, validation.predicted))
    return images, validations


@settings(max_examples=60)
@given(logged=histories(), data=st.data())
def test_against_plain_loops(
    logged: tuple[ImageSet, list[Validation]], data: st.DataObject
) -> None:
    images, validations = logged
    with tempfile.TemporaryDirectory() as logdir:
        write(Path(logdir) / "run", images, validations)
        with tab(logdir) as opened:
            check(opened, images, validations)
            first, last = sorted(data.draw(st.tuples(st.integers(0, 40), st.integers(0, 40))))
            within = [each for each in validations if first <= each.step <= last]
            check(opened, images, within, first_step=first, last_step=last)


def check(opened: Tab, images: ImageSet, validations: list[Validation], **options: Any) -> None:
    answer = opened.json("image_scores", run="run", **options)
    rows = range(len(images.labels))
    assert answer["observations"] == len(validations)
    assert answer["steps"] == [each.step for each in validations]
    assert answer["matching"] == len(rows)
    for row, found in zip(rows, answer["images"], strict=True):
        suspicion = found.pop("suspicion")
        own = expected(images, validations, row)
        assert (suspicion is None) == (own["observed"] == 0)
        assert suspicion is None or 0 <= suspicion <= 1
        assert {name for name, each in found.items() if each is None} == {
            name for name, each in own.items() if each is None
        }
        assert nan_for_none(found) == pytest.approx(nan_for_none(own), **CLOSE)
    rest, arrays = opened.arrays("image_scores", run="run", history="yes", **options)
    assert rest["ids"] == [each["id"] for each in answer["images"]]
    assert arrays["label"].tolist() == images.labels.tolist()
    steps = np.array([*answer["steps"], -1])
    for name in ("learned_at", "settled_at"):
        known = [-1 if each[name] is None else each[name] for each in answer["images"]]
        assert steps[arrays[name]].tolist() == known
    np.testing.assert_array_equal(
        arrays["predicted"].T,
        np.array([v.predicted for v in validations]).reshape(len(validations), len(rows)),
    )


def nan_for_none(found: dict[str, Any]) -> dict[str, Any]:
    return {name: np.nan if each is None else each for name, each in found.items()}


def test_in_blocks_and_as_the_log_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is divided, and in however many goes it was logged, the answer is the same."""
    images, rng = small_validation_set(9, 4, 8), np.random.default_rng(0)
    scores = rng.normal(0, 2, (13, 21, 3))
    # Most are learned one day, and stay so over several blocks.
    scores[:, np.arange(21), images.labels] += np.linspace(0, 4, 13)[:, np.newaxis]
    validations = [of_scores(i, own, images.labels) for i, own in enumerate(scores)]
    write(tmp_path / "whole", images, validations)
    whole = open_run(tmp_path / "whole").snapshot
    at_once = image_scores(whole, "validation", images_of(whole))
    monkeypatch.setattr(collect, "_IMAGES", 5)
    monkeypatch.setattr(collect, "_VALIDATIONS", 3)
    monkeypatch.setattr(listed, "_AT_ONCE", 16)
    grown = open_run(tmp_path / "grown")
    later = SessionLog(tmp_path / "grown", "later", started=2.0)
    with SessionLog(tmp_path / "grown") as log, later:
        log.validation_set(images)
        later.validation_set(images)
        for each in validations:
            # The third and the fourth are logged again, when more are known.
            other = of_scores(each.step, -scores[0], images.labels)
            (other if each.step in (2, 3) else each).write(log)
            if each.step in (7, 10):
                validations[2 if each.step == 7 else 3].write(later)
            grown.refresh()
            found = image_scores(grown.snapshot, "validation", images_of(grown.snapshot))
    for name, values in vars(at_once).items():
        np.testing.assert_allclose(getattr(found, name), values, rtol=1e-4, err_msg=name)
    # An older snapshot, and a part, do not hear of what came later.
    part = image_scores(grown.snapshot, "validation", images_of(grown.snapshot), slice(0, 4))
    assert part.observations == 4
    again = image_scores(grown.snapshot, "validation", images_of(grown.snapshot))
    np.testing.assert_allclose(again.margin, at_once.margin, rtol=1e-6)
    rows = np.array([20, 3, 3])
    records = next(own for own in whole.series.values() if len(own) == 13)
    predicted = listed.predicted_over_time(records, rows)
    assert predicted.tolist() == [[int(v.predicted[row]) for v in validations] for row in rows]
    seconds = [expected(images, validations, int(row))["second"] for row in rows]
    assert listed.second_choices(records, rows).tolist() == seconds


def images_of(snapshot: Any) -> ImageSet:
    (images,) = (own for own in snapshot.structures.values() if isinstance(own, ImageSet))
    return images


def test_sorted_filtered_and_in_parts(tmp_path: Path) -> None:
    images, rng = small_validation_set(6, 7), np.random.default_rng(1)
    validations = [of_scores(i, rng.normal(0, 2, (13, 2)), images.labels) for i in range(9)]
    write(tmp_path / "run", images, validations)
    with tab(tmp_path) as opened:
        everything = opened.json("image_scores", run="run")["images"]

        def asked(**options: Any) -> list[int]:
            answer = opened.json("image_scores", run="run", **options)
            return [each["row"] for each in answer["images"]]

        for name in ("flips", "margin", "suspicion", "learned_at"):
            never = max(v.step for v in validations) + 1
            values = [never if each[name] is None else each[name] for each in everything]
            up = sorted(range(13), key=lambda row: (values[row], row))
            down = sorted(range(13), key=lambda row: (-values[row], row))
            assert asked(sort=name) == up
            assert asked(sort=name, order="down") == down
            assert asked(sort=name, order="down", top_k=5) == down[:5]
            assert asked(sort=name, rows="4:9") == up[4:9]
            assert asked(sort=name, class_="class 1") == [row for row in up if row >= 6]
        assert asked(id=str(everything[4]["id"])) == [4]
        assert asked(find=str(everything[4]["id"]), sort="flips") == [4]
        assert asked(find=str(everything[4]["id"]), class_="class 1") == []
        assert asked(find="no such") == []
        low, high = sorted(each["confidence"] for each in everything)[3:9:5]
        kept = [each["row"] for each in everything if low <= each["confidence"] <= high]
        assert asked(confidence=f"{low}:{high}") == pytest.approx(kept)
        assert opened.json("image_scores", run="run", rows="9:99")["rows"] == [9, 13]
        for bad in ("0.5", "1:0", "nan:1", "a:b"):
            assert (
                "must be two numbers"
                in opened.json("image_scores", 400, run="run", variability=bad)["error"]
            )
        assert "unknown image" in opened.json("image_scores", 404, run="run", id="7")["error"]


def test_what_cannot_be_sent_is_not_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, rng = small_validation_set(6, 7), np.random.default_rng(1)
    write(tmp_path / "run", images, [of_scores(0, rng.normal(0, 2, (13, 2)), images.labels)])
    with tab(tmp_path, questions=limited(max_bytes=7 * 256)) as opened:
        monkeypatch.setattr(routes, "image_scores", None)
        for options in ({}, {"sort": "flips"}, {"top_k": 8}, {"rows": "2:10"}):
            said = opened.json("image_scores", 400, run="run", **options)["error"]
            assert "too much for one answer: ask for some" in said
        monkeypatch.undo()
        for options in ({"class_": "class 1"}, {"top_k": 7}, {"rows": "9:99"}, {"find": "100"}):
            assert opened.json("image_scores", run="run", **options)["images"]
        # How many these are, nobody knows before.
        opened.json("image_scores", 400, run="run", confidence="0:1")


def test_cartography(tmp_path: Path) -> None:
    images, rng = small_validation_set(20, 20), np.random.default_rng(2)
    validations = [of_scores(i, rng.normal(0, 2, (40, 2)), images.labels) for i in range(6)]
    write(tmp_path / "run", images, validations)
    with tab(tmp_path) as opened:
        everything = opened.json("image_scores", run="run")["images"]
        answer = opened.json("cartography", run="run", cells=4)
        cells: dict[tuple[int, int], list[float]] = {}
        for each in everything:
            place = min(3, int(each["confidence"] * 4)), min(3, int(each["variability"] * 8))
            cells.setdefault(place, []).append(each["right"] / each["observed"])
        assert answer["images"] == [
            {
                "confidence": confidence,
                "variability": variability,
                "images": len(shares),
                "right": pytest.approx(sum(shares) / len(shares), rel=1e-6),
            }
            for (confidence, variability), shares in sorted(cells.items())
        ]
        own = opened.json("cartography", run="run", class_="class 1")["images"]
        assert sum(each["images"] for each in own) == 20


def test_image_sets(tmp_path: Path) -> None:
    train, validation = small_validation_set(3, 2), small_validation_set(1, 1, 1)
    with SessionLog(tmp_path / "run") as log:
        log.validation_set(train, "train")
        log.validation_set(validation)
        log.validation(1, [0, 0, 0, 1, 1], 2, "train")
        log.validation(1, [0, 1, 2], 3)
        log.validation(2, [0, 1, 2], 3)
    with tab(tmp_path) as opened:
        assert opened.json("image_sets", run="run") == {
            "image_sets": [
                {
                    "name": "validation",
                    "images": 3,
                    "classes": 3,
                    "validations": 2,
                    "representations": 0,
                },
                {
                    "name": "train",
                    "images": 5,
                    "classes": 2,
                    "validations": 1,
                    "representations": 0,
                },
            ]
        }
        scores = opened.json("image_scores", run="run", image_set="train")
        assert [each["never_learned"] for each in scores["images"]] == [False] * 5
        # Without scores, what needs them is missing.
        for name in ("margin", "confidence", "variability", "second"):
            assert [each[name] for each in scores["images"]] == [None] * 5
        assert opened.json("cartography", run="run", image_set="train")["images"] == []
