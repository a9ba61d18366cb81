"""Several runs over time, against plain loops over what was logged."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.compare.compute import (
    Run,
    course,
    grid,
    learned,
    reached,
    runs_of,
)
from tests.features.compare.logs import Plain, common, pairs
from tests.http.client import tab
from tests.logs import SessionLog, open_run, small_validation_set


@settings(max_examples=40)
@given(runs=pairs(3), most=st.sampled_from([3, 1000]))
def test_against_plain_loops(runs: list[Plain], most: int) -> None:
    shared = common(runs)
    if not shared:
        return
    with tempfile.TemporaryDirectory() as logdir:
        for run in runs:
            run.write(Path(logdir))
        with tab(logdir) as opened:
            options: Any = {"runs": [run.name for run in runs], "max_columns": most}
            found = opened.json("compare_classes", **options)
            at = [int(place) for place in found["at"]]
            every = sorted({step for run in runs for step in run.validations})
            assert set(at) <= set(every)
            assert at == every or (most == 3 and len(at) == 3)
            held = [[holds(run, place) for place in at] for run in runs]
            assert found["validations"] == held
            same(
                found["overall"],
                [
                    [rate(run, shared, step) for step in own]
                    for run, own in zip(runs, held, strict=True)
                ],
            )
            for c, name in enumerate(found["names"]):
                images = [each for each in shared if runs[0].label(each) == name]
                same(
                    [own[c] for own in found["classes"]],
                    [
                        [rate(run, images, step) for step in own]
                        for run, own in zip(runs, held, strict=True)
                    ],
                )
            some = shared[::3]
            wanted = opened.json("compare_images", ids=some, **options)
            assert wanted["ids"] == some
            assert [found["names"][each] for each in wanted["labels"]] == [
                runs[0].label(each) for each in some
            ]
            named = [
                [[said(run, each, step) for step in own] for each in some]
                for run, own in zip(runs, held, strict=True)
            ]
            assert wanted["correct"] == [
                [
                    [None if c is None else int(c == runs[0].label(each)) for c in row]
                    for each, row in zip(some, rows, strict=True)
                ]
                for rows in named
            ]
            names = {None: -1, **{name: i for i, name in enumerate(found["names"])}}
            assert wanted["predicted"] == [
                [[names.get(c, -2) for c in row] for row in rows] for rows in named
            ]
            rest, arrays = opened.arrays("compare_images", ids=some, **options)
            assert arrays["predicted"].tolist() == wanted["predicted"]
            assert rest["at"] == found["at"]


def holds(run: Plain, place: int) -> int | None:
    """The last validation that is not behind a place; none behind the last one."""
    steps = list(run.validations)
    before = [step for step in steps if step <= place]
    return before[-1] if before and place <= steps[-1] else None


def said(run: Plain, identifier: int | str, step: int | None) -> str | None:
    return None if step is None else dict(run.history(identifier))[step]


def same(found: Any, expected: Any) -> None:
    """In single precision; None is missing."""
    np.testing.assert_array_equal(np.array(found, np.float32), np.array(expected, np.float32))


def rate(run: Plain, images: list[int | str], step: int | None) -> float | None:
    """Error rate of some images."""
    results = [(said(run, each, step), run.label(each)) for each in images]
    known = [c == label for c, label in results if c is not None]
    return known.count(False) / len(known) if known else None


def test_as_the_logs_grow(tmp_path: Path) -> None:
    """However often it was asked meanwhile, and at which iterations, the answer is the same."""
    images, rng = small_validation_set(9, 4, 8), np.random.default_rng(0)
    said = rng.integers(-1, 3, (2, 40, 21))
    grown = [open_run(tmp_path / f"grown {i}") for i in range(2)]
    files = [SessionLog(tmp_path / f"grown {i}") for i in range(2)]
    again = SessionLog(tmp_path / "grown 1", "second", started=2.0)
    for log in (*files, again):
        log.validation_set(images)
    for step in range(40):
        for i, log in enumerate(files):
            log.validation(step, said[i, step].tolist(), 3)
        if step in (12, 19, 26):  # What is known of the first ones does not hold any more.
            said[1, step - 7] = rng.integers(-1, 3, 21)
            again.validation(step - 7, said[1, step - 7].tolist(), 3)
        for opened in grown:
            opened.refresh()
        if step % 7 == 3:
            asked = runs_of([run.snapshot for run in grown], "validation", [step // 2, step])
            for i, run in enumerate(asked):
                check_counts(run, said[i], images.labels)
    for log in (*files, again):
        log.close()


def check_counts(run: Run, said: NDArray[np.int64], labels: NDArray[np.int32]) -> None:
    until = int(run.step) + 1
    right = said[:until] == labels
    counts, first = course(run), learned(run)
    for c in range(3):
        own = labels == c
        assert counts.right[:, c].tolist() == right[:, own].sum(axis=1).tolist()
        known = (said[:until, own] >= 0).sum(axis=1).tolist()
        assert counts.evaluated[:, c].tolist() == known
    expected = [int(np.argmax(column)) if column.any() else -1 for column in right.T]
    assert first.tolist() == expected


def test_a_class_that_is_predicted_for_all_is_not_learned() -> None:
    error = np.array([[0.0, 1.0], [0.0, 1.0], [0.9, 0.1], [0.5, 0.2], [0.1, 0.1], [0.2, np.nan]])
    level = np.array([0.2, 0.2])
    assert reached(error, level).tolist() == [4, 2]
    assert reached(error, np.array([0.01, 0.01])).tolist() == [-1, -1]


def test_places_that_stand_still() -> None:
    """Of several validations at one place, such as those of one epoch, the last one holds."""
    found = grid([np.array([0.0, 1, 1, 2]), np.array([0.5, 1])], 10)
    assert found.at.tolist() == [0, 0.5, 1, 2]
    assert found.validations.tolist() == [[0, 0, 2, 3], [-1, 0, 1, -1]]
    values = np.array([1.0, 2, 3, 4])
    np.testing.assert_array_equal(found.of(1, values[:2], np.nan), [np.nan, 1, 2, np.nan])


def test_an_image_that_not_all_have_is_left_out(tmp_path: Path) -> None:
    one = Plain("a", ["c"], [(1, "c"), (2, "c")], {3: ["c", None]})
    other = Plain("b", ["c"], [(2, "c")], {5: ["c"]})
    for run in (one, other):
        run.write(tmp_path)
    with tab(tmp_path) as opened:
        asked: Any = {"runs": ["a", "b"], "ids": ["1", "2"]}
        found = opened.json("compare_images", **asked)
        assert (found["ids"], found["correct"]) == ([2], [[[None, None]], [[None, 1]]])
        refused = opened.json("compare_images", 404, **{**asked, "ids": "7"})
        assert "unknown image '7'" in refused["error"]
