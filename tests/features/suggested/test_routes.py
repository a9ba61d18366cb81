"""What is suggested of a run, against what its other routes answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tensorboard_plugin_deeptracker.features.correlation.compute import suggested_top_k
from tests.features.suggested.logs import JOINT, VALIDATIONS, write_planted
from tests.http.client import Tab, tab
from tests.logs import SessionLog, small_validation_set


def suggested(opened: Tab, **about: Any) -> dict[str, Any]:
    answer: dict[str, Any] = opened.json("suggested", run="run", **about)
    return answer


def test_what_is_planted(tmp_path: Path) -> None:
    write_planted(tmp_path / "run")
    with tab(str(tmp_path)) as opened:
        answer = suggested(opened)
        rules = {name: answer[name] for name in ("window", "min_score")}
        found = opened.json("anomalies", run="run", **rules)["anomalies"]
        assert answer["anomalies"] == len(found)
        assert answer["iterations"] == len({each["step"] for each in found}) <= VALIDATIONS // 10
        assert ("class 3", JOINT) in [(each["class"], each["step"]) for each in found]
        assert answer["chance"] < 1
        assert answer["k"] == 2
        assert answer["top_k"] == 9
        assert opened.arrays("suggested", run="run") == (answer, {})


def test_the_chance_of_other_rules(tmp_path: Path) -> None:
    """The same figure, for whatever somebody has chosen by hand."""
    write_planted(tmp_path / "run")
    with tab(str(tmp_path)) as opened:
        answer = suggested(opened)
        rules = {name: answer[name] for name in ("window", "min_score")}
        same = opened.json("anomaly_chance", run="run", **rules)
        assert same == {**rules, "chance": answer["chance"]}
        chances = [
            opened.json("anomaly_chance", run="run", window=window, min_score=score)["chance"]
            for window, score in ((1, 0.05), (1, 0.2), (3, 0.2), (3, 0.6))
        ]
        # Stricter rules leave less to chance.
        assert chances == sorted(chances, reverse=True)
        assert chances[0] > 10 * chances[-1]


def test_nothing_is_planted(tmp_path: Path) -> None:
    write_planted(tmp_path / "run", joint=False)
    with tab(str(tmp_path)) as opened:
        answer = suggested(opened)
        assert (answer["anomalies"], answer["iterations"]) == (0, 0)
        rules = {name: answer[name] for name in ("window", "min_score")}
        assert opened.json("anomalies", run="run", **rules)["anomalies"] == []


def test_of_another_image_set(tmp_path: Path) -> None:
    write_planted(tmp_path / "run", "train")
    with tab(str(tmp_path)) as opened:
        assert suggested(opened, image_set="train")["anomalies"] > 0
        opened.json("suggested", 404, run="run")


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_of_a_run_that_has_just_begun(tmp_path: Path, n: int) -> None:
    write_planted(tmp_path / "run", n=n)
    with tab(str(tmp_path)) as opened:
        answer = suggested(opened)
        assert 1 <= answer["window"] <= 30
        assert 0.05 <= answer["min_score"] <= 1
        assert (answer["anomalies"], answer["iterations"]) == (0, 0)


def test_without_a_model(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "run") as log:
        log.validation_set(small_validation_set(2, 2))
        log.validation(0, [0, 0, 1, 1], 2)
    with tab(str(tmp_path)) as opened:
        assert suggested(opened)["top_k"] == 5
        assert suggested(opened)["k"] is None


@pytest.mark.parametrize(
    ("filters", "expected"), [(0, 5), (58, 5), (794, 12), (2000, 30), (27_560, 100)]
)
def test_the_number_of_filters(filters: int, expected: int) -> None:
    assert suggested_top_k(filters) == expected
