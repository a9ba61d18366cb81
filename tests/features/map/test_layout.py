"""Places of dots: forces against sums over all pairs, and frames from planted clusters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.map.compute.back import scores_at
from tensorboard_plugin_deeptracker.features.map.compute.dots import nearest_among, nearest_dots
from tensorboard_plugin_deeptracker.features.map.compute.frame import Frame, _carried, make_frame
from tensorboard_plugin_deeptracker.features.map.compute.graph import Attraction, graph_of
from tensorboard_plugin_deeptracker.features.map.compute.layout import turned
from tensorboard_plugin_deeptracker.features.map.compute.repulsion import Repulsion
from tensorboard_plugin_deeptracker.features.map.log.given import Copied
from tensorboard_plugin_deeptracker.features.map.log.represent import represent
from tensorboard_plugin_deeptracker.features.map.records import Representations, Scores
from tests.features.map import reference

torch = pytest.importorskip("torch")
CLASSES = 4


def planted(images: int = 160, seed: int = 0, moved: float = 0.0) -> Representations:
    """Images of four classes, apart in eight dimensions."""
    centers = np.random.default_rng(9).standard_normal((CLASSES, 8)) * 4
    labels = np.sort(np.arange(images) % CLASSES)
    features = centers[labels] + np.random.default_rng(seed).standard_normal((images, 8))
    features += moved * np.random.default_rng(seed + 1).standard_normal((images, 8))
    scores = -((features[:, None] - centers) ** 2).sum(axis=2)
    return logged(features, scores, labels)


def logged(
    features: NDArray[np.floating], scores: NDArray[np.floating], labels: NDArray[np.int64]
) -> Representations:
    every = np.arange(len(features))
    return represent(
        Copied.of(torch.from_numpy(features.astype(np.float32)), every),
        Copied.of(torch.from_numpy(scores.astype(np.float32)), every),
        every,
        labels.astype(np.int32),
        None,
        CLASSES,
    )


@pytest.mark.parametrize(("width", "most"), [(0.5, 0.05), (5, 0.1), (25, 0.25)])
def test_repulsion_is_that_of_all_pairs(width: float, most: float) -> None:
    """Where dots are sparse, most of it comes from the few that are nearer than nodes."""
    places = np.random.default_rng(0).standard_normal((400, 2)) * width
    found, total = Repulsion(len(places)).forces(places.T)
    exact, exact_total = reference.repulsion(places)
    off = np.sqrt(((found.T - exact) ** 2).sum() / (exact**2).sum())
    assert off < most
    assert total == pytest.approx(exact_total, rel=0.05)


def test_repulsion_of_dots_that_lie_on_each_other() -> None:
    found, total = Repulsion(50).forces(np.zeros((2, 50)))
    np.testing.assert_allclose(found, 0, atol=1e-3)
    assert total == pytest.approx(50 * 49, rel=0.02)


def test_attraction_is_that_of_all_edges() -> None:
    rng = np.random.default_rng(1)
    near, border = (reference.nearest(rng.standard_normal((60, 3)), 15) for _ in range(2))
    predicted = rng.integers(0, 3, 60)
    places = rng.standard_normal((60, 2)) * 5
    weights = np.zeros((60, 60))
    for i in range(60):
        for j in near[i]:
            weights[i, j] += 0.25 if predicted[i] != predicted[j] else 1
        weights[i, border[i, :5]] += 1
    weights += weights.T
    weights /= weights.sum()
    exact = np.zeros((60, 2))
    for i in range(60):
        for j in range(60):
            apart = places[i] - places[j]
            exact[i] += weights[i, j] * apart / (1 + apart @ apart)
    found = Attraction(graph_of(near, predicted, border), 60).forces(places.T)
    np.testing.assert_allclose(found.T, exact, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("dots", [1, 2, 15, 100, 700])
def test_nearest_dots_are_exact(dots: int) -> None:
    rng = np.random.default_rng(dots)
    places = rng.integers(0, 30, (dots, 2)).astype(np.float64)
    found, squares = nearest_dots(places, 15)
    exact = reference.nearest(places, min(15, dots - 1))
    assert np.array_equal(found, exact)
    own = np.take_along_axis(reference.squares(places, places), exact, axis=1)
    np.testing.assert_allclose(squares, own)
    queries = rng.standard_normal((90, 2)) * 30
    square = reference.squares(queries, places)
    assert np.array_equal(
        nearest_dots(places, 10, queries)[0], np.argsort(square, axis=1, kind="stable")[:, :10]
    )
    among = rng.random(dots) < 0.3
    if among.any():
        assert np.array_equal(
            nearest_among(places, 15, among), reference.nearest(places, 15, among)
        )


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_frame_is_turned_back(mirrored: bool) -> None:
    rng = np.random.default_rng(2)
    last = rng.standard_normal((80, 2)) @ np.diag([3, 1])
    angle = 2.1
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    places = last @ turn * [1, -1 if mirrored else 1] + [7, -3]
    weights = rng.random(80)
    weights[5] = 0
    places[5] = 100  # Nobody asks it.
    last[6] = np.nan  # It is new.
    found = turned(places, last, weights)
    others = np.delete(np.arange(80), [5, 6])
    np.testing.assert_allclose(found[others], last[others], atol=1e-9)


def test_the_first_frame_keeps_neighbours_and_classes_apart() -> None:
    found = make_frame(planted(), None, None)
    assert found.quality.neighbours > 5
    assert found.quality.predictions_left_out > 0.97
    assert np.isnan(found.quality.stillness)


def test_the_same_again_is_the_same_bit_for_bit() -> None:
    first = make_frame(planted(), None, None)
    again = make_frame(planted(), None, None)
    assert first.places.tobytes() == again.places.tobytes()
    second, other = (make_frame(planted(moved=0.2), planted(), each) for each in (first, again))
    assert second.places.tobytes() == other.places.tobytes()


def test_what_stays_in_the_features_stays_on_the_map() -> None:
    now = planted(400)
    last = make_frame(now, None, None)
    for _ in range(3):
        last = make_frame(now, now, last)
        assert last.quality.stillness >= 0.98


def spread(frame: Frame) -> float:
    return float(np.sqrt(np.nanvar(frame.places, axis=0).sum()))


def test_images_that_come_and_go() -> None:
    now = planted()
    gone = np.arange(len(now.neighbours)) % 5 == 0
    features = np.random.default_rng(3).standard_normal((len(gone), 8))
    features[gone] = np.nan
    labels = np.sort(np.arange(len(gone)) % CLASSES)
    fewer = logged(features, np.nan_to_num(features[:, :CLASSES]), labels)
    first = make_frame(fewer, None, None)
    assert np.array_equal(np.isnan(first.places[:, 0]), gone)
    second = make_frame(now, fewer, first)
    assert np.isfinite(second.places).all()
    third = make_frame(fewer, now, second)
    assert np.array_equal(np.isnan(third.places[:, 0]), gone)


def rows_of(now: Representations, rows: NDArray[np.integer]) -> Representations:
    """The same of these rows of an image set."""
    return replace(now, rows=rows.astype(np.int32))


def test_another_sample_of_images_begins_where_they_were() -> None:
    rng = np.random.default_rng(5)
    rows, others = (np.sort(rng.choice(200, 160, replace=False)) for _ in range(2))
    before, now = rows_of(planted(), rows), rows_of(planted(seed=1), others)
    first = make_frame(before, None, None)
    were, stayed = _carried(now, before, first)
    for i, row in enumerate(others):
        if row not in rows:
            assert np.isnan(were[i]).all()
            assert stayed[i] == 0
            continue
        (at,) = np.flatnonzero(rows == row)
        assert were[i].tolist() == first.places[at].tolist()
        had = {rows[j] for j in before.neighbours[at] if j >= 0}
        has = {others[j] for j in now.neighbours[i] if j >= 0}
        assert stayed[i] == pytest.approx(len(had & has) / 15)
    # Of the same images in another place, the frame is the same.
    shifted = make_frame(rows_of(now, rows + 7), rows_of(before, rows + 7), first)
    same = make_frame(rows_of(now, rows), before, first)
    assert shifted.places.tobytes() == same.places.tobytes()


def test_other_images_by_and_large_have_a_map_of_their_own() -> None:
    before, now = rows_of(planted(), np.arange(160)), rows_of(planted(seed=1), np.arange(90, 250))
    again = make_frame(now, before, make_frame(before, None, None))
    assert again.places.tobytes() == make_frame(now, None, None).places.tobytes()
    assert np.isnan(again.quality.stillness)


def test_predictions_are_counted_of_images_whose_scores_are_known() -> None:
    now = planted()
    assert now.scores is not None
    values = now.scores.values.copy()
    values[::3] = np.nan
    found = make_frame(replace(now, scores=Scores(values)), None, None)
    known = np.flatnonzero(np.arange(160) % 3)
    of_known, dots = now.scores.of(known), found.places[known].astype(np.float64)
    for places, measured in (
        (dots, found.quality.predictions),
        (None, found.quality.predictions_left_out),
    ):
        predicted, _ = scores_at(places, dots, of_known)
        assert measured == pytest.approx((predicted == of_known.predicted).mean())


@pytest.mark.parametrize("images", [0, 1, 2, 3, 12])
def test_maps_of_few_images(images: int) -> None:
    now = planted(images)
    last = make_frame(now, None, None)
    assert last.places.shape == (images, 2)
    assert np.isfinite(last.places).all()
    assert np.isfinite(make_frame(now, now, last).places).all()


@pytest.mark.parametrize("features", [np.zeros((60, 4)), np.repeat(np.eye(3, 4), 20, axis=0)])
def test_maps_of_images_that_are_all_alike(features: NDArray[np.float64]) -> None:
    labels = np.zeros(len(features), np.int64)
    now = logged(features, np.ones((len(features), 2)), labels)
    last = make_frame(now, None, None)
    assert np.isfinite(last.places).all()
    assert 0 < spread(last) < 1000
    assert np.isfinite(make_frame(now, now, last).places).all()
