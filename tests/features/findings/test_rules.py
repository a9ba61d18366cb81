"""Each rule on courses that have what it looks for, and on such that do not."""

from __future__ import annotations

import math
import re
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.findings.compute import VALIDATION_RULES, rules
from tensorboard_plugin_deeptracker.features.findings.compute.rules import (
    MIN_DUMPS,
    PATIENCE,
    Finding,
)

DUMPS = 40
NAN = np.nan


def training(filters: int = 6, dumps: int = DUMPS, settles: bool = True) -> NDArray[np.float32]:
    """Changes of a layer that settles, or does not; the first dump has none."""
    rng = np.random.default_rng(0)
    course = np.where(np.arange(dumps) < dumps / 2, 1e-4, 1e-8 if settles else 1e-4)
    change = course * rng.lognormal(0, 0.3, (filters, dumps))
    change[:, 0] = NAN
    return change.astype(np.float32)


def unmoving(change: NDArray[np.float32], gradient: NDArray[np.float32]) -> list[Finding]:
    """Of a single layer whose dumps come in two portions."""
    rule = rules.Unmoving(len(change))
    for part in (slice(0, 3), slice(3, None)):
        rule.add(change.T[part], gradient.T[part])
    return rule.findings(0, len(change))


def restless(change: NDArray[np.float32]) -> list[Finding]:
    rule = rules.Unmoving(len(change))
    rule.add(change.T, change.T)
    parts = rule.parts()
    if parts is None:
        return []
    early, late = parts
    return rules.restless(change[:, early], change[:, late], int(late[0]), int(late[-1]))


def found(places: list[Finding]) -> list[tuple[str, int | None, int, int]]:
    return [(place.rule.name, place.filter, place.first, place.last) for place in places]


def test_a_training_as_it_should_be_has_no_findings() -> None:
    for settles in (True, False):
        change = training(settles=settles)
        assert unmoving(change, change) == []
        assert restless(change) == []
    assert rules.out_of_band(np.geomspace(9e-3, 1.1e-4, DUMPS).astype(np.float32)) == []
    bounds = np.stack([np.full(DUMPS, -1.0), np.ones(DUMPS)]).astype(np.float32)
    assert rules.bad_weights(bounds) == rules.bad_gradients(bounds) == []


def test_dead_filters() -> None:
    change = training()
    change[2, 1:] = 0
    assert found(unmoving(change, change + 1)) == [("dead_filters", 2, 0, DUMPS - 1)]


def test_one_move_is_enough_to_be_alive() -> None:
    change = training()
    change[2, 1:-1] = 0
    assert unmoving(change, change) == []


def test_a_filter_that_only_decays_has_no_gradient() -> None:
    gradient = training()
    gradient[4] = 0
    assert found(unmoving(training(), gradient)) == [("dead_filters", 4, 0, DUMPS - 1)]


def test_gradients_that_were_cleared_before_logging_kill_nobody() -> None:
    assert unmoving(training(), np.zeros((6, DUMPS), np.float32)) == []


def test_a_frozen_layer_is_one_finding() -> None:
    change = training()
    change[:, 1:] = 0
    places = unmoving(change, np.full_like(change, NAN))
    assert found(places) == [("frozen_layers", None, 0, DUMPS - 1)]


def test_few_dumps_say_nothing() -> None:
    still = np.zeros((2, MIN_DUMPS), np.float32)
    still[:, 0] = NAN
    assert unmoving(still, still) == []
    # A part of four has enough only of four times as many, and the first dump has no change.
    for dumps, enough in ((4 * MIN_DUMPS, False), (4 * MIN_DUMPS + 1, True)):
        rule = rules.Unmoving(2)
        rule.add(training(2, dumps).T, training(2, dumps).T)
        assert (rule.parts() is not None) == enough


