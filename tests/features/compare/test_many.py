"""Many runs, against plain loops over what was logged; and what is planted is found."""

from __future__ import annotations

import tempfile
from itertools import combinations, pairwise, permutations
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from torch.utils.tensorboard.summary import hparams

from tensorboard_plugin_deeptracker.features.compare.compute.order import order
from tensorboard_plugin_deeptracker.features.compare.compute.sweep import moves, varying
from tests.features.compare.logs import Plain, common, pairs, since_when
from tests.features.compare.test_over_time import rate, same
from tests.http.client import tab
from tests.logs import SessionLog, small_validation_set


@settings(max_examples=40)
@given(runs=pairs(3))
def test_against_plain_loops(runs: list[Plain]) -> None:
    shared = common(runs)
    if not shared:
        return
    with tempfile.TemporaryDirectory() as logdir:
        for run in runs:
            run.write(Path(logdir))
        with tab(logdir) as opened:
            names = [run.name for run in runs]
            found = opened.json("compare_runs", runs=names, seeds=names[1:])
            rest, arrays = opened.arrays("compare_runs", runs=names)
    last = {run.name: [run.history(each)[-1][1] for each in shared] for run in runs}
    label = [runs[0].label(each) for each in shared]
    by_class = sorted(shared, key=lambda each: runs[0].classes.index(runs[0].label(each)))
    assert rest["ids"] == [each["id"] for each in found["images"]] == by_class
    for own in found["images"]:
        at = shared.index(own["id"])
        said = [last[name][at] for name in names]
        assert own["right"] == said.count(label[at])
        assert own["evaluated"] == 3 - said.count(None)
        first = [first_right(run, own["id"]) for run in runs]
        told(own, first)
    assert arrays["right"].tolist() == [own["right"] for own in found["images"]]
    for i, j in [(i, j) for i in range(3) for j in range(3)]:
        both = [
            (a, b)
            for a, b in zip(last[names[i]], last[names[j]], strict=True)
            if a is not None and b is not None
        ]
        expected = sum(a != b for a, b in both) / len(both) if both else None
        assert found["differing"][i][j] == pytest.approx(expected)
    ends = [list(run.validations)[-1] for run in runs]
    same(found["error"], [rate(run, shared, end) for run, end in zip(runs, ends, strict=True)])
    for own in found["classes"]:
        images = [each for each in shared if runs[0].label(each) == own["class"]]
        errors = [rate(run, images, end) for run, end in zip(runs, ends, strict=True)]
        same(own["error"], errors)
        level = max((each for each in errors if each is not None), default=-1.0)
        told(own, [reached(run, images, level) for run in runs])
    (yard,) = found["yardstick"]
    assert yard["runs"] == [1, 2]
    assert yard["churn"] == [found["differing"][1][2]] * 3


def first_right(run: Plain, identifier: int | str) -> int | None:
    own = run.label(identifier)
    return next((step for step, c in run.history(identifier) if c == own), None)


def reached(run: Plain, images: list[int | str], level: float) -> int | None:
    """From when on the error rate of some images was at most a level, on average."""
    rates = [(step, rate(run, images, step)) for step in run.validations]
    return since_when([(step, own) for step, own in rates if own is not None], level)


def told(own: dict[str, Any], first: list[int | None]) -> None:
    """Compares how often and when something came about with what is counted."""
    known = [step for step in first if step is not None]
    assert own["learned"] == len(known)
    ends = (median(known), min(known), max(known)) if known else (None, None, None)
    assert (own["median"], own["earliest"], own["latest"]) == ends


@given(st.integers(2, 6), st.integers(0, 2**32))
def test_the_order_is_a_short_way(runs: int, seed: int) -> None:
    """The shortest one but for few, and never longer by more than a fifth."""
    points = np.random.default_rng(seed).random((runs, 3))
    d = np.linalg.norm(points[:, np.newaxis] - points, axis=2)

    def length(way: Any) -> float:
        return float(sum(d[i, j] for i, j in pairwise(way)))

    found = order(d)
    assert sorted(found) == list(range(runs))
    assert length(found) <= 1.2 * min(map(length, permutations(range(runs)))) + 1e-12


def test_runs_along_a_line_stand_in_their_order() -> None:
    at = np.random.default_rng(1).permutation(40)
    distances = np.abs(at[:, np.newaxis] - at).astype(float)
    distances[3, :] = distances[:, 3] = np.nan
    found = [int(at[i]) for i in order(distances) if i != 3]
    assert found in (sorted(found), sorted(found, reverse=True))


