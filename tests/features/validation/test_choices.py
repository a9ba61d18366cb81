"""What scores say of each image, against float64 one image at a time; and that it is logged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.events import decode
from tensorboard_plugin_deeptracker.features.validation.records import (
    HIGHEST_MARGIN,
    MARGIN_TAG,
    PREDICTED_TAG,
    PROBABILITY_TAG,
    SECOND_TAG,
    VALIDATIONS,
    choices_of,
    encode_validation,
)
from tensorboard_plugin_deeptracker.index.reading import columns
from tests.features.validation.one_by_one import choices_by_image
from tests.logs import SessionLog, open_run, small_validation_set
from tests.test_events import by_skimming, by_tensorboard

INF, NAN = np.inf, np.nan

# Few different values, so that there are ties; those that are no number of a model, too.
few = st.sampled_from([-2.0, 0.0, 1.0, 1.5, NAN, INF, -INF])
many = st.floats(-1e4, 1e4, width=16)
types = st.sampled_from([np.float16, np.float32, np.float64])


@st.composite
def evaluations(draw: st.DrawFn) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Scores and labels; some labels are no class of the scores."""
    shape = draw(st.tuples(st.integers(0, 6), st.integers(1, 5)))
    values = draw(st.sampled_from([few, many]))
    scores = draw(arrays.arrays(np.float64, shape, elements=values)).astype(draw(types))
    labels = draw(arrays.arrays(np.int64, shape[0], elements=st.integers(-1, shape[1])))
    return scores, labels


@given(evaluations())
def test_they_are_those_of_each_image(case: tuple[NDArray[Any], NDArray[np.int64]]) -> None:
    scores, labels = case
    before = scores.copy()
    found = choices_of(scores, labels)
    np.testing.assert_array_equal(scores, before)
    predicted, margin, probability, second = choices_by_image(scores, labels)
    np.testing.assert_array_equal(found.predicted, predicted)
    np.testing.assert_array_equal(found.second, second)
    # A margin is rounded once, to what is logged.
    np.testing.assert_array_equal(found.margin, margin.astype(np.float16))
    assert_rounded(found.probability, probability)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_many_classes_and_images(dtype: type) -> None:
    """So many that they are worked on in several parts."""
    rng = np.random.default_rng(0)
    scores: NDArray[Any] = (
        rng.standard_normal((1_500, 1_000)) * rng.uniform(1, 40, (1_500, 1))
    ).astype(dtype)
    labels = rng.integers(0, 1_000, 1_500)
    found = choices_of(scores, labels)
    predicted, margin, probability, second = choices_by_image(scores, labels)
    np.testing.assert_array_equal(found.predicted, predicted)
    np.testing.assert_array_equal(found.second, second)
    np.testing.assert_array_equal(found.margin, margin.astype(np.float16))
    assert_rounded(found.probability, probability)


@pytest.mark.parametrize(
    ("scores", "label", "expected"),
    [
        ([1.0, 3.0, 2.0], 1, (1, 1.0, 0.6652, 2)),
        ([1.0, 3.0, 2.0], 0, (1, -2.0, 0.09, 2)),
        ([2.0, 2.0, 2.0], 2, (0, 0.0, 1 / 3, 1)),  # Of equals the first, and then the next.
        ([0.0, 1.0, 1.0], 2, (1, 0.0, 0.4223, 2)),
        ([5.0], 0, (0, NAN, 1.0, -1)),  # There is no other class.
        ([NAN, 1.0, 0.0], 1, (-1, NAN, NAN, -1)),
        ([INF, 1.0, 0.0], 0, (-1, NAN, NAN, -1)),
        ([-INF, -INF], 0, (-1, NAN, NAN, -1)),
        ([3.0, -INF, 1.0], 1, (0, -HIGHEST_MARGIN, 0.0, 2)),  # The label is ruled out.
        ([-INF, 3.0, -INF], 1, (1, HIGHEST_MARGIN, 1.0, 0)),  # All others are.
        ([3.0, -INF, -INF], 0, (0, HIGHEST_MARGIN, 1.0, 1)),
        ([1e30, -1e30], 1, (0, -HIGHEST_MARGIN, 0.0, 1)),
        ([3.0, 1.0], 2, (0, NAN, NAN, 1)),  # The model does not know the label.
    ],
)
def test_in_words(scores: list[float], label: int, expected: tuple[int, float, float, int]) -> None:
    found = choices_of(np.array([scores], np.float32), np.array([label]))
    (row,) = zip(found.predicted, found.margin, found.probability, found.second, strict=True)
    np.testing.assert_allclose(np.array(row, float), expected, rtol=1e-3)


