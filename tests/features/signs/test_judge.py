"""What all rules share, against plain loops."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.signs.compute.judge import (
    BURN_IN,
    Course,
    deviation,
    held,
    median,
    severity,
    stretches,
    z_of,
)

NAN = float("nan")
NUMBERS = st.lists(st.one_of(st.just(NAN), st.integers(-5, 5).map(float)), min_size=1, max_size=30)


def test_severity_is_one_half_at_the_threshold() -> None:
    assert severity(1) == 0.5
    assert severity(0) == severity(-3) == 0
    assert 0.5 < severity(2) < severity(3) < severity(np.inf) <= 1


@given(NUMBERS)
def test_median_against_the_library(values: list[float]) -> None:
    known = [value for value in values if value == value]
    (found,) = median(np.array(values)[:, None])
    assert found == pytest.approx(statistics.median(known) if known else NAN, nan_ok=True)


@given(NUMBERS)
def test_z_against_plain_python(values: list[float]) -> None:
    past = [value for value in values[:-1] if value == value]
    expected = 0.0
    if len(past) >= BURN_IN and values[-1] == values[-1]:
        middle = statistics.median(past)
        spread = 1.4826 * statistics.median(abs(value - middle) for value in past)
        expected = (values[-1] - middle) / max(spread, 0.25)
    later = np.array([*values, 1e9])[:, None]
    (found,) = z_of(later, len(values) - 1, 0.25)
    assert found == pytest.approx(expected)


def test_a_course_that_is_constant_has_the_least_deviation() -> None:
    assert deviation(np.full((9, 2), 3.0), 0.1).tolist() == [0.1, 0.1]


@given(NUMBERS, st.integers(1, 5))
def test_what_held_at_all_of_the_last_rows(values: list[float], rows: int) -> None:
    last = values[-rows:]
    whole = len(values) >= rows and all(value == value for value in last)
    (found,) = held(np.array(values)[:, None], len(values) - 1, rows)
    assert found == (min(last) if whole else 0)


@given(st.lists(st.floats(0, 2), max_size=40), st.integers(0, 3))
def test_stretches_are_what_a_reader_would_mark(times: list[float], gap: int) -> None:
    expected: list[list[int]] = []
    for row, value in enumerate(times):
        if value >= 1:
            if expected and row - expected[-1][-1] <= gap + 1:
                expected[-1].append(row)
            else:
                expected.append([row])
    found = list(stretches(np.array(times), gap=gap))
    assert found == [(own[0], own[-1], max(times[row] for row in own)) for own in expected]


@given(st.integers(0, 100))
def test_a_course_grows(rows: int) -> None:
    course = Course(2)
    for row in range(rows):
        course.add(np.array([row, -row], float))
    assert course.values.tolist() == [[row, -row] for row in range(rows)]
    assert len(course) == rows
