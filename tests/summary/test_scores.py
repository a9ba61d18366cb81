"""What scores say of each image, against what they say in words; and what they do not say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tensorboard_plugin_deeptracker.summary.scores import NOT_EVALUATED, predicted_of_scores

INF, NAN = np.inf, np.nan
FORMS: dict[str, Callable[[Any], Any]] = {
    "array": np.array,
    "list": lambda rows: rows,
    "float32": lambda rows: torch.tensor(rows, dtype=torch.float32),
    "bfloat16": lambda rows: torch.tensor(rows, dtype=torch.bfloat16),
    "with a gradient": lambda rows: torch.tensor(rows, requires_grad=True),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([[0.0, 2.0, 1.0], [3.0, 1.0, 2.0]], [1, 0]),
        ([[-1.0, -1.0], [-2.0, -1.0]], [0, 1]),  # Of equals the first.
        ([[NAN, 2.0, 1.0], [3.0, 1.0, NAN], [0.0, 1.0, 2.0]], [-1, -1, 2]),
        ([[NAN] * 3, [INF, 0.0, 0.0], [-INF] * 3], [-1, -1, -1]),
        ([[-INF, 0.5, -INF], [-INF, -2.0, -1.0]], [1, 2]),  # Classes that are ruled out.
        ([[0.3], [-0.3], [0.0], [NAN], [INF], [-INF]], [1, 0, 0, -1, -1, -1]),
        ([0.3, -0.3, 0.0, NAN], [1, 0, 0, -1]),
    ],
)
def test_the_largest_score_if_all_are_scores(form: str, scores: Any, expected: list[int]) -> None:
    found = predicted_of_scores(FORMS[form](scores))
    assert found.classes.dtype == np.int64
    assert found.classes.tolist() == expected
    assert found.not_finite == expected.count(NOT_EVALUATED)
    assert found.outputs == max(2, np.shape(scores[0])[0] if np.ndim(scores) == 2 else 1)


@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(0, 8), st.integers(2, 6)),
        elements=st.floats(allow_nan=True, allow_infinity=True, width=32),
    )
)
def test_no_image_is_given_a_class_by_what_is_no_number(scores: Any) -> None:
    found = predicted_of_scores(scores)
    for row, predicted in zip(scores.tolist(), found.classes.tolist(), strict=True):
        largest = max(row, key=lambda score: (score == score, score))
        if all(map(np.isfinite, row)):
            assert predicted == row.index(largest)
        elif predicted != NOT_EVALUATED:
            assert {score for score in row if not np.isfinite(score)} == {-INF}
            assert predicted == row.index(max(row))
        else:
            assert any(np.isnan(score) or score == INF for score in row) or set(row) == {-INF}


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (torch.zeros(4, 3, 8, 8), r"got float32 of shape \(4, 3, 8, 8\): one prediction .* each"),
        (torch.zeros(4, 0), r"got float32 of shape \(4, 0\)"),
        (torch.tensor(0.5), r"got float32 of shape \(\): pass the model's scores"),
        (torch.tensor([1, 0]), r"got int64 of shape \(2,\): if these are classes already"),
        (torch.zeros(4, 3).long(), r"got int64 of shape \(4, 3\)"),
        ({"logits": 3}, "got dict of shape"),
    ],
)
def test_what_is_no_score_is_named(scores: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r"output must be floats of shape \[n, classes\].*"):
        predicted_of_scores(scores, "output")
    with pytest.raises(ValueError, match=message):
        predicted_of_scores(scores)
