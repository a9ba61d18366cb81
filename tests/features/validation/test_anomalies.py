from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.validation.compute.anomalies import (
    CORRECT,
    NOT_EVALUATED,
    Flips,
    ResultBits,
    correctness,
    find_anomalies,
)
from tensorboard_plugin_deeptracker.features.validation.compute.class_bits import ClassBits
from tests.reference import left, right

# Rows are validations. Long runs are rare among random results, so repeat some.
histories = hnp.arrays(
    np.uint8,
    st.tuples(st.integers(0, 12), st.integers(0, 6)),
    elements=st.sampled_from([0, 0, 0, 1, 1, 1, NOT_EVALUATED]),
)


class Found:
    """Results of images, some validations at a time.

    Args:
        labels: int[images], ascending.
        classes: Number of classes.
    """

    def __init__(self, labels: NDArray[np.integer] | list[int], classes: int) -> None:
        self._places = ClassBits(np.bincount(np.asarray(labels, np.int64), minlength=classes))
        self._bits = ResultBits(self._places)

    def add(self, history: NDArray[np.integer]) -> None:
        known = history != NOT_EVALUATED
        evaluated = None if known.all() else self._places.pack(known)
        self._bits.add(self._places.pack(history == CORRECT), evaluated)

    def first(self, validations: int) -> Flips:
        return self._bits.first(validations)


def find(
    history: NDArray[np.integer], labels: NDArray[np.integer] | list[int], classes: int
) -> Found:
    found = Found(labels, classes)
    for row in history:
        found.add(row[np.newaxis])
    return found


def sequence(history: NDArray[np.uint8], image: int) -> list[int | None]:
    return [None if value == NOT_EVALUATED else int(value) for value in history[:, image]]


