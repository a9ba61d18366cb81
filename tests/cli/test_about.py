"""`deeptracker story | signs | class | image | anomaly`: the routes' answers, in short."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tensorboard_plugin_deeptracker import open_run
from tests.http.client import tab

from .calling import ask, call


@pytest.fixture(scope="module")
def run(example: Path) -> Path:
    return example / "runs" / "example"


def test_they_say_what_the_routes_do(example: Path, run: Path) -> None:
    with tab(example / "runs") as own:
        assert ask("story", run)["sentences"] == own.json("story", run="example")["sentences"]
        routed = own.json("signs", run="example")["signs"]
        anomalies = own.json("anomalies", run="example", window=1, min_score=0.5)["anomalies"]
    said = ask("signs", run, "--top", "1000")
    assert [each["says"] for each in said["signs"]] == [each["says"] for each in routed]
    assert said["alarms"] == sum(each["severity"] >= 0.5 for each in routed)
    assert {each["step"] for each in anomalies} >= {
        each["step"] for each in ask("anomaly", run)["iterations"]
    }


def test_a_class(run: Path) -> None:
    answer = ask("class", run, "deer", "--top", "4")
    opened = open_run(run)
    rates = opened.error_rates()
    position = opened.class_names().index("deer")
    own = dict(zip(rates.steps.tolist(), rates.classes[position].tolist(), strict=True))
    assert {each["step"]: each["error_rate"] for each in answer["error_rates"]} == {
        step: own[step] for step in (0, 100, 190, 290)
    }
    assert answer["best"]["error_rate"] == min(own.values())
    assert answer["learned_at"] == 150
    assert answer["left_out"]["error_rates"] == 26
    assert (answer["images"], answer["left_out"]["hardest"]) == (20, 16)
    hardest = opened.image_scores(class_="deer").right
    assert [each["right"] for each in answer["hardest"]] == sorted(hardest.tolist())[:4]
    assert {each["step"] for each in answer["anomalies"]} == {150}
    # The matrix at the end, by hand.
    at = opened.iteration_image()
    labels = opened.image_scores().label
    for name, left, right in (
        ("predicted_as", labels, at.predicted),
        ("predicted_as_it", at.predicted, labels),
    ):
        others = right[(left == position) & (right != position)]
        counted = {opened.class_names()[i]: int(n) for i, n in enumerate(np.bincount(others)) if n}
        assert {each["class"]: each["images"] for each in answer[name]} == counted


def test_an_image(run: Path) -> None:
    answer = ask("image", run, "25", "--top", "1000")
    history = open_run(run).image_scores(id=25, history="yes")
    assert history.predicted is not None
    names = open_run(run).class_names()
    unrolled = [
        each["predicted"] for each in answer["predictions"] for _ in range(each["validations"])
    ]
    assert unrolled == [names[i] for i in history.predicted[0].tolist()]
    assert answer["left_out"] == {}
    assert answer["more"] is None
    assert answer["confidence"] == pytest.approx(float(history.confidence[0]))
    last = ask("image", run, "25", "--top", "1")
    assert last["predictions"] == answer["predictions"][-1:]
    assert len(answer["predictions"]) > 1
    assert last["left_out"] == {"predictions": len(answer["predictions"]) - 1}


def test_an_anomaly(run: Path) -> None:
    answer = ask("anomaly", run, "150", "--top", "3")
    opened = open_run(run)
    predicted = opened.image_scores(history="yes").predicted
    assert predicted is not None
    right = predicted == opened.image_scores().label[:, None]
    now, before = right[:, 15], right[:, 14]
    assert answer["learned"] == int((now & ~before).sum())
    assert answer["forgotten"] == int((before & ~now).sum())
    assert answer["left_out"]["images"] == int((now != before).sum()) - 3
    # Filter 2 of conv was moved by hand just then.
    first, *_ = answer["filters"]
    assert (first["layer"], first["filter"]) == ("conv", 2)
    largest = opened.iteration_filter(step=150, top_k=3).to_json()["filters"]
    assert [each["change"] for each in answer["filters"]] == [each["value"] for each in largest]
    assert not ask("anomaly", run, "0")["is_anomaly"]


def test_the_dumps_since_the_validation_before_count(tmp_path: Path) -> None:
    import torch
    from torch import nn

    from tensorboard_plugin_deeptracker import SummaryWriter

    conv = nn.Conv2d(1, 3, 1, bias=False)
    model = nn.Sequential(conv)
    with SummaryWriter(tmp_path / "run") as writer, torch.no_grad():
        writer.add_model(model)
        writer.add_validation_set([0, 1], ["a", "b"])
        for step in range(4):
            if step:
                conv.weight[step - 1] *= -1
            writer.add_weights(model, step)
            if step in (0, 3):
                writer.add_predictions([0, 0], step)
    answer = ask("anomaly", tmp_path / "run", "3")
    assert [each["filter"] for each in answer["filters"]] == [0, 1, 2]
    assert answer["previous"] == 0


def test_they_are_read(run: Path) -> None:
    for arguments, words in (
        (["story"], "learned"),
        (["signs"], "severity"),
        (["class", "deer"], "learned at iteration 150"),
        (["image", "3"], "predicted as"),
        (["anomaly"], "iteration  images"),
        (["anomaly", "150"], "filters that changed most"),
    ):
        said = call(arguments[0], run, *arguments[1:])
        assert said.exit_code == 0, said.output
        assert words in said.stdout, arguments


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["class", "RUN", "cow"], 2, "unknown class 'cow'"),
        (["class", "RUN", "cat", "--image-set", "trian"], 2, "trian"),
        (["class", "RUN", "cat", "--top", "0"], 2, "--top"),
        (["image", "RUN", "1000000"], 2, "unknown image"),
        (["anomaly", "RUN", "151"], 2, "no validation at step 151: the nearest are 150 and 160"),
        (["signs", "RUN", "--kind", "los"], 2, "unknown kind of signs 'los'"),
        (["story", "nowhere"], 3, "nowhere"),
    ],
)
def test_what_is_wrong_is_said(run: Path, arguments: list[str], code: int, reason: str) -> None:
    said = call(*(str(run) if each == "RUN" else each for each in arguments))
    assert said.exit_code == code, said.output
    assert reason in said.stderr


def test_a_run_that_has_only_begun(tmp_path: Path) -> None:
    from tensorboard_plugin_deeptracker import SummaryWriter

    with SummaryWriter(tmp_path / "run") as writer:
        writer.add_validation_set([0, 1], ["a", "b"])
    assert ask("story", tmp_path / "run")["sentences"] == []
    assert "nothing to tell" in call("story", tmp_path / "run").stdout
    assert call("signs", tmp_path / "run").stdout == "no signs\n"
    for arguments in (["class", "a"], ["image", "0"], ["anomaly", "0"]):
        said = call(arguments[0], tmp_path / "run", *arguments[1:])
        assert said.exit_code in (0, 2), said.output
