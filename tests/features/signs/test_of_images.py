"""Rules about image sets, on courses in which one thing happens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.compute.names import isolated
from tensorboard_plugin_deeptracker.features.histories.compute import Scores
from tensorboard_plugin_deeptracker.features.signs.compute import Sign, of_images, of_trained
from tensorboard_plugin_deeptracker.features.signs.compute.chained import Chained
from tensorboard_plugin_deeptracker.features.signs.compute.images import ImagesCourse
from tensorboard_plugin_deeptracker.features.signs.compute.rule import Judged
from tensorboard_plugin_deeptracker.features.signs.compute.validation import Validation
from tests.logs import small_validation_set

NAN = float("nan")
EACH, ROWS = 50, 40
LABELS = np.repeat(np.arange(3), EACH)
NUMBERS = st.lists(
    st.lists(st.one_of(st.just(NAN), st.integers(-4, 4).map(float)), min_size=6, max_size=6),
    min_size=1,
    max_size=8,
)


def alarms(predicted: list[NDArray[np.int64]], sure: float = 0.9) -> list[Sign]:
    """What is said of images that are trained on: all predicted with the same certainty."""
    course = ImagesCourse(small_validation_set(EACH, EACH, EACH), trained=True)
    rules = of_images.RULES + of_trained.RULES
    judged = Judged(course, rules, course.images.class_names, "class_name", "train")
    for step, own in enumerate(predicted):
        right = own == LABELS
        # Half of the rest is the second class's, none of it the label's where it is the first.
        probability = np.where(right, sure, (1 - sure) / 2)
        margin = probability - np.where(right, (1 - sure) / 2, sure)
        second = np.where(right, (LABELS + 1) % 3, LABELS)
        scores = Scores(*(each[np.newaxis] for each in (margin, probability, second)))
        course.add(Validation(10 * step, own, scores))
    judged.judge()
    return [each for each in judged.signs() if each.severity >= 0.5]


def learned_at(*rows: int) -> list[NDArray[np.int64]]:
    """Three classes, each predicted as the next one until it is learned for good."""
    found = [np.where(row >= np.array(rows)[LABELS], LABELS, (LABELS + 1) % 3) for row in range(40)]
    return [each.astype(np.int64) for each in found]


@given(NUMBERS)
def test_a_chained_mean_against_plain_loops(values: list[list[float]]) -> None:
    chained = Chained()
    level, before = NAN, None
    for own in values:
        known = {i for i, value in enumerate(own) if value == value}
        if known:
            if before is None:
                level = sum(own[i] for i in known) / len(known)
            else:
                known_before = {i for i, value in enumerate(before) if value == value}
                both = known & known_before
                if 2 * len(both) >= max(len(known), len(known_before)):
                    level += sum(own[i] - before[i] for i in both) / len(both)
            before = own
        assert chained.next(np.array(own)) == pytest.approx(level, nan_ok=True)


@given(st.lists(st.lists(st.floats(-1, 1), min_size=5, max_size=5), min_size=1, max_size=9))
def test_a_chained_mean_of_the_same_images_is_their_mean(values: list[list[float]]) -> None:
    chained = Chained()
    for own in values:
        assert chained.next(np.array(own)) == np.mean(own)


def test_a_training_that_learns_has_no_alarm() -> None:
    assert alarms(learned_at(3, 5, 9)) == []


def test_classes_of_other_sizes_are_told_with_these() -> None:
    course = ImagesCourse(small_validation_set(400, 0, 4, 30), trained=True)
    rules = {rule.kind.name: rule for rule in of_trained.RULES}
    named = course.images.class_names
    assert rules["class_imbalance"].says(course, 0, 0, 9) == (
        f"There are 400 images of {isolated(named[0])} and 4 of {isolated(named[2])}."
    )


def test_images_whose_scores_are_not_finite_are_counted() -> None:
    course = ImagesCourse(small_validation_set(EACH, EACH, EACH))
    for row, bad in enumerate((0, 7, 1_200, 3)):
        course.add(Validation(10 * row, LABELS, None, bad))
    (rule,) = [each for each in of_images.RULES if each.kind.name.endswith("not_finite")]
    assert [bool(rule.at(course, row)[0] > 0) for row in range(4)] == [False, True, True, True]
    assert rule.says(course, 0, 1, 3) == (
        "Up to 1,200 images have scores that are infinite or not a number."
    )


def test_a_class_that_is_learned_late_has_no_wrong_labels() -> None:
    # All its images look wrong to the history, while the network has it right at last.
    assert alarms(learned_at(0, 0, 15)) == []


def test_labels_that_the_network_never_agrees_with_are_probably_wrong() -> None:
    predicted = learned_at(1, 2, 3)
    for own in predicted:
        own[::10] = (LABELS[::10] + 1) % 3
    (found,) = alarms(predicted)
    assert (found.kind.name, found.image_set) == ("wrong_labels", "train")
    # A tenth of 150: Wilson's interval is 6.2 % to 15.8 %.
    assert found.says == "At least 6.2% of the labels are probably wrong (up to 15.8% look so)."


def test_other_images_are_not_forgotten_ones() -> None:
    # The images of a second task begin where those of the first ended: all wrong.
    first, second = LABELS < 2, LABELS == 2
    predicted = []
    for row in range(ROWS):
        own = np.where(second, 0, LABELS)
        predicted.append(np.where(first if row < 20 else second, own, -1))
    assert [each.kind.name for each in alarms(predicted)] == []


def test_images_that_all_validations_have_are_forgotten() -> None:
    predicted = [LABELS.copy() for _ in range(ROWS)]
    for own in predicted[20:]:
        own[:20] = 1
    (found,) = (each for each in alarms(predicted) if each.kind is of_images.FORGETTING)
    assert found.first_step == 210
    assert "13% of the images that were right are wrong at 200" in found.says
    assert "accuracy goes from 100% to 87%" in found.says
    assert found.says.endswith("Mostly class 0, class 1, class 2.")


@pytest.mark.parametrize(("share", "lost"), [(0.2, False), (0.6, True)])
def test_a_class_is_lost_that_was_learned(share: float, lost: bool) -> None:
    predicted = [LABELS.copy() for _ in range(ROWS)]
    for row, own in enumerate(predicted):
        own[round(EACH * (0 if row >= 25 else share)) : EACH] = 1
    found = [each for each in alarms(predicted) if each.kind is of_images.LOST]
    assert [each.class_name for each in found] == ["class 0"] * lost
    if lost:
        assert found[0].first_step == 270
        assert found[0].says == "Of class 0, 60% were right before 250, 0% are then."


def test_a_training_that_unlearns_has_too_high_a_rate() -> None:
    predicted = [LABELS.copy() for _ in range(ROWS)]
    by_turns = np.arange(3 * EACH).reshape(3, EACH).T.ravel()
    for row, own in enumerate(predicted):
        # Two more are wrong each time from the tenth on, never many at once.
        wrong = by_turns[: np.clip(2 * (row - 9), 0, 20)]
        own[wrong] = (LABELS[wrong] + 1) % 3
    (found,) = alarms(predicted)
    assert found.kind.name == "rate_too_high"
    # 16 of 150 are more than a tenth, at row 17; eight in a row are at 24.
    assert (found.first_step, found.last_step) == (240, 390)
    assert found.says == (
        "Of the images that are trained on, 100% were right at 0, and 87% are at 390."
    )
