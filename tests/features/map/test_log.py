"""What `add_representations` logs, read back."""

from __future__ import annotations

import math
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.events import schema
from tensorboard_plugin_deeptracker.features.map.compute.reading import read_representations
from tensorboard_plugin_deeptracker.features.map.log import index
from tensorboard_plugin_deeptracker.features.map.log import represent as representing
from tensorboard_plugin_deeptracker.features.map.log import writer as map_writer
from tensorboard_plugin_deeptracker.features.map.log.components import first_components
from tensorboard_plugin_deeptracker.features.map.records import (
    LOW_MARGIN,
    REPRESENTATIONS,
    Representations,
)
from tests.features.map import reference
from tests.logs import open_run

IMAGES = 120


def read(run: Path, image_set: str = "validation") -> list[Representations]:
    followed = open_run(run)
    followed.refresh()
    snapshot = followed.snapshot
    assert not snapshot.problems
    return [read_representations(record) for record in snapshot.of(REPRESENTATIONS, image_set)]


def labels_in_order(classes: int = 10) -> NDArray[np.int64]:
    return np.arange(IMAGES) % classes


def log(run: Path, features: Any, scores: Any = None, **options: Any) -> Representations:
    """Logs one record about `IMAGES` images, and reads it."""
    with SummaryWriter(run) as writer:
        writer.add_validation_set(labels_in_order(), list("abcdefghij"))
        writer.add_representations(features, 7, scores, **options)
    (found,) = read(run)
    return found


@pytest.fixture
def features() -> NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal((IMAGES, 12)).astype(np.float32)


@pytest.fixture
def scores() -> NDArray[np.float32]:
    return np.random.default_rng(1).standard_normal((IMAGES, 10)).astype(np.float32)


def rows(classes: int = 10) -> NDArray[np.int64]:
    """The user's images in the order of rows."""
    return np.argsort(labels_in_order(classes), kind="stable")