@given(st.integers(0, 2**32), st.integers(0, 4), st.integers(0, 4), st.integers(0, 14))
def test_unmoving_filters_against_plain_loops(seed: int, one: int, other: int, dumps: int) -> None:
    rng = np.random.default_rng(seed)
    filters = one + other
    change, gradient = rng.choice([0, 0, 0, 1, NAN], (2, dumps, filters)).astype(np.float32)
    # Whole columns of zeros, which chance alone hardly makes.
    change[:, rng.random(filters) < 0.5] *= 0
    gradient[:, rng.random(filters) < 0.5] *= 0
    rule = rules.Unmoving(filters)
    for first in range(0, dumps, 3):
        rule.add(change[first : first + 3], gradient[first : first + 3])

    def is_zero(values: NDArray[np.float32]) -> bool:
        known = [value for value in values.tolist() if value == value]
        return len(known) >= MIN_DUMPS and not any(known)

    for own in (range(one), range(one, filters)):
        still = [is_zero(change[:, i]) for i in own]
        gradientless = [is_zero(gradient[:, i]) for i in own]
        dead = [
            place
            for place, (a, b) in enumerate(zip(still, gradientless, strict=True))
            if a or (b and not all(gradientless))
        ]
        expected = [Finding(rules.DEAD, i, 0, dumps - 1, 0.0) for i in dead]
        if own and all(still):
            expected = [Finding(rules.FROZEN, None, 0, dumps - 1, 0.0)]
        assert rule.findings(own.start, own.stop) == expected


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 3))
def test_restless_filters_against_plain_loops(seed: int, filters: int, dumps: int) -> None:
    rng = np.random.default_rng(seed)
    early = rng.choice([0, 10, 10, 20, 40], (filters, dumps)).astype(np.float32)
    late = rng.choice([0, 1, 1, 1, 10, 20], (filters, dumps)).astype(np.float32)
    before, after = ([median(row) for row in part.tolist()] for part in (early, late))
    expected = {}
    if 10 * median(after) <= median(before):
        for i in range(filters):
            if after[i] > 0 and 2 * after[i] >= before[i] and after[i] >= 10 * median(after):
                expected[i] = after[i] / median(after) if median(after) else math.inf
    places = rules.restless(early, late, 7, 9)
    assert found(places) == [("restless_filters", i, 7, 9) for i in expected]
    assert [place.value for place in places] == pytest.approx(list(expected.values()))


