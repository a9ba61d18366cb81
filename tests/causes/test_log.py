"""What experiments found, logged and read back."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.events.decode import DecodeError
from tensorboard_plugin_deeptracker.features.causes.compute import (
    Found,
    corrected,
    experiments,
    findings,
    is_beyond_chance,
    measure,
)
from tensorboard_plugin_deeptracker.features.causes.records import (
    Allotment,
    Effect,
    Experiments,
    decode_experiments,
    encode_experiments,
)
from tests.http.client import tab
from tests.logs import SessionLog, open_run, small_validation_set

IMAGES = small_validation_set(8, 8, 8)


@st.composite
def effects(draw: st.DrawFn) -> Effect:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    cells, draws = draw(st.integers(0, 5)), draw(st.integers(0, 30))
    kinds = rng.choice(6, cells, replace=False)
    images = rng.integers(1, 9, cells)
    return Effect(
        name=draw(st.text(max_size=20)),
        how=draw(st.sampled_from(["put_back", "put_in", "zero", "mean", "resample"])),
        filters={
            f"layer{i}": np.sort(rng.choice(64, draw(st.integers(1, 9)), replace=False))
            for i in range(draw(st.integers(1, 3)))
        },
        classes=kinds // 2,
        to_right=kinds % 2 == 1,
        images=images,
        changed=rng.integers(0, images + 1) if cells else images,
        chance=rng.integers(0, 9, (draws, cells)),
        others=int(rng.integers(100)),
        others_changed=3,
    )


def same(one: Effect, other: Effect) -> bool:
    arrays = "classes", "to_right", "images", "changed", "chance"
    plain = "name", "how", "others", "others_changed"
    return (
        all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)
        and all(getattr(one, name) == getattr(other, name) for name in plain)
        and list(one.filters) == list(other.filters)
        and all(map(np.array_equal, one.filters.values(), other.filters.values()))
    )


@settings(max_examples=40)
@given(st.lists(effects(), min_size=1, max_size=4))
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, tried: list[Effect]
) -> None:
    run = tmp_path_factory.mktemp("run")
    with SessionLog(run) as log:
        log.validation_set(IMAGES)
        log.append(encode_experiments(7, Experiments(3, 20, 1.5, tuple(tried))))
    ((step, found),) = experiments(open_run(run).snapshot, "validation")
    assert (step, found.since, found.images, found.seconds) == (7, 3, 20, 1.5)
    assert len(found.effects) == len(tried)
    assert all(map(same, found.effects, tried))
    rows = findings(open_run(run).snapshot, "validation")
    # Of each effect, the least p of its kinds of images, corrected for them; of those, Benjamini
    # and Hochberg by the book: the least p * n / rank of those that rank as high.
    by_effect = [[row for row in rows if same(row.effect, each)] for each in tried]
    least = {}
    for i, (own, each) in enumerate(zip(by_effect, tried, strict=True)):
        if len(each.chance):
            least[i] = corrected(
                np.array([row.measured.changed for row in own]),
                np.stack([chance_of(each, row.kind) for row in own], axis=1),
            )
    smallest = sorted(float(each.min()) for each in least.values())
    for i, own in enumerate(by_effect):
        if i not in least:
            assert all(np.isnan(row.q) for row in own)
            continue
        rate = min(
            p * len(smallest) / rank
            for rank, p in enumerate(smallest, 1)
            if p >= least[i].min() - 1e-12
        )
        for row, p in zip(own, least[i].tolist(), strict=True):
            assert row.q == pytest.approx(max(p, min(rate, 1)))
            assert row.q >= row.measured.p - 1e-9


def chance_of(effect: Effect, kind: tuple[int, bool] | None) -> np.ndarray:
    if kind is None:
        chance: np.ndarray = effect.chance.sum(axis=1)
    else:
        (cell,) = np.flatnonzero((effect.classes == kind[0]) & (effect.to_right == kind[1]))
        chance = effect.chance[:, cell]
    return chance


def planted(changed: int = 6, **others: Any) -> Effect:
    effect = Effect(
        name="most moved",
        how="put_back",
        filters={"layer0": np.array([1, 5]), "layer1": np.array([0])},
        classes=np.array([0, 2, 2]),
        to_right=np.array([False, False, True]),
        images=np.array([8, 6, 2]),
        changed=np.array([changed, 1, 2]),
        chance=np.array([[1, 1, 0], [0, 2, 1], [2, 0, 0], [1, 1, 2]]),
        others=10,
        others_changed=1,
    )
    return replace(effect, **others)


def test_the_route_says_what_was_found(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "run") as log:
        log.validation_set(IMAGES)
        log.append(encode_experiments(7, Experiments(3, 20, 1.5, (planted(),))))
        whole = planted(how="put_in", chance=np.zeros((0, 3), np.int64))
        log.append(encode_experiments(12, Experiments(7, 20, 0.5, (whole,), 0.02)))
        given = Allotment(flips=9, allowed=0.25, planned=1.5, groups=0, draws=0)
        log.append(encode_experiments(15, Experiments(12, 0, 0.1, (), 0.02, given)))
    with tab(str(tmp_path)) as opened:
        answer = opened.json("effects", run="run")
        assert (answer["steps"], answer["passed"], answer["budget"]) == ([7, 12], [15], 0.02)
        unknown = dict.fromkeys(["flips", "allowed", "planned", "groups", "draws"])
        assert answer["moments"] == [
            {"step": 7, "since": 3, "images": 20, "seconds": 1.5, **unknown},
            {"step": 12, "since": 7, "images": 20, "seconds": 0.5, **unknown},
            {"step": 15, "since": 12, "images": 0, "seconds": 0.1, **asdict(given)},
        ]
        every, of_0, of_2, *later = answer["effects"]
        own = measure(16, 9, np.array([2, 3, 2, 4]))
        assert every == {
            "step": 7,
            "since": 3,
            "group": "most moved",
            "how": "put_back",
            "layers": [
                {"layer": "layer0", "filters": [1, 5]},
                {"layer": "layer1", "filters": [0]},
            ],
            "class": None,
            "to": None,
            "images": 16,
            "changed": 9,
            "interval": [pytest.approx(own.low), pytest.approx(own.high)],
            "draws": 4,
            "chance": 2.75,
            "chance_sd": pytest.approx(np.std([2, 3, 2, 4], ddof=1)),
            "p": 0.2,
            "q": 0.2,
            "beyond_chance": False,
            "others": 10,
            "others_changed": 1,
        }
        assert (of_0["class"], of_0["to"], of_0["images"], of_0["p"]) == (
            "class 0",
            "wrong",
            8,
            0.2,
        )
        assert (of_2["class"], of_2["changed"], of_2["p"]) == ("class 2", 1, 0.8)
        # Of two images of a kind nothing is said.
        assert [each["images"] for each in later] == [16, 8, 6]
        assert all(each["p"] is each["q"] is each["chance"] is None for each in later)
        assert opened.json("effects", run="run", step=12)["effects"] == later
        assert opened.json("effects", run="run", class_="class 2")["effects"] == [of_2, later[2]]
        assert opened.json("effects", run="run", step=9)["effects"] == []
        assert "class 9" in opened.json("effects", 404, run="run", class_="class 9")["error"]


@pytest.mark.parametrize(
    ("changed", "images", "chance", "q", "counts"),
    [
        (61, 87, 8, 0.004, True),
        (61, 87, 8, 0.06, False),
        # However sure it is.
        (16, 87, 8, 0.004, False),
        (43, 87, None, math.nan, False),
        (44, 87, None, math.nan, True),
        (0, 0, None, math.nan, False),
    ],
)
def test_a_cause_is_beyond_chance_and_more_than_a_little(
    changed: int, images: int, chance: int | None, q: float, counts: bool
) -> None:
    """Of a whole layer, which has no chance to compare with, half of the images or more."""
    measured = measure(images, changed, np.full(0 if chance is None else 200, chance or 0))
    assert is_beyond_chance(Found(7, 3, planted(), None, measured, q)) is counts


@pytest.mark.parametrize(
    "head",
    [
        {},
        {"effects": 3},
        {"effects": [{}]},
        {"effects": [{"name": "", "how": "magic", "layers": {}, "cells": 0, "draws": 0}]},
        {"effects": [{"name": "", "how": "zero", "layers": {"a": 9}, "cells": 0, "draws": 0}]},
        {"effects": [{"name": "", "how": "zero", "layers": {}, "cells": -1, "draws": 0}]},
        {"effects": [{"name": "", "how": "zero", "layers": {}, "cells": 2**70, "draws": 2**70}]},
        {"effects": [], "since": 1, "images": 2, "seconds": "long"},
        {"effects": [], "since": 1, "images": 2, "seconds": 1, "allotment": {"flips": 3}},
    ],
)
def test_what_does_not_fit_together_is_said(head: dict[str, object]) -> None:
    numbers = np.arange(4)
    with pytest.raises(DecodeError, match="no experiments"):
        decode_experiments(head, numbers, numbers, numbers)


def test_the_writer_checks_what_it_is_given(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path / "run")) as writer:
        with pytest.raises(ValueError, match=r"add_validation_set"):
            writer.add_effects([planted()], 7, 3)
        writer.add_validation_set([0, 1, 2], ["a", "b", "c"])
        with pytest.raises(ValueError, match="what put_back or ablate returned, not dict"):
            writer.add_effects([{}], 7, 3)
        with pytest.raises(ValueError, match=r"of class 5.*'validation' has 3"):
            writer.add_effects([planted(classes=np.array([0, 2, 5]))], 7, 3)
        writer.add_effects([planted()], 7, 3, seconds=2.0)
        writer.add_effects([], 8, 3)
        writer.add_effects([], 9, 3, budget=0.1)
    (step, found), (later, passed) = experiments(open_run(tmp_path / "run").snapshot, "validation")
    assert (step, found.since, found.images, found.seconds) == (7, 3, 26, 2.0)
    assert same(found.effects[0], planted())
    assert (later, passed.effects, passed.budget, found.budget) == (9, (), 0.1, None)