def test_neighbours_and_scores_are_by_row(
    tmp_path: Path, features: NDArray[np.float32], scores: NDArray[np.float32]
) -> None:
    found = log(tmp_path, torch.from_numpy(features).requires_grad_(), torch.from_numpy(scores))
    own, logits = features[rows()], scores[rows()].astype(np.float64)
    assert np.array_equal(found.neighbours, reference.nearest(own, 15))
    assert found.scores is not None
    below = logits - logits.max(axis=1, keepdims=True)
    np.testing.assert_allclose(found.scores.values, below, rtol=1e-3, atol=1e-7)
    assert np.array_equal(found.scores.predicted, logits.argmax(axis=1))
    ordered = np.sort(logits, axis=1)
    margins = ordered[:, -1] - ordered[:, -2]
    np.testing.assert_allclose(found.scores.prediction_margins, margins, rtol=1e-3)
    labels = np.sort(labels_in_order())
    label = logits[np.arange(IMAGES), labels]
    others = logits.copy()
    others[np.arange(IMAGES), labels] = -np.inf
    np.testing.assert_allclose(
        found.scores.margins(labels.astype(np.int32)), label - others.max(axis=1), rtol=1e-3
    )
    assert found.border is not None
    low = np.zeros(IMAGES, np.bool_)
    low[np.argsort(margins)[: max(16, math.ceil(LOW_MARGIN * IMAGES))]] = True
    assert np.array_equal(found.border, reference.nearest(own, 15, low))
    assert (found.finite, found.not_finite, found.copies) == (IMAGES, 0, 0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_features_of_any_precision(
    tmp_path: Path, features: NDArray[np.float32], dtype: torch.dtype
) -> None:
    given = torch.from_numpy(features).to(dtype)
    found = log(tmp_path, given)
    assert np.array_equal(found.neighbours, reference.nearest(given.float().numpy()[rows()], 15))
    assert found.scores is None
    assert found.border is None


def test_components_are_the_first_principal_ones(features: NDArray[np.float32]) -> None:
    features = features * np.geomspace(1, 30, 12).astype(np.float32)
    found = first_components(features)
    moved = features - features.mean(axis=0)
    _, _, axes = np.linalg.svd(moved.astype(np.float64), full_matrices=False)
    exact = moved @ axes[:2].T
    exact /= exact[:, 0].std()
    for axis in (0, 1):
        sign = np.sign((exact[:, axis] * found[:, axis]).sum())
        np.testing.assert_allclose(found[:, axis], sign * exact[:, axis], atol=2e-3)
    assert np.array_equal(first_components(-features[:, :1] * 0), np.zeros((IMAGES, 2)))


def test_images_that_are_not_finite_have_no_neighbours(
    tmp_path: Path, features: NDArray[np.float32], scores: NDArray[np.float32]
) -> None:
    features[3, 2], features[17] = np.nan, -np.inf
    features[50] = features[51] = features[52]
    scores[70, 1] = np.nan
    found = log(tmp_path, features, scores)
    finite = np.isfinite(features[rows()]).all(axis=1)
    exact = np.full((IMAGES, 15), -1)
    named = np.append(np.flatnonzero(finite), -1)
    exact[finite] = named[reference.nearest(features[rows()][finite], 15)]
    assert np.array_equal(found.neighbours, exact)
    assert np.array_equal(np.isnan(found.components[:, 0]), ~finite)
    assert (found.finite, found.not_finite, found.copies) == (IMAGES - 2, 2, 3)
    assert found.scores is not None
    unknown = rows() == 70
    assert np.array_equal(np.isnan(found.scores.values).all(axis=1), unknown)
    assert np.array_equal(found.scores.predicted == -1, unknown)
    assert found.border is not None
    assert not np.isin(found.border, np.flatnonzero(unknown)).any()


def test_constant_features_are_logged(tmp_path: Path) -> None:
    found = log(tmp_path, np.zeros((IMAGES, 4), np.float32))
    assert np.array_equal(found.neighbours[20], list(range(15)))
    assert np.array_equal(found.neighbours[2], [0, 1, *range(3, 16)])
    assert not found.components.any()
    assert found.copies == IMAGES


def test_of_many_classes_the_largest_scores_are_logged(
    tmp_path: Path, features: NDArray[np.float32]
) -> None:
    scores = np.random.default_rng(2).standard_normal((IMAGES, 300))
    scores[:, :10] -= 5
    scores[4, 200] = -np.inf
    found = log(tmp_path, features, scores)
    assert found.scores is not None
    assert found.scores.top_classes is not None
    logits = scores[rows()]
    order = np.argsort(-logits, axis=1)[:, :10]
    assert np.array_equal(found.scores.top_classes, order)
    below = logits - logits.max(axis=1, keepdims=True)
    exact = np.take_along_axis(below, order, axis=1)
    np.testing.assert_allclose(found.scores.values, exact, rtol=1e-3)
    labels = np.sort(labels_in_order()).astype(np.int32)
    np.testing.assert_allclose(
        found.scores.margins(labels), below[np.arange(IMAGES), labels], rtol=1e-3
    )


def test_near_scores_stay_apart(tmp_path: Path, features: NDArray[np.float32]) -> None:
    scores = np.zeros((IMAGES, 10))
    scores[:, 7] = 1e-12
    found = log(tmp_path, features, scores)
    assert found.scores is not None
    assert (found.scores.predicted == 7).all()


def test_a_map_of_a_large_set_is_of_a_sample(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    labels = rng.choice(4, 1000, p=[0.6, 0.3, 0.09, 0.01])
    features = rng.standard_normal((1000, 5)).astype(np.float32)
    for run in ("a", "b"):
        with SummaryWriter(tmp_path / run, map_images=100) as writer:
            writer.add_validation_set(labels, list("wxyz"))
            writer.add_representations(features, 0)
    (found,), (again,) = read(tmp_path / "a"), read(tmp_path / "b")
    assert found.rows is not None
    assert again.rows is not None
    assert np.array_equal(found.rows, again.rows)
    assert len(found.rows) == 100
    by_row = np.sort(labels)
    counts = np.bincount(by_row[found.rows])
    assert (np.abs(counts - np.bincount(labels) / 10) <= 1).all()
    own = features[np.argsort(labels, kind="stable")][found.rows]
    assert np.array_equal(found.neighbours, reference.nearest(own, 15))


def test_features_of_some_images(
    tmp_path: Path, features: NDArray[np.float32], scores: NDArray[np.float32]
) -> None:
    some = np.random.default_rng(4).permutation(IMAGES)[:40]
    found = log(tmp_path, features[some], scores[some], ids=some)
    assert found.rows is None  # The set is no larger than a map.
    place = np.argsort(rows())  # Of each image its row.
    at = np.sort(place[some])
    exact = np.full((IMAGES, 15), -1)
    exact[at] = at[reference.nearest(features[rows()][at], 15)]
    assert np.array_equal(found.neighbours, exact)
    assert (found.finite, found.not_finite) == (40, 0)


def test_a_set_of_another_name(tmp_path: Path, features: NDArray[np.float32]) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_image_set("train", labels_in_order(), list("abcdefghij"))
        writer.add_representations(features, 3, image_set="train")
        with pytest.raises(ValueError, match="no validation set yet"):
            writer.add_representations(features, 3)
    assert len(read(tmp_path, "train")) == 1
    assert not read(tmp_path)


def test_what_the_user_does_to_the_features_later_is_not_logged(tmp_path: Path) -> None:
    features = torch.arange(float(IMAGES))[:, None]
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set(np.zeros(IMAGES, int), ["a"])
        writer.add_representations(features, 0)
        features.zero_()
    (found,) = read(tmp_path)
    assert found.copies == 0


def test_the_log_is_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    with SummaryWriter(tmp_path, map_images=1000) as writer:
        writer.add_validation_set(rng.integers(0, 10, 3000), list("abcdefghij"))
        writer.flush()
        (path,) = (tmp_path / schema.LOG_DIRECTORY).iterdir()
        before = path.stat().st_size
        writer.add_representations(rng.random((3000, 8)), 0, rng.random((3000, 10)))
        writer.flush()
        assert (path.stat().st_size - before) / 1000 <= 100


@pytest.mark.parametrize(
    ("features", "scores", "message"),
    [
        (np.zeros(IMAGES), None, "float64 of shape"),
        (np.zeros((IMAGES, 3), int), None, "must be floats"),
        (np.zeros((IMAGES, 3, 4, 4)), None, "mean"),
        (np.zeros((IMAGES, 0)), None, "no dimensions"),
        ("features", None, "must be floats"),
        (np.zeros((IMAGES - 1, 3)), None, f"features, but the validation set has {IMAGES}"),
        (np.zeros((IMAGES, 3)), np.zeros((IMAGES - 1, 3)), "scores of 119 images"),
        (np.zeros((IMAGES, 3)), np.zeros((IMAGES, 3, 3)), "scores must be floats"),
    ],
)
def test_what_is_wrong_is_refused(tmp_path: Path, features: Any, scores: Any, message: str) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set(labels_in_order(), list("abcdefghij"))
        with pytest.raises(ValueError, match=message):
            writer.add_representations(features, 0, scores)
    assert not read(tmp_path)


@pytest.mark.parametrize("most", [0, -3, 2.5, True, "many"])
def test_a_wrong_size_of_the_map_is_refused(tmp_path: Path, most: Any) -> None:
    with pytest.raises(ValueError, match="map_images must be a whole number"):
        SummaryWriter(tmp_path, map_images=most)


@pytest.mark.parametrize("lacking", [False, True])
def test_a_training_that_logs_too_often_is_not_held_up(
    tmp_path: Path, features: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch, lacking: bool
) -> None:
    free, original = threading.Event(), representing.represent

    def slow(*arguments: Any) -> Representations:
        free.wait()
        return original(*arguments)

    monkeypatch.setattr(map_writer, "represent", slow)
    monkeypatch.setattr(map_writer, "_PATIENCE", 0.01)
    # An index would be used, and is not installed.
    monkeypatch.setattr(index, "FROM", IMAGES + (0 if lacking else 1))
    monkeypatch.setattr(index, "_is_there", lambda: False)
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set(labels_in_order(), list("abcdefghij"))
        writer.flush()
        for step in range(1, 5):
            writer.add_representations(features, step)
        with pytest.warns(
            RuntimeWarning, match=r"at step 5.*4 calls before.*skipped 1 so far"
        ) as said:
            writer.add_representations(features, 5)
        hint = 'with an index: pip install "tensorboard-plugin-deeptracker[neighbours]"'
        assert str(said[0].message).endswith(hint) == lacking
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for step in range(6, 14):
                writer.add_representations(features, step)
        with pytest.warns(RuntimeWarning, match=r"at step 14.*skipped 10 so far"):
            writer.add_representations(features, 14)
        free.set()
        writer.flush()
        writer.add_representations(features, 15)
    followed = open_run(tmp_path)
    followed.refresh()
    assert followed.snapshot.steps(REPRESENTATIONS, "validation").tolist() == [1, 2, 3, 4, 15]


def test_what_an_index_finds_is_logged_with_its_recall(
    tmp_path: Path, features: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("faiss")
    assert log(tmp_path / "exact", features).recall is None
    monkeypatch.setattr(index, "FROM", IMAGES)
    found = log(tmp_path / "index", features)
    assert found.recall is not None
    exact = reference.nearest(features[rows()], 15)
    kept = (found.neighbours[:, :, None] == exact[:, None, :]).any(axis=2).mean()
    # All of so few images are checked.
    assert found.recall == pytest.approx(kept)