@given(st.lists(st.integers(0, 700), max_size=5), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_bits_of_classes_are_counted(sizes: list[int], rows: int, seed: int) -> None:
    """Of classes with few images and with many."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    flags = np.random.default_rng(seed).random((rows, len(labels))) < 0.9
    places = ClassBits(np.array(sizes, np.int64))
    expected = [[int(row[labels == c].sum()) for c in range(len(sizes))] for row in flags]
    bits = places.pack(flags)
    assert places.count_all(bits).tolist() == expected
    counted = places.count(bits.T, places.first_bytes)
    assert counted.tolist() == [list(column) for column in zip(*expected, strict=True)] or not rows


@given(histories, st.integers(1, 6))
def test_the_rules_to_the_letter_at_every_length_of_the_sequence(
    history: NDArray[np.uint8], window: int
) -> None:
    validations, images = history.shape
    labels = [image // 2 for image in range(images)]
    finder = find(history, labels, 4)
    for n in range(validations + 1):
        counts = finder.first(n).counts(window)
        assert counts.shape == (2, 4, n)
        for label in range(4):
            own = [sequence(history[:n], i) for i in range(images) if labels[i] == label]
            for j in range(n):
                assert counts[0, label, j] == sum(left(a, j, window) for a in own)
                assert counts[1, label, j] == sum(right(a, j, window) for a in own)


@given(histories, st.integers(1, 4))
def test_what_was_answered_before_stays_true(history: NDArray[np.uint8], window: int) -> None:
    finder = Found([0] * history.shape[1], 1)
    answered = []
    for n, row in enumerate(history, start=1):
        finder.add(row[np.newaxis])
        flips = finder.first(n)
        answered.append((n, flips, flips.counts(window)))
    for n, flips, counts in answered:
        np.testing.assert_array_equal(flips.counts(window), counts)
        np.testing.assert_array_equal(finder.first(n).counts(window), counts)


@given(histories, st.lists(st.integers(0, 12)))
def test_many_validations_at_once_are_as_one_by_one(
    history: NDArray[np.uint8], cuts: list[int]
) -> None:
    labels = np.arange(history.shape[1])
    finder = Found(labels, len(labels))
    for block in np.split(history, sorted(cuts)):
        finder.add(block)
    expected = find(history, labels, len(labels))
    for n in range(len(history) + 1):
        one, other = finder.first(n), expected.first(n)
        np.testing.assert_array_equal(one.correct, other.correct)
        for window in (1, 2):
            np.testing.assert_array_equal(one.counts(window), other.counts(window))


@given(histories, st.integers(1, 4))
def test_one_class_is_counted_as_among_all(history: NDArray[np.uint8], window: int) -> None:
    labels = [image % 3 for image in range(history.shape[1])]
    flips = find(history, sorted(labels), 3).first(len(history))
    everything = flips.counts(window)
    for label in range(3):
        own = flips.counts(window, slice(label, label + 1))
        np.testing.assert_array_equal(own, everything[:, [label]])


@given(histories, st.integers(1, 4), st.sampled_from([1, 3, 6, 7]))
def test_classes_one_after_the_other_make_the_same_anomalies(
    history: NDArray[np.uint8], window: int, cells: int
) -> None:
    labels = sorted(image % 3 for image in range(history.shape[1]))
    flips = find(history, labels, 3).first(len(history))
    images = np.bincount(labels, minlength=3)
    at_once = find_anomalies(flips, images, window, 0.5)
    in_blocks = find_anomalies(flips, images, window, 0.5, cells)
    for name, expected in vars(at_once).items():
        np.testing.assert_array_equal(vars(in_blocks)[name], expected, name)


def test_both_rules_mark_the_validation_at_which_the_image_flips() -> None:
    history = np.array([[0], [0], [0], [1], [1], [1]], np.uint8)
    found = find_anomalies(find(history, [0], 1).first(6), np.array([1]), window=3, min_score=0)
    assert (found.at.tolist(), found.rule.tolist()) == ([3, 3], [0, 1])
    found = find_anomalies(find(history, [0], 1).first(6), np.array([1]), window=4, min_score=0)
    assert found.at.tolist() == []


def test_a_validation_without_the_image_breaks_its_run_and_is_no_flip() -> None:
    history = np.array([[0], [0], [NOT_EVALUATED], [1], [0]], np.uint8)
    left_counts, right_counts = find(history, [0], 1).first(5).counts(1)
    assert left_counts[0].tolist() == right_counts[0].tolist() == [0, 0, 0, 0, 1]


@pytest.mark.parametrize(("count", "min_score", "kept"), [(3, 0.3, True), (2, 0.3, False)])
def test_a_score_that_equals_the_limit_is_kept(count: int, min_score: float, kept: bool) -> None:
    history = np.zeros((2, 10), np.uint8)
    history[1, :count] = 1
    found = find_anomalies(find(history, [0] * 10, 1).first(2), np.array([10]), 1, min_score)
    assert found.count.tolist() == ([count, count] if kept else [])


def test_images_that_a_writer_left_out_count_in_the_class() -> None:
    history = np.array([[0, NOT_EVALUATED], [1, NOT_EVALUATED]], np.uint8)
    found = find_anomalies(find(history, [0, 0], 1).first(2), np.array([2]), 1, 0)
    assert found.score.tolist() == [0.5, 0.5]


def test_classes_without_images_have_no_anomalies() -> None:
    history = np.array([[0], [1]], np.uint8)
    found = find_anomalies(find(history, [1], 3).first(2), np.array([0, 1, 0]), 1, 0)
    assert found.label.tolist() == [1, 1]
    assert found.score.tolist() == [1, 1]
    assert [at.tolist() for at in found.iterations(3)] == [[], [1], []]


def test_correctness() -> None:
    predicted = np.array([[0, 1, -1], [1, 1, 2]], np.int8)
    expected = [[1, 0, NOT_EVALUATED], [0, 0, 1]]
    found = correctness(predicted, np.array([0, 2, 2], np.int32))
    assert found.tolist() == expected
    assert found.dtype == np.uint8


def test_types_are_those_of_the_answers() -> None:
    history = np.array([[0], [1]], np.uint8)
    found = find_anomalies(find(history, [0], 1).first(2), np.array([1]), 1, 0)
    types = [each.dtype for each in (found.label, found.at, found.rule, found.count, found.score)]
    assert types == [np.int32, np.int32, np.uint8, np.int32, np.float64]