def write_sweep(logdir: Path, count: int) -> tuple[list[str], NDArray[np.float64]]:
    """Runs with rates and seeds: of class 1 the more images are wrong, the higher the rate is."""
    images = small_validation_set(40, 40, 40)
    rng, names, rates = np.random.default_rng(0), [], []
    hard = rng.random(120)
    for i in range(count):
        rate = [0.1, 0.2, 0.3, 0.4][i // 2 % 4]
        names.append(f"rate={rate}, seed={i}")
        rates.append(rate)
        wrong = hard + rng.normal(0, 0.03, 120) < 0.2 + 1.5 * rate * (images.labels == 1) - 0.1
        if i == count - 1:
            wrong = rng.random(120) < 0.3  # Like none of the others.
        with SessionLog(logdir / names[-1]) as log:
            log.validation_set(images)
            log.validation(0, [2, 2, 0] * 40, 3)
            log.validation(9, np.where(wrong, (images.labels + 1) % 3, images.labels).tolist(), 3)
        values: dict[str, Any] = {"lr": rate, "seed": i, "optimizer": ["sgd", "adam"][i % 2]}
        # PyTorch's writer makes a directory below of it, Lightning's none.
        directory = logdir / names[-1] / ("1700000000.5" if i % 2 else "")
        writer = EventFileWriter(str(directory))
        for summary in hparams(values, {}):
            writer.add_event(Event(summary=summary))
        writer.close()
    return names, np.array(rates)


def test_a_sweep(tmp_path: Path) -> None:
    names, rates = write_sweep(tmp_path, 17)
    with tab(tmp_path) as opened:
        found = opened.json("compare_runs", runs=names)
    assert found["outliers"] == [16]
    assert found["unusual"][16] == max(found["unusual"])
    # What an outlier has in the end is no level that the others had to learn.
    assert all(each["level"] == pytest.approx(max(each["error"][:16])) for each in found["classes"])
    assert any(each["level"] < each["error"][16] for each in found["classes"])
    parameters = {each["name"]: each for each in found["parameters"]}
    assert parameters.keys() == {"lr", "seed", "optimizer"}
    assert parameters["lr"]["values"] == rates.tolist()
    assert (parameters["lr"]["numeric"], parameters["optimizer"]["numeric"]) == (True, False)
    by_class = [each["q"] for each in parameters["lr"]["classes"]]
    assert by_class[1] < 0.01
    assert parameters["lr"]["classes"][1]["effect"] > 0.8
    others = [q["q"] for name in parameters for q in parameters[name]["classes"]]
    others.remove(by_class[1])
    assert min(others) > 0.05
    # Of one rate and one optimizer there are two runs each, of the first three.
    groups = [each["runs"] for each in found["yardstick"]]
    assert groups == [[0, 8, 16], *[[i, i + 8] for i in range(1, 8)]]
    for each in found["yardstick"]:
        churn = [found["differing"][i][j] for i, j in combinations(each["runs"], 2)]
        assert each["churn"] == [min(churn), pytest.approx(median(churn)), max(churn)]
    way = [rates[i] for i in found["order"] if i != 16]
    assert way == sorted(way) or way == sorted(way, reverse=True)


def test_effects_against_all_orders() -> None:
    """With few runs, all orders are looked at."""
    rng = np.random.default_rng(3)
    errors = rng.integers(0, 4, (5, 3)) / 4
    errors[:, 2] = 0.5
    kinds_of = zip([1, 5, 2, 9, 2], "aabbb", strict=True)
    known: list[dict[str, Any]] = [{"x": float(v), "kind": k} for v, k in kinds_of]
    parameters = varying([{**own, "same": 1.0} for own in known])
    assert [each.name for each in parameters] == ["kind", "x"]
    found = moves(parameters, errors)
    for c in range(2):
        values = [own["x"] for own in known]
        seen = spearman(values, errors[:, c])
        every = [abs(spearman(list(each), errors[:, c])) for each in permutations(values)]
        assert found.effect[1, c] == pytest.approx(seen)
        assert found.p[1, c] == pytest.approx(np.mean(np.array(every) >= abs(seen) - 1e-9))
        kinds = [own["kind"] for own in known]
        share = explained(kinds, errors[:, c])
        every = [explained(list(each), errors[:, c]) for each in permutations(kinds)]
        assert found.effect[0, c] == pytest.approx(share)
        assert found.p[0, c] == pytest.approx(np.mean(np.array(every) >= share - 1e-9))
    assert np.isnan(found.p[:, 2]).all()
    assert np.isnan(moves(parameters, errors[:3]).p).all()


def ranks(values: Any) -> NDArray[np.float64]:
    return np.array([np.mean([i for i, w in enumerate(sorted(values)) if w == v]) for v in values])


def spearman(a: Any, b: Any) -> float:
    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def explained(kinds: Any, values: Any) -> float:
    """The share of the variance of ranks that is between groups."""
    own = ranks(values)
    means = {kind: own[[other == kind for other in kinds]].mean() for kind in kinds}
    between = sum((means[kind] - own.mean()) ** 2 for kind in kinds)
    return float(between / ((own - own.mean()) ** 2).sum())


def test_seeds_are_some_of_the_runs(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "a") as log:
        log.validation_set(small_validation_set(2, 1))
        log.validation(4, [0, 0, 0], 2)
    with tab(tmp_path) as opened:
        asked: Any = {"runs": ["a", "a"]}
        message = opened.json("compare_runs", 400, seeds=["a", "b"], **asked)["error"]
        assert "seeds='b': must be some of the runs" in message
        found = opened.json("compare_runs", **asked)
        assert (found["parameters"], found["yardstick"], found["outliers"]) == ([], [], [])


def test_labels_beyond_the_type_that_predictions_are_logged_in(tmp_path: Path) -> None:
    images = small_validation_set(*[1] * 400)
    # In eight bits, of which the 100 classes that are ever predicted need no more.
    predicted = np.where(images.labels < 356, images.labels % 256, 0) % 100
    right = predicted == images.labels
    assert right.sum() == 100
    for name in "ab":
        with SessionLog(tmp_path / name) as log:
            log.validation_set(images)
            for step in range(2):
                log.validation(step, predicted.tolist(), 100)
    with tab(tmp_path) as opened:
        found = opened.json("compare_runs", runs=["a", "b"])
        courses = opened.json("compare_classes", runs=["a", "b"])["classes"]
    assert found["error"] == [pytest.approx(0.75)] * 2
    assert courses == [[[float(1 - one)] * 2 for one in right]] * 2
    assert [each["error"] for each in found["classes"]] == [[1 - one] * 2 for one in right]
    learned = {each["id"]: each["learned"] for each in found["images"]}
    assert all(learned.get(each, 2 * r) == 2 * r for each, r in zip(images.ids, right, strict=True))
