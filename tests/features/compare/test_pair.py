"""Two runs, against plain loops over what was logged."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fractions import Fraction
from math import comb
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tests.features.compare.logs import NAMES, Plain, common, pairs, since_when
from tests.http.client import Tab, tab
from tests.logs import SessionLog, png, small_model, small_validation_set

Z = NormalDist().inv_cdf(0.975)
CLOSE: dict[str, Any] = {"rel": 1e-9, "abs": 1e-12}


@settings(max_examples=60)
@given(pair=pairs(), data=st.data())
def test_against_plain_loops(pair: list[Plain], data: st.DataObject) -> None:
    steps = [data.draw(st.sampled_from(list(run.validations))) for run in pair]
    with tempfile.TemporaryDirectory() as logdir:
        for run in pair:
            run.write(Path(logdir))
        with tab(logdir) as opened:
            if not common(pair):
                assert "no image in common" in opened.json("compare", 404, runs=NAMES[:2])["error"]
                return
            check(opened, pair)
            check(opened, [run.until(at) for run, at in zip(pair, steps, strict=True)], steps=steps)


def check(opened: Tab, pair: list[Plain], **options: Any) -> None:
    answer = opened.json("compare", runs=[run.name for run in pair], **options)
    shared = common(pair)
    classes = [each for each in pair[0].classes if each in pair[1].classes]
    rows = [told(pair, each) for each in shared]
    assert answer["steps"] == [list(run.validations)[-1] for run in pair]
    assert [each["class"] for each in answer["classes"]] == classes
    for name, own in zip(classes, answer["classes"], strict=True):
        counted(own, [row for row in rows if row["label"] == name], pair)
    counted(answer, rows, pair)
    assert answer["classes"] == sorted(
        answer["classes"], key=lambda own: classes.index(own["class"])
    )
    for field, at, right in (
        ("images", "lost_at", [True, False]),
        ("won_images", "won_at", [False, True]),
    ):
        kept = [row for row in rows if row["right"] == right]
        kept.sort(key=lambda row: classes.index(row["label"]))
        assert [
            {
                "id": each["id"],
                "label": classes[each["label"]],
                "at": each[at],
                "parted": each["parted_at"],
                "predicted": each["predicted"],
                "rows": each["rows"],
            }
            for each in answer[field]
        ] == [
            {
                "id": row["id"],
                "label": row["label"],
                "at": row["since"][1][0] if row["since"][1][1] else None,
                "parted": max(since for since, _ in row["since"]),
                "predicted": [classes.index(c) if c in classes else None for c in row["last"]],
                "rows": row["rows"],
            }
            for row in kept
        ]
    alone = [[c for c in run.classes if c not in classes] for run in pair]
    assert answer["only"]["classes"] == list(dict.fromkeys(alone[0] + alone[1]))
    assert [each["classes"] for each in answer["alone"]] == alone
    ids = [{str(each) for each, _ in run.images} for run in pair]
    lone = [
        [each for each, _ in run.images if str(each) not in other]
        for run, other in zip(pair, reversed(ids), strict=True)
    ]
    assert [each["ids"] for each in answer["alone"]] == lone
    assert answer["only"]["images"] == lone[0] + lone[1]
    again = [each for each, _ in pair[0].images if str(each) in ids[1] and each not in shared]
    assert answer["aligned"]["relabelled"] == again
    assert answer["aligned"]["images"] == len(shared)


def told(pair: list[Plain], identifier: int | str) -> dict[str, Any]:
    """What became of an image in both runs."""
    label = pair[0].label(identifier)
    last = [run.history(identifier)[-1][1] for run in pair]
    return {
        "id": identifier,
        "label": label,
        "last": last,
        "right": [None if c is None else c == label for c in last],
        "since": [since(run, identifier) for run in pair],
        "rows": [[str(each) for each, _ in run.images].index(str(identifier)) for run in pair],
    }


def since(run: Plain, identifier: int | str) -> tuple[int, bool]:
    """Since when an image's result is what it is at the end, and whether it was another before."""
    label = run.label(identifier)
    seen = [(step, c == label) for step, c in run.history(identifier) if c is not None]
    if not seen:
        return -1, False
    start = len(seen) - 1
    while start and seen[start - 1][1] == seen[-1][1]:
        start -= 1
    return seen[start][0], start > 0