def test_a_record_of_them_is_read_as_it_was_written() -> None:
    rng = np.random.default_rng(1)
    for classes, width in ((10, 1), (1_000, 2), (40_000, 4)):
        scores, labels = rng.standard_normal((6, classes)), rng.integers(0, classes, 6)
        scores[2] = NAN
        found = choices_of(scores, labels)
        payload = encode_validation(7, found.predicted, classes, None, "train", choices=found)
        without = encode_validation(7, found.predicted, classes, None, "train")
        for tensors in (by_skimming(payload), by_tensorboard(payload)):
            assert [tensors[f"{tag}/train"].dtype.str for tag in (MARGIN_TAG, PROBABILITY_TAG)] == [
                "<f2",
                "<f2",
            ]
            np.testing.assert_array_equal(tensors[f"{MARGIN_TAG}/train"], found.margin)
            np.testing.assert_array_equal(tensors[f"{PROBABILITY_TAG}/train"], found.probability)
            np.testing.assert_array_equal(tensors[f"{SECOND_TAG}/train"], found.second)
            np.testing.assert_array_equal(tensors[f"{PREDICTED_TAG}/train"], found.predicted)
            assert tensors[f"{SECOND_TAG}/train"].itemsize == width
        of_a_record = 6 * (2 + 2 + width)
        assert of_a_record <= 6 * 8
        assert 0 < len(payload) - len(without) - of_a_record < 400  # Framing, whatever the images.


def test_runs_have_them_where_they_were_logged(tmp_path: Path) -> None:
    found = choices_of(np.eye(3)[[0, 1, 1]], np.array([0, 1, 2]))
    with SessionLog(tmp_path) as log:
        log.validation_set(small_validation_set(1, 1, 1))
        log.append(encode_validation(1, found.predicted, 3))
        log.append(encode_validation(2, found.predicted, 3, choices=found))
    before, after = open_run(tmp_path).snapshot.of(VALIDATIONS, "validation")
    assert MARGIN_TAG not in before.tensors
    assert columns([after], MARGIN_TAG, 0, 3)[0].tolist() == [1, 1, -1]
    assert columns([after], SECOND_TAG, 0, 3)[0].tolist() == [1, 0, 0]


@pytest.mark.parametrize("lacks", [MARGIN_TAG, PROBABILITY_TAG, SECOND_TAG])
def test_a_record_has_all_of_them_or_none(lacks: str) -> None:
    images = small_validation_set(1, 1)
    found = choices_of(np.eye(2), np.arange(2))
    payload = encode_validation(1, found.predicted, 2, choices=found)
    tensors = dict(decode.skim(lambda at, size: payload[at : at + size], 0, len(payload)).tensors)
    VALIDATIONS.check(tensors, images)
    others = small_validation_set(1, 1, 1)
    with pytest.raises(decode.DecodeError, match="not \\(3,\\)"):
        VALIDATIONS.check(tensors, others)
    kept = tensors.pop(lacks)
    with pytest.raises(decode.DecodeError, match=lacks):
        VALIDATIONS.check(tensors, images)
    tensors[lacks] = decode.Tensor(np.dtype("<f4"), (1,), kept.offset, 4)
    with pytest.raises(decode.DecodeError, match=lacks):
        VALIDATIONS.check(tensors, images)


def assert_rounded(found: NDArray[np.float16], exact: NDArray[np.float64]) -> None:
    """Half an element of the last place off at most, but for what single precision loses."""
    np.testing.assert_array_equal(np.isnan(found), np.isnan(exact))
    known = ~np.isnan(exact)
    place = np.spacing(np.abs(exact[known]).astype(np.float16)).astype(np.float64)
    assert (np.abs(found[known] - exact[known]) <= 0.51 * place).all()
