"""What is kept of each dump, against plain loops in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.findings.compute import MIN_DUMPS
from tensorboard_plugin_deeptracker.features.histories.compute import Scores
from tensorboard_plugin_deeptracker.features.map.records import NEIGHBOURS, Representations, Spread
from tensorboard_plugin_deeptracker.features.signs.compute.images import ImagesCourse
from tensorboard_plugin_deeptracker.features.signs.compute.judge import Course
from tensorboard_plugin_deeptracker.features.signs.compute.layers import LayersCourse
from tensorboard_plugin_deeptracker.features.signs.compute.representations import FeaturesCourse
from tensorboard_plugin_deeptracker.features.signs.compute.validation import Validation
from tests.logs import small_model, small_validation_set

NAN = float("nan")


def mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else NAN


def validations(seed: int, images: int, classes: int, count: int) -> list[Validation]:
    rng = np.random.default_rng(seed)
    found = []
    for step in range(count):
        predicted = rng.integers(-1, classes + 1, images)
        probability = rng.random((1, images)).astype(np.float16)
        probability[0, rng.random(images) < 0.1] = np.nan
        margin = rng.standard_normal((1, images)).astype(np.float16)
        scores = Scores(margin, probability, rng.integers(0, classes, (1, images)))
        found.append(Validation(step, predicted, scores if step % 3 else None))
    return found


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 6), min_size=1, max_size=4))
def test_images_against_plain_loops(seed: int, sizes: list[int]) -> None:
    images = small_validation_set(*sizes)
    labels, classes = images.labels.tolist(), len(sizes)
    course = ImagesCourse(images)
    given_ = validations(seed, len(labels), classes, 4)
    for validation in given_:
        course.add(validation)
    for row, validation in enumerate(given_):
        predicted = validation.predicted.tolist()
        known = [i for i in range(len(labels)) if predicted[i] >= 0]
        right = [i for i in known if predicted[i] == labels[i]]
        assert course.accuracy.values[row, 0] == pytest.approx(
            len(right) / len(known) if known else NAN, nan_ok=True
        )
        for c in range(classes):
            own = [i for i in known if labels[i] == c]
            assert course.right.values[row, c] == pytest.approx(
                mean([float(i in right) for i in own]), nan_ok=True
            )
            others = [i for i in known if labels[i] != c]
            taken_for_it = mean([float(predicted[i] == c) for i in others])
            assert course.informedness.values[row, c] == pytest.approx(
                course.right.values[row, c] - (taken_for_it if others else 0), nan_ok=True
            )
            counts = {
                other: sum(predicted[i] == other for i in own)
                for other in range(classes)
                if other != c
            }
            most = max(counts.values(), default=0)
            assert course.confused.values[row, c] == pytest.approx(
                most / len(own) if own else NAN, nan_ok=True
            )
            if most:
                other = int(course.confused_as.values[row, c])
                assert counts[other] == most
                assert other == min(each for each in counts if counts[each] == most)
        scores = validation.scores
        losses = {
            i: -math.log(max(float(scores.probability[0, i]), 1e-4))
            for i in known
            if scores is not None and math.isfinite(scores.probability[0, i])
        }
        assert course.loss.values[row, 0] == pytest.approx(mean(list(losses.values())), nan_ok=True)
        for c in range(classes):
            own_losses = [losses[i] for i in losses if labels[i] == c]
            assert course.losses.values[row, c] == pytest.approx(mean(own_losses), nan_ok=True)
        if row:
            before = given_[row - 1].predicted.tolist()
            were = [i for i in known if before[i] == labels[i]]
            lost = [float(predicted[i] != labels[i]) for i in were]
            assert course.lost.values[row, 0] == pytest.approx(mean(lost), nan_ok=True)


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_the_order_of_images_changes_nothing(seed: int) -> None:
    images = small_validation_set(5, 7, 3)
    rng = np.random.default_rng(seed)
    # Of each class in another order.
    order = np.lexsort((rng.random(len(images.labels)), images.labels))
    plain, mixed = ImagesCourse(images, trained=True), ImagesCourse(images, trained=True)
    for one in validations(seed, len(images.labels), 3, 12):
        plain.add(one)
        scores = one.scores
        if scores is not None:
            scores = Scores(*(each[:, order] for each in vars(scores).values()))
        mixed.add(Validation(one.step, one.predicted[order], scores))
    for name, course in vars(plain).items():
        if isinstance(course, Course):
            np.testing.assert_allclose(vars(mixed)[name].values, course.values, rtol=1e-12)
    assert plain.labels is not None
    assert mixed.labels is not None
    np.testing.assert_allclose(mixed.labels.share.values, plain.labels.share.values, rtol=1e-12)


def representations(seed: int, images: int, spread: bool = True) -> Representations:
    rng = np.random.default_rng(seed)
    neighbours = np.full((images, NEIGHBOURS), -1, np.int32)
    for i in range(images):
        others = rng.permutation([j for j in range(images) if j != i])[: rng.integers(0, 16)]
        neighbours[i, : len(others)] = others
    within = rng.random(3).astype(np.float32)
    found = Spread(4.0, 1.0, 2.5, 3, 12, within, within + 1) if spread else None
    places = rng.standard_normal((images, 2)).astype(np.float16)
    return Representations(neighbours, places, images, 2, 0, spread=found)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.tuples(*[st.integers(1, 9)] * 3))
def test_features_against_plain_loops(seed: int, sizes: tuple[int, int, int]) -> None:
    images = small_validation_set(*sizes)
    labels = images.labels.tolist()
    course = FeaturesCourse(images)
    records = [representations(seed + step, len(labels), bool(step % 2)) for step in range(3)]
    for step, each in enumerate(records):
        course.add(step, each)
    for row, each in enumerate(records):
        near = [[j for j in own if j >= 0] for own in each.neighbours.tolist()]
        purity = {
            i: mean([float(labels[j] == labels[i]) for j in own]) for i, own in enumerate(near)
        }
        known = {i: value for i, value in purity.items() if near[i]}
        assert course.purity.values[row, 0] == pytest.approx(
            mean(list(known.values())), nan_ok=True
        )
        for c in range(3):
            own_purity = [value for i, value in known.items() if labels[i] == c]
            assert course.purities.values[row, c] == pytest.approx(mean(own_purity), nan_ok=True)
        if row:
            before = [[j for j in own if j >= 0] for own in records[row - 1].neighbours.tolist()]
            kept = [
                len(set(now) & set(old)) / len(now)
                for now, old in zip(near, before, strict=True)
                if now and old
            ]
            assert course.overlap.values[row, 0] == pytest.approx(mean(kept), nan_ok=True)
        has = each.spread is not None
        for own_course, expected in ((course.between, 0.25), (course.constant, 0.25)):
            assert own_course.values[row, 0] == pytest.approx(expected if has else NAN, nan_ok=True)
    assert np.isnan(course.overlap.values[0, 0])


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 4))
def test_layers_against_plain_loops(seed: int, one: int, other: int) -> None:
    rng = np.random.default_rng(seed)
    model = small_model(one, other)
    nodes = sum(1 for _ in model.root.walk())
    dumps = 8
    filters = rng.choice([0.5, 1.0, 2.0], (dumps, len(model.measures), one + other))
    for measure in ("change", "gradient_norm"):
        own = rng.choice([0, 0, 1, NAN], (dumps, one + other))
        own[:, rng.random(one + other) < 0.5] *= 0
        filters[:, model.measures.index(measure)] = own
    statistics = rng.random((dumps, len(model.statistics), nodes)).astype(np.float32)
    course = LayersCourse(model)
    for step in range(dumps):
        course.add(step, filters[step].astype(np.float32), statistics[step])

    def silent_since(measure: str, filter_: int) -> int:
        """Dumps in a row, up to the last, that say that there is none."""
        values = filters[:, model.measures.index(measure)]
        count = 0
        for row in range(dumps):
            if not (values[row] > 0).any():
                continue  # Nothing is said of any filter.
            if values[row, filter_] == 0:
                count += 1
            elif not math.isnan(values[row, filter_]):
                count = 0
        return count

    layers = [list(range(one)), list(range(one, one + other))]
    for layer, own_filters in enumerate(layers):
        still = [silent_since("change", i) >= MIN_DUMPS for i in own_filters]
        gone = [silent_since("gradient_norm", i) >= MIN_DUMPS for i in own_filters]
        dead = [g or (s and not all(still)) for s, g in zip(still, gone, strict=True)]
        assert course.silent.values[-1, layer] == pytest.approx(mean([float(d) for d in dead]))
        told = [model.measures.index(f"weight_{name}") for name in ("mean", "sd", "norm")]
        keys = [tuple(filters[-1, told, i].tolist()) for i in own_filters]
        twins = mean([float(keys.count(key) > 1) for key in keys])
        assert course.alike.values[-1, layer] == pytest.approx(twins)
    node = [each.layer for each in model.nodes].index(1)
    size = math.prod(model.layers[1].weight_shape)
    row = model.statistics.index("gradient_l2")
    assert course.gradient.values[-1, 1] == pytest.approx(statistics[-1, row, node] / size**0.5)


def test_weights_that_differ_in_the_sixth_digit_are_not_alike() -> None:
    model = small_model(2)
    nodes = sum(1 for _ in model.root.walk())

    def alike(difference: float) -> float:
        filters = np.ones((len(model.measures), 2), np.float32)
        filters[model.measures.index("weight_norm"), 1] += difference
        course = LayersCourse(model)
        course.add(0, filters, np.zeros((len(model.statistics), nodes), np.float32))
        return float(course.alike.values[0, 0])

    assert (alike(0), alike(2e-7), alike(1e-5)) == (1, 1, 0)


def test_turned_copies_that_are_made_of_parameters_are_not_said_to_be_alike() -> None:
    model = small_model(2, 2)
    filters = np.ones((len(model.measures), 4), np.float32)
    statistics = np.ones((len(model.statistics), len(model.nodes)), np.float32)
    gradients = statistics[model.statistics.index("gradient_l2")]
    node = [each.layer for each in model.nodes].index(0)

    def alike() -> list[float]:
        course = LayersCourse(model)
        course.add(0, filters, statistics)
        values: list[float] = course.alike.values[0].tolist()
        return values

    assert alike() == [1, 1]
    gradients[node] = np.nan
    assert alike() == [pytest.approx(math.nan, nan_ok=True), 1]
    gradients[:] = np.nan  # None was there when it was logged.
    assert alike() == [1, 1]