def counted(own: dict[str, Any], rows: list[Any], pair: list[Plain]) -> None:
    """Compares what an answer says of some images with what is counted."""
    both = [row for row in rows if None not in row["right"]]
    n = len(both)
    lost = sum(row["right"] == [True, False] for row in both)
    won = sum(row["right"] == [False, True] for row in both)
    churned = sum(row["last"][0] != row["last"][1] for row in both)
    wrong = [sum(not row["right"][i] for row in both) for i in range(2)]
    assert (own["evaluated"], own["lost"], own["won"]) == (n, lost, won)
    rates = {"churn": churned, "negative_flip_rate": lost, "positive_flip_rate": won}
    for rate, count in rates.items():
        assert own[rate] == (pytest.approx(count / n, **CLOSE) if n else None)
        low, high = own[f"{rate}_ci"]
        # Wilson's ends are the rates that a test of the score would just not reject.
        for end in (low, high) if n else ():
            variance = Z**2 * end * (1 - end) / n
            assert (own[rate] - end) ** 2 == pytest.approx(variance, **CLOSE)
        assert not n or low <= own[rate] <= high
        assert not n or count in (0, n) or low < own[rate] < high
    assert own["error"] == [pytest.approx(each / n, **CLOSE) if n else None for each in wrong]
    if n:
        assert own["ci"][0] <= (lost - won) / n <= own["ci"][1]
        assert own["by_chance"] == pytest.approx((n - wrong[0]) / n * wrong[1] / n, **CLOSE)
    tail = sum(Fraction(comb(lost + won, k), 2 ** (lost + won)) for k in range(min(lost, won) + 1))
    assert own["p"] == pytest.approx(float(min(1, 2 * tail)), **CLOSE)
    steps = [first_at(run, rows, max(wrong) / n if n else -1.0) for run in pair]
    assert own["learned"] == steps
    known = None not in steps
    assert own["earlier"] == (steps[0] - steps[1] if known else None)  # type: ignore[operator]


def first_at(run: Plain, rows: list[Any], level: float) -> int | None:
    """From when on the error rate of some images was at most a level, on average."""
    rates = []
    for step in run.validations:
        results = [
            dict(run.history(row["id"]))[step] == row["label"]
            for row in rows
            if dict(run.history(row["id"]))[step] is not None
        ]
        if results:
            rates.append((step, results.count(False) / len(results)))
    return since_when(rates, level)


def test_what_has_no_partner_of_layers(tmp_path: Path) -> None:
    shapes = {"a": (3, 2), "b": (3, 5, 1)}
    for name, filters in shapes.items():
        with SessionLog(tmp_path / name) as log:
            log.model(small_model(*filters))
            log.validation_set(small_validation_set(2, 1))
            log.validation(4, [0, 0, 0], 2)
    with tab(tmp_path) as opened:
        answer = opened.json("compare", runs=["a", "b"])
        assert answer["only"]["layers"] == ["block.conv2"]
        assert [each["layers"] for each in answer["alone"]] == [[], ["block.conv2"]]
        assert answer["aligned"]["layers"] == 2
        assert answer["aligned"]["reshaped"] == ["block.conv1"]
        same = opened.json("compare", runs=["a", "a"])
        assert (same["churn"], same["images"], same["error"]) == (0, [], [1 / 3, 1 / 3])


