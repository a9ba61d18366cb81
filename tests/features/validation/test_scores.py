"""`add_predictions(scores=)`: what is logged of the scores of several image sets."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.features.validation.log import Kept, kept_of
from tensorboard_plugin_deeptracker.features.validation.records import (
    Choices,
    choices_from,
    choices_of,
)
from tests.features.validation.test_choices import assert_rounded, evaluations
from tests.summary.reading import read_log

NAMES = ["cat", "dog", "eel"]
LABELS = [2, 0, 1, 0]
# By row: those of the labels 0, 0, 1, 2.
ORDER = [1, 3, 2, 0]
INF, NAN = np.inf, np.nan
SCORES = np.array([[0.5, 1.0, 4.0], [3.0, -1.0, 2.5], [0.0, 1.0, 2.0], [0.0, NAN, 1.0]])


@given(evaluations())
def test_a_device_keeps_what_is_computed_here(case: tuple[NDArray[Any], NDArray[np.int64]]) -> None:
    scores, labels = case
    if scores.shape[1] == 1:
        return  # One logit is of two classes there.
    exact = choices_of(scores, labels)
    found = choices_from(kept_of(torch.from_numpy(scores), torch.from_numpy(labels)).numpy())
    assert_same(found, exact)


FORMS: dict[str, Callable[[NDArray[Any]], Any]] = {
    "array": lambda scores: scores,
    "list": lambda scores: torch.tensor(scores).tolist(),
    "float16": lambda scores: scores.astype(np.float16),
    "bfloat16": lambda scores: torch.tensor(scores, dtype=torch.bfloat16),
    "with a gradient": lambda scores: torch.tensor(scores, requires_grad=True),
}


@pytest.mark.parametrize("form", FORMS)
def test_scores_are_logged_by_row(tmp_path: Path, form: str) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set(LABELS, NAMES)
        with pytest.warns(RuntimeWarning, match="1 of 4 images have scores that are not finite"):
            writer.add_predictions(None, 1, FORMS[form](SCORES))
        writer.add_predictions(None, 2, scores=FORMS[form](SCORES[[2, 0]]), ids=[0, 2])
        writer.add_predictions([2, 0, -1, 1], 3, FORMS[form](SCORES))
        writer.add_predictions([2, 0, -1, 1], 4)
    logged = read_log(tmp_path)
    exact = choices_of(SCORES, np.array(LABELS))
    assert_same(logged.choices[1], by_row(exact, ORDER))
    assert logged.predicted[1].tolist() == [0, -1, 2, 2]
    assert logged.not_finite == {1: 1, 3: 1}
    others = choices_of(SCORES[[2, 0]], np.array([2, 1]))
    assert_same(logged.choices[2], others.among(4, np.array([3, 2])))
    # Where an image was not evaluated, its scores say nothing.
    assert logged.predicted[3].tolist() == [0, -1, -1, 2]
    assert logged.choices[3].second.tolist() == [2, -1, -1, 1]
    assert np.isnan(logged.choices[3].margin).tolist() == [False, True, True, False]
    assert 4 not in logged.choices


def test_sets_have_their_own_images_order_and_steps(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    scores = {"validation": SCORES[:3], "train": rng.standard_normal((5, 2)), "a b": SCORES[1:2]}
    pixels = np.arange(5, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2) * 40
    labels = {"validation": [1, 0, 2], "train": [1, 1, 0, 1, 0], "a b": [0]}
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set(labels["validation"], NAMES, pixels[:3])
        writer.add_image_set("train", labels["train"], ["no", "yes"], pixels, ids=list("abcde"))
        writer.add_image_set("a b", labels["a b"], NAMES)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for name in ("train", "a b", "validation"):
                writer.add_predictions(None, 5, scores[name], name)
            writer.add_predictions([1, 0], 6, image_set="train", ids=["e", "b"])
        with pytest.warns(RuntimeWarning, match=r"image_set='train'\) is not after the last.* 6"):
            writer.add_predictions([0] * 5, 6, image_set="train")
    for name, own in labels.items():
        logged = read_log(tmp_path, name)
        order = np.argsort(own, kind="stable")
        (images,) = logged.validation_sets
        assert images.labels.tolist() == sorted(own)
        assert_same(logged.choices[5], by_row(choices_of(scores[name], np.array(own)), order))
    train = read_log(tmp_path, "train")
    assert train.validation_sets[0].ids == ("c", "e", "a", "b", "d")
    assert train.validation_sets[0].class_names == ("no", "yes")
    assert train.predicted[6].tolist() == [-1, 1, -1, 0, -1]
    assert sorted(train.images) == list(range(5))
    assert sorted(read_log(tmp_path).images) == list(range(3))


def test_pictures_are_read_once_for_each_set(tmp_path: Path) -> None:
    class Counted(list[Any]):
        read = 0

        def __getitem__(self, index: Any) -> Any:
            self.read += 1
            return super().__getitem__(index)

    for session in range(2):
        train, validation = (Counted([np.full((4, 4), i, np.uint8)] * 3) for i in range(2))
        with SummaryWriter(tmp_path) as writer:
            writer.add_validation_set([0, 1, 0], NAMES, validation)
            writer.add_image_set("train", [0, 1, 0], NAMES, train)
        assert (train.read == 0, validation.read == 0) == (bool(session), bool(session))


def test_one_logit_is_of_two_classes(tmp_path: Path) -> None:
    logits = np.array([1.5, -0.5, NAN, -INF])
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set([1, 1, 0, 0], ["no", "yes"])
        with pytest.warns(RuntimeWarning, match="2 of 4 images"):
            writer.add_predictions(None, 1, logits)
        writer.add_predictions(None, 2, logits[:, None])
    logged = read_log(tmp_path)
    for step in (1, 2):
        found = logged.choices[step]
        assert logged.predicted[step].tolist() == [-1, -1, 1, 0]
        assert found.second.tolist() == [-1, -1, 0, 1]
        np.testing.assert_array_equal(found.margin, [NAN, NAN, 1.5, -0.5])
        sigmoid = 1 / (1 + np.exp(-logits[:2]))
        np.testing.assert_allclose(found.probability, [NAN, NAN, *sigmoid], rtol=1e-3)


def test_an_attribute_of_several_is_an_image_set(tmp_path: Path) -> None:
    """What the refusal of labels of several classes says to do."""
    several, logits = np.array([[1, 1], [0, 1], [1, 0]]), np.array([[2.0, 1], [-1, 3], [-2, -3]])
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match=r'add_image_set\("smiling", labels\[:, 0\]'):
            writer.add_validation_set(several, ["smiling", "young"])
        for i, name in enumerate(["smiling", "young"]):
            writer.add_image_set(name, several[:, i], ["no", "yes"])
            writer.add_predictions(None, 1, logits[:, i], name)
    assert read_log(tmp_path, "smiling").predicted[1].tolist() == [0, 1, 0]
    assert read_log(tmp_path, "young").choices[1].margin.tolist() == [3, 1, 3]


def test_classes_that_are_not_those_of_the_scores(tmp_path: Path) -> None:
    scores = np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 1.0], [5.0, 0.0, 1.0], [0.0, 1.0, 3.0]])
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set([0, 1, 1, 2], NAMES)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_predictions([1, 1, 0, 2], 1, scores)  # Of equals either.
        with pytest.warns(RuntimeWarning, match=r"2 of 4 .* predicted\[1\] is 2, .* score of 1 is"):
            writer.add_predictions([0, 2, 0, 7], 2, scores)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_predictions([2, 2, 2, 2], 3, scores)
    logged = read_log(tmp_path)
    assert logged.predicted[1].tolist() == [1, 1, 0, 2]
    assert logged.choices[1].second.tolist() == [0, 2, 2, 1]
    assert logged.predicted[2].tolist() == [0, 2, 0, 7]
    assert logged.choices[2].second.tolist() == [1, 1, 2, 1]
    assert logged.choices[2].margin.tolist() == [0, 1, -5, 2]


def test_scores_that_are_probabilities_are_told_once(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set(LABELS, NAMES)
        logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_predictions(None, 1, logits)
            writer.add_predictions(None, 2, logits.log_softmax(1))
        with pytest.warns(RuntimeWarning, match="scores are probabilities.*before the softmax|log"):
            writer.add_predictions(None, 3, logits.softmax(1).half())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_predictions(None, 4, logits.softmax(1))
    found = read_log(tmp_path).choices
    np.testing.assert_allclose(found[1].margin, found[2].margin, atol=2e-3)


def test_labels_that_the_scores_do_not_know(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set(LABELS, NAMES)
        with pytest.warns(RuntimeWarning, match="of 2 classes, and 1 images of the validation set"):
            writer.add_predictions(None, 1, np.eye(4)[:, :2] + 1)
        writer.add_predictions(None, 2, np.eye(4)[:, :2] + 1)
    assert np.isnan(read_log(tmp_path).choices[2].margin).tolist() == [False] * 3 + [True]


def test_second_choices_beyond_the_names(tmp_path: Path) -> None:
    """A head with more outputs than classes: the second choice chooses the type, too."""
    scores = np.zeros((1, 300))
    scores[0, [1, 299]] = 2, 1
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set([1], NAMES)
        writer.add_predictions(None, 1, scores)
    assert read_log(tmp_path).choices[1].second.tolist() == [299]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "must be a text"),
        (3, "must be a text"),
        ("a/b", "without a slash"),
        (" train", "without spaces around"),
        ("a\nb", "in one line"),
        ("x" * 101, "at most 100 characters"),
    ],
)
def test_names_of_image_sets(tmp_path: Path, name: Any, message: str) -> None:
    with SummaryWriter(tmp_path) as writer, pytest.raises(ValueError, match=message):
        writer.add_image_set(name, LABELS, NAMES)


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match=r"add_validation_set\(labels, class_names\) before"):
            writer.add_predictions(None, 1, SCORES)
        writer.add_validation_set(LABELS, NAMES)
        with pytest.raises(ValueError, match=r"no image set 'trian' yet.*logged are 'validation'"):
            writer.add_predictions(None, 1, SCORES, "trian")
        writer.add_image_set("train", LABELS, NAMES)
        with pytest.raises(ValueError, match="logged another image set 'train'"):
            writer.add_image_set("train", LABELS[:3], NAMES)
        for arguments, message in (
            ((None, 1), "predicted is None"),
            ((None, 1, SCORES[:3]), "got 3 predictions, but the validation set has 4"),
            (([0] * 3, 1, SCORES), "4 rows of scores for 3 predictions"),
            ((None, 1, SCORES[None]), "must be floats of shape"),
            ((None, 1, np.zeros((4, 3), int)), "must be floats of shape"),
            ((None, 1, SCORES[:, :0]), "must be floats of shape"),
            ((None, 1, SCORES[:2], "train"), "got 2 predictions, but the image set 'train' has 4"),
        ):
            with pytest.raises(ValueError, match=message):
                writer.add_predictions(*arguments)
        assert len(Kept(np.zeros((4, 4)))) == 4


def by_row(choices: Choices, order: Any) -> Choices:
    return Choices(*(each[np.asarray(order)] for each in vars(choices).values()))


def assert_same(found: Choices, exact: Choices) -> None:
    np.testing.assert_array_equal(found.predicted, exact.predicted)
    np.testing.assert_array_equal(found.second, exact.second)
    for mine, other in ((found.margin, exact.margin), (found.probability, exact.probability)):
        assert_rounded(mine, other.astype(np.float64))
