"""`deeptracker replay`: as somebody with checkpoints and a folder of images uses it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from tensorboard_plugin_deeptracker import open_run
from tensorboard_plugin_deeptracker.replay.models import make_model

from .calling import ask, call


def small(num_classes: int = 2) -> nn.Module:
    """What `--model` names."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, num_classes)
    )


MODEL = "tests.cli.test_replay:small"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("replayed")
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (directory / "val" / name).mkdir(parents=True)
        for i in range(3):
            picture = Image.fromarray(rng.integers(0, 256, (10, 12, 3), np.uint8))
            picture.save(directory / "val" / name / f"{i}.png")
    (directory / "checkpoints").mkdir()
    for i in range(3):
        torch.manual_seed(i)
        state = {"model": small().state_dict(), "epoch": i}
        torch.save(state, directory / "checkpoints" / f"epoch{i}.pt")
    return directory


def arguments(folder: Path, run: str) -> list[str]:
    checkpoints, data = str(folder / "checkpoints"), str(folder / "val")
    return [
        checkpoints,
        "--model",
        MODEL,
        "--data",
        data,
        "--logdir",
        str(folder / run),
        "--size",
        "8",
    ]


def test_makes_a_run(folder: Path) -> None:
    said = call("replay", *arguments(folder, "run"))
    assert said.exit_code == 0
    first, where, *lines, last = said.stdout.splitlines()
    assert first == "3 checkpoints; iterations by the epoch that each checkpoint says"
    assert where == "weights in 'model'"
    assert lines[1] == f"  iteration 1: {folder / 'checkpoints' / 'epoch1.pt'}"
    assert last == f"3 checkpoints logged in {folder / 'run'}"
    run = open_run(folder / "run")
    assert run.class_names() == ["cats", "dogs"]
    assert run.describe().thumbnails == 6
    assert run.error_rates().steps.tolist() == [0, 1, 2]
    again = ask("replay", *arguments(folder, "run"))
    assert (again["logged"], again["logged_before"]) == ([], [0, 1, 2])


def test_images_are_prepared_as_they_were_in_the_training(folder: Path) -> None:
    run = arguments(folder, "prepared")
    call("replay", *run, "--crop", "0.8", "--mean", "0.5", "--std", "0.25,0.5,1")
    labels, images = [0, 0, 0, 1, 1, 1], []
    for path in sorted((folder / "val").glob("*/*.png")):
        # Twelve by ten pixels: the shorter side becomes ten, the middle eight of both are left.
        with Image.open(path) as picture:
            pixels = np.asarray(picture).transpose(2, 0, 1)[:, 1:9, 2:10] / 255
        images.append((pixels - 0.5) / np.array([0.25, 0.5, 1]).reshape(3, 1, 1))
    torch.manual_seed(2)
    with torch.no_grad():
        scores = small()(torch.tensor(np.array(images), dtype=torch.float32))
    rows = torch.arange(6)
    margins = scores[rows, labels] - scores[rows, [1 - each for each in labels]]
    logged = open_run(folder / "prepared").map(step=2)
    np.testing.assert_allclose(logged.margin[np.argsort(logged.rows)], margins, atol=2e-4)
    said = call("replay", *run, "--mean", "1,2")
    assert (said.exit_code, "must be one number, or three" in said.stderr) == (2, True)


def test_says_what_it_would_do(folder: Path) -> None:
    answer = ask("replay", *arguments(folder, "dry"), "--dry-run")
    assert [each["step"] for each in answer["checkpoints"]] == [0, 1, 2]
    assert answer["checkpoints"][0]["weights"] == "in 'model'"
    assert not (folder / "dry").exists()


def test_several_image_sets(folder: Path) -> None:
    given = arguments(folder, "two")
    one, two = f"validation={folder / 'val'}", f"train={folder / 'train'}"
    given[4:5] = [one, "--data", two]
    rng = np.random.default_rng(1)
    for name in ("cats", "dogs"):
        (folder / "train" / name).mkdir(parents=True)
        for i in range(5):
            picture = Image.fromarray(rng.integers(0, 256, (9, 9, 3), np.uint8))
            picture.save(folder / "train" / name / f"{i}.png")
    said = call("replay", *given)
    assert said.exit_code == 0, said.output
    run = open_run(folder / "two")
    assert run.image_set_names == ["validation", "train"]
    alone = folder / "alone"
    call("replay", *arguments(folder, "alone")[:4], str(folder / "train"), "--logdir", str(alone),
         "--size", "8")  # fmt: skip
    for name, other in (("validation", "run"), ("train", "alone")):
        own = run.iteration_image(image_set=name, step=2)
        expected = open_run(folder / other).iteration_image(step=2)
        np.testing.assert_array_equal(own.predicted, expected.predicted)
        np.testing.assert_array_equal(own.before, expected.before)
        assert run.describe(image_set=name).thumbnails == len(own.predicted)
        places = run.map(image_set=name)
        assert len(places.x) == len(own.predicted)
    assert ask("replay", *given)["logged"] == []
    # One of more image sets has what the run has not, so all of it is done again.
    assert ask("replay", *given, "--data", f"again={folder / 'val'}")["logged"] == [0, 1, 2]
    (folder / "train" / "mice").mkdir()
    Image.new("RGB", (9, 9)).save(folder / "train" / "mice" / "0.png")
    said = call("replay", *given)
    assert said.exit_code == 2
    assert "'validation' and 'train' are not of the same classes" in said.stderr
    assert "they differ in mice" in said.stderr


@pytest.mark.parametrize(
    ("changed", "code", "reason"),
    [
        ({4: "train=tests"}, 2, "none is called 'validation': call one of them so"),
        ({3: "--data", 4: "nowhere", 5: "--data", 6: "x"}, 2, "two image sets are called 'valid"),
        ({0: "nowhere/*.pt"}, 3, "no file matches"),
        ({2: "resnet18"}, 2, "must be torchvision:NAME"),
        ({2: "torchvision:resnet17"}, 2, "resnet17"),
        ({2: "nothing:at_all"}, 2, "No module named 'nothing'"),
        ({2: "torchvision:resnet18"}, 1, "epoch0.pt: .* of the model's"),
        ({4: "nowhere/val"}, 2, "there is no such folder"),
        ({4: "torchvision:Nothing"}, 2, "no data set 'Nothing'"),
        ({2: f"{MODEL}", 7: "--device", 8: "nothing"}, 2, "device 'nothing'"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    folder: Path, changed: dict[int, str], code: int, reason: str
) -> None:
    given = arguments(folder, "wrong")
    for at, text in changed.items():
        given[at : at + 1] = [text]
    said = call("replay", *given)
    assert said.exit_code == code, said.output
    assert not list(folder.glob("wrong/**/*.deeptracker"))
    assert re.search(reason, said.stderr), said.stderr


def test_models_by_name() -> None:
    model = make_model("torchvision:mobilenet_v3_small", {"num_classes": 5})
    assert model.classifier[-1].out_features == 5  # type: ignore[union-attr, index]