def test_axes(tmp_path: Path) -> None:
    """The second run has batches of half the size: twice the iterations an epoch."""
    images = small_validation_set(4)
    for name, each in (("a", 10), ("b", 20)):
        with SessionLog(tmp_path / name) as log:
            log.validation_set(images)
            for epoch in range(6):
                right = 2 if name == "a" and epoch < 4 else 4
                log.validation(epoch * each, [0] * right + [1] * (4 - right), 2)
        scalars(tmp_path / name, "train/epoch", {0: 0.0, 5 * each: 5.0})
        scalars(tmp_path / name, "images", {0: 500.0, 5 * each: 0.0})
    with tab(tmp_path) as opened:
        answer = opened.json("compare", runs=["a", "b"], axis="epochs")
        assert answer["axes"] == ["iterations", "epochs"]
        assert (answer["learned"], answer["earlier"]) == ([40, 0], 4)
        assert opened.json("compare", runs=["a", "b"])["earlier"] == 40
        assert opened.json("compare", runs=["b", "a"], level=0.5, axis="epochs")["earlier"] == 0
        message = opened.json("compare", 404, runs=["a", "b"], axis="images")["error"]
        assert 'writer.add_scalar("images_seen", images, iteration)' in message


def scalars(run: Path, tag: str, points: dict[int, float]) -> None:
    """Scalars of the user's own beside a log."""
    writer = EventFileWriter(str(run), filename_suffix=f".{tag.replace('/', '-')}")
    for step, value in points.items():
        one = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        writer.add_event(Event(step=step, summary=one))
    writer.close()


def test_wrong_questions(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "a") as log:
        log.validation_set(small_validation_set(2, 1))
        log.validation(4, [0, 0, 0], 2)
    with SessionLog(tmp_path / "begun") as log:
        log.validation_set(small_validation_set(2, 1))
    SessionLog(tmp_path / "empty").close()
    both = ["a", "a"]
    with tab(tmp_path) as opened:

        def refused(status: int, **options: Any) -> str:
            message: str = opened.json("compare", status, **options)["error"]
            return message

        assert refused(400) == "the parameter 'runs' is missing"
        assert "is given 1 times: give it 2 times, like runs=A&runs=B" in refused(400, runs="a")
        assert "3 times" in refused(400, runs=["a"] * 3)
        assert "unknown run 'A': of the 3 runs in the log directory, try 'a'" in refused(
            404, runs=["a", "A"]
        )
        assert "has no validation of 'validation' yet" in refused(404, runs=["a", "begun"])
        assert "has no validation set yet" in refused(404, runs=["empty", "a"])
        assert "'train'" in refused(404, runs=both, image_set="train")
        for route in ("compare_runs", "compare_maps"):
            told = opened.json(route, 400, runs=both, steps=[4, 4, 4])["error"]
            assert "3 " in told
            assert "2 " in told
        assert "there is no validation at step 5" in refused(404, runs=both, steps=[4, 5])
        assert "steps='x': must be a whole number" in refused(400, runs=both, steps=[4, "x"])
        assert "must be one of iterations, epochs, images" in refused(400, runs=both, axis="time")
        assert "from 0 to 1" in refused(400, runs=both, level="2")


def test_no_image_in_common_is_told_with_an_id_of_each(tmp_path: Path) -> None:
    for name, ids in (("a", ("x.png", "y.png")), ("b", ("val/x.png", "val/y.png"))):
        with SessionLog(tmp_path / name) as log:
            log.validation_set(replace(small_validation_set(1, 1), ids=ids))
            log.validation(1, [0, 1], 2)
    with tab(tmp_path) as opened:
        told = opened.json("compare", 404, runs=["a", "b"])["error"]
    assert "these are like 'x.png' in the first and 'val/x.png' in the last" in told


def test_images_that_only_share_their_ids(tmp_path: Path) -> None:
    """Two runs that each draw their own images, and number them."""
    images = small_validation_set(30)
    for name, shades in (("a", range(30)), ("b", range(30)), ("drawn anew", range(30, 60))):
        with SessionLog(tmp_path / name) as log:
            log.validation_set(images)
            log.images(range(30), [png(shade) for shade in shades])
            log.validation(1, [0] * 30, 1)
    with SessionLog(tmp_path / "none") as log:
        log.validation_set(images)
        log.validation(1, [0] * 30, 1)
    with tab(tmp_path) as opened:

        def looks(*runs: str) -> tuple[int, int]:
            found = opened.json("compare", runs=runs)["aligned"]
            return found["pictures"], found["differing_pictures"]

        assert looks("a", "b") == (6, 0)
        assert looks("a", "drawn anew") == (6, 6)
        assert looks("a", "none") == (0, 0)
