"""What the story says of experiments: the strongest cause, and what moved most and was none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tensorboard_plugin_deeptracker.features.causes.compute import found_in
from tensorboard_plugin_deeptracker.features.causes.records import (
    Effect,
    Experiments,
    encode_experiments,
)
from tensorboard_plugin_deeptracker.features.story.compute import Sentence, sentences
from tensorboard_plugin_deeptracker.features.story.compute.of_causes import as_a_whole
from tests.logs import SessionLog, open_run, small_validation_set

# Of most draws, so many images revert; of each group the same.
CHANCE = [1, 2, 0, 3] * 25


def effect(name: str, changed: int, layers: tuple[str, ...], draws: int = 100) -> Effect:
    return Effect(
        name=name,
        how="put_back",
        filters={layer: np.arange(4) for layer in layers},
        classes=np.array([1]),
        to_right=np.array([False]),
        images=np.array([16]),
        changed=np.array([changed]),
        chance=np.array(CHANCE[:draws], np.int64)[:, None],
        others=10,
        others_changed=0,
    )


def told(run: Path, *effects: Effect) -> list[Sentence]:
    images = small_validation_set(20, 20)
    with SessionLog(run) as log:
        log.validation_set(images)
        for step in (0, 3, 6, 9):
            log.validation(step, images.labels.tolist(), 2)
        log.append(encode_experiments(6, Experiments(3, 26, 1.0, effects)))
        # Those of another iteration are no part of what is told of this one.
        other = effect("conv4, most moved", 1, ("conv4",))
        log.append(encode_experiments(9, Experiments(6, 26, 1.0, (other,))))
    return [each for each in sentences(open_run(run).snapshot) if each.kind == "cause"]


def test_the_strongest_cause_is_told_and_what_was_none(tmp_path: Path) -> None:
    (found,) = told(
        tmp_path / "run",
        effect("fc", 9, ("fc",), draws=0),
        effect("most moved", 14, ("conv1", "conv2")),
        effect("conv1, most moved", 11, ("conv1",)),
        effect("conv2, most moved", 2, ("conv2",)),
        effect("conv3, most moved", 1, ("conv3",)),
    )
    assert found.text == (
        "At iteration 6, 14 of 16 images of class 1 that became wrong are as before when the 8"
        " filters of 2 layers that moved most are put back to what they were at 3 (chance: 1.5,"
        " p = 0.010). Those of conv2 and conv3 alone do not do it."
    )
    assert (found.step, found.link.split("!")[1:4]) == (
        6,
        ["screen.run*run", "screen.view*correlation", "axis.step*6"],
    )
    assert "screen.selected*class*1" in found.link


@pytest.mark.parametrize("changed", [3, 2])
def test_what_chance_does_is_no_cause(tmp_path: Path, changed: int) -> None:
    assert told(tmp_path / "run", effect("most moved", changed, ("conv1", "conv2"))) == []


def test_what_a_whole_layer_does_is_told_where_it_was_tried() -> None:
    tried = found_in(
        [
            (3, Experiments(0, 26, 1.0, (effect("fc", 5, ("fc",)),))),
            (6, Experiments(3, 26, 1.0, (effect("fc", 9, ("fc",)), effect("two", 1, ("a", "b"))))),
        ]
    )
    assert as_a_whole(tried, "fc", 6) == " Put back to what it was at 3, 9 of 16 flips revert."
    assert as_a_whole(tried, "fc", 3) == " Put back to what it was at 0, 5 of 16 flips revert."
    assert as_a_whole(tried, "a", 6) == as_a_whole(tried, "fc", 9) == ""