def test_restless_filters() -> None:
    change = training()
    change[1, 1:] = 1e-4
    (place,) = restless(change)
    assert found([place]) == [("restless_filters", 1, DUMPS * 3 // 4 + 1, DUMPS - 1)]
    assert place.value == pytest.approx(1e-4 / np.median(change[:, -9:]), rel=0.2)


def test_a_filter_that_settles_later_than_others_is_not_restless() -> None:
    change = training()
    change[1] *= 30
    assert restless(change) == []


def test_a_filter_that_always_changed_little_is_not_restless() -> None:
    change = training()
    change[1, 1:] = 1e-9
    assert restless(change) == []


def test_the_longest_stretch_out_of_the_band() -> None:
    ratio = np.full(DUMPS, 1e-3, np.float32)
    ratio[0] = NAN
    ratio[3 : 3 + PATIENCE] = 0.05
    ratio[20 : 20 + PATIENCE + 2] = 0.02
    ratio[30 : 30 + PATIENCE - 1] = 1e-5
    (place,) = rules.out_of_band(ratio)
    assert found([place]) == [("update_ratio_high", None, 20, 20 + PATIENCE + 1)]
    assert place.value == pytest.approx(0.02)


# Values and how often they follow each other, at the borders of the band and beyond them.
courses = st.lists(
    st.tuples(st.sampled_from([1e-5, 5e-5, 1e-4, 1e-3, NAN, 1e-2, 0.5, 1.0]), st.integers(1, 7)),
    max_size=8,
)


@given(courses)
def test_stretches_against_plain_loops(course: list[tuple[float, int]]) -> None:
    ratio = np.array([value for value, times in course for _ in range(times)], np.float32)
    expected = []
    for name, outside in (
        ("update_ratio_low", ratio < np.float32(1e-4)),
        ("update_ratio_high", ratio > np.float32(1e-2)),
    ):
        stretches = [
            (first - last, first, last)
            for first in range(len(ratio))
            for last in range(first + PATIENCE - 1, len(ratio))
            if all(outside[first : last + 1])
        ]
        expected += [(name, None, first, last) for _, first, last in sorted(stretches)[:1]]
    places = rules.out_of_band(ratio)
    assert found(places) == expected
    for place in places:
        assert place.value == pytest.approx(median(ratio[place.first : place.last + 1].tolist()))


def test_the_first_weights_that_are_not_finite() -> None:
    bounds = np.ones((2, DUMPS), np.float32)
    bounds[1, 7:] = np.inf
    bounds[:, 9:] = NAN
    (place,) = rules.bad_weights(bounds)
    assert found([place]) == [("non_finite_weights", None, 7, 7)]
    assert place.value == np.inf


def test_gradients_that_were_never_there_are_no_finding_but_lost_ones_are() -> None:
    bounds = np.full((2, DUMPS), NAN, np.float32)
    assert rules.bad_gradients(bounds) == []
    bounds[:, 5:11] = 1
    (place,) = rules.bad_gradients(bounds)
    assert found([place]) == [("non_finite_gradients", None, 11, 11)]
    assert np.isnan(place.value)
    # An old log does not say whether there is one.
    assert place.unknown


def test_what_is_missing_is_not_what_is_no_number() -> None:
    bounds = np.ones((2, DUMPS), np.float32)
    bounds[:, 5:] = NAN
    absent = np.zeros(DUMPS, np.int8)
    absent[5:8] = 1
    for rule in (rules.bad_gradients, rules.bad_weights):
        (place,) = rule(bounds, absent)
        assert (place.first, place.unknown) == (8, False)
        absent[8:] = 1
        assert rule(bounds, absent) == []
        absent[8:] = 0
    # What is infinite is known to be there.
    bounds[0, 3] = np.inf
    (place,) = rules.bad_gradients(bounds)
    assert (place.first, place.unknown) == (3, False)
    # A log that says so from the first dump on.
    assert rules.bad_gradients(np.full((2, 1), NAN, np.float32), np.zeros(1, np.int8))
    assert not rules.bad_gradients(np.full((2, 1), NAN, np.float32), np.full(1, -1, np.int8))


def test_layers_are_told_apart_by_their_filters() -> None:
    change = training()
    change[3:, 1:] = 0
    rule = rules.Unmoving(6)
    rule.add(change.T, change.T)
    assert rule.findings(0, 3) == []
    assert found(rule.findings(3, 6)) == [("frozen_layers", None, 0, DUMPS - 1)]


def test_the_parts_of_a_long_run_are_sampled_evenly() -> None:
    rule = rules.Unmoving(1)
    rule.add(training(1, 1001).T, training(1, 1001).T)
    parts = rule.parts()
    assert parts is not None
    for part, (first, last) in zip(parts, [(1, 250), (751, 1000)], strict=True):
        assert (part[0], part[-1], len(part)) == (first, last, rules.SAMPLE)
        assert set(np.diff(part).tolist()) <= {3, 4, 5}


def test_infinite_gradients() -> None:
    bounds = np.full((2, DUMPS), NAN, np.float32)
    bounds[:, 4] = (-np.inf, 1)
    (place,) = rules.bad_gradients(bounds)
    assert found([place]) == [("non_finite_gradients", None, 4, 4)]
    assert place.value == -np.inf


def test_every_rule_states_its_thresholds() -> None:
    assert len({rule.name for rule in rules.RULES}) == len(rules.RULES)
    assert "0.0001" in rules.RATIO_LOW.description
    assert "0.01" in rules.RATIO_HIGH.description
    assert str(MIN_DUMPS) in rules.DEAD.description


def test_what_is_worse_comes_first_and_among_equals_what_is_more_of_the_network() -> None:
    every = (*rules.RULES, *VALIDATION_RULES)
    for one in every:
        assert 0 < one.severity <= 1
        assert one.weight(0) == one.severity / 2
        assert one.weight(1) == one.severity
        assert one.weight(0.1) < one.weight(0.2)
    # The smallest part of the network that is twice as bad outweighs all of it.
    assert rules.NON_FINITE_WEIGHTS.weight(0) >= rules.FROZEN.weight(1)
    assert [rule.name for rule in sorted(every, key=lambda rule: -rule.weight(0.5))] == [
        "non_finite_weights",
        "non_finite_scores",
        "non_finite_gradients",
        "frozen_layers",
        "update_ratio_high",
        "dead_filters",
        "update_ratio_low",
        "restless_filters",
    ]


def test_every_rule_has_a_remedy_of_one_sentence_with_a_source() -> None:
    for rule in (*rules.RULES, *VALIDATION_RULES):
        remedy = rule.remedy
        assert re.fullmatch(r"[A-Z][^.]*(\.\d[^.]*)*\.", remedy.says), remedy.says
        assert remedy.source
        assert remedy.url.startswith("https://")


def test_only_what_later_dumps_may_change_is_provisional() -> None:
    """The beginning of a run against all of it: what is not provisional stays found."""
    change = training()
    change[2, 1 : DUMPS // 2] = 0
    early, whole = change[:, : DUMPS // 2], change
    assert found(unmoving(early, early + 1))[0][:2] == ("dead_filters", 2)
    assert unmoving(whole, whole + 1) == []
    ratio = np.full(DUMPS, 1e-3, np.float32)
    ratio[3 : 3 + PATIENCE] = 0.05
    for part in (ratio[:20], ratio):
        assert [place.rule for place in rules.out_of_band(part)] == [rules.RATIO_HIGH]
    provisional = {rule.name for rule in rules.RULES if rule.provisional}
    assert provisional == {"dead_filters", "frozen_layers", "restless_filters"}
